"""The dimensions that a summary can be grouped by, and the column each one is in each mart.

The tables here are the only text that reaches a query; what a caller writes only chooses among them.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Literal, LiteralString

from psycopg import sql

from core.errors import InvalidInputError

Mart = Literal["fct_daily_models", "fct_daily_projects", "fct_daily_emissions", "fct_usage"]

ROLLUPS: frozenset[Mart] = frozenset({"fct_daily_models", "fct_daily_projects"})
"""Marts of days that leave a dimension out, each row the sum of several of fct_daily_emissions."""

_IN_DAYS = sql.SQL("usage_date >= %(first_day)s and usage_date < %(end_day)s")
IN_SPAN: Mapping[Mart, sql.SQL] = {
    "fct_daily_models": _IN_DAYS,
    "fct_daily_projects": _IN_DAYS,
    "fct_daily_emissions": _IN_DAYS,
    "fct_usage": sql.SQL("bucket_started_at >= %(start)s and bucket_started_at < %(end)s"),
}
"""Which rows of each mart lie in a span; only whole days can be asked of the days."""


class GroupBy(StrEnum):
    MODEL = "model"
    DAY = "day"
    HOUR = "hour"
    PROJECT = "project"
    CONNECTION = "connection"
    PROVIDER = "provider"
    KEY = "key"
    """The provider's own id of the API key that was used; null: the provider does not say."""


# name of the result column -> expression; text is compared by bytes, so that pages sort alike on every server
_TEXT_ORDER: LiteralString = ' collate "C"'
KEYS: Mapping[GroupBy, LiteralString] = {
    GroupBy.MODEL: "model",
    GroupBy.DAY: "day",
    GroupBy.HOUR: "hour",
    GroupBy.PROJECT: "project_key",
    GroupBy.CONNECTION: "account_key",
    GroupBy.PROVIDER: "provider",
    GroupBy.KEY: "api_key_id",
}
EXPRESSIONS: Mapping[GroupBy, LiteralString] = {
    GroupBy.MODEL: "model" + _TEXT_ORDER,
    GroupBy.DAY: "usage_date",
    GroupBy.HOUR: "date_trunc('hour', bucket_started_at, 'UTC')",
    GroupBy.PROJECT: "project_id",
    GroupBy.CONNECTION: "account_id",
    GroupBy.PROVIDER: "provider" + _TEXT_ORDER,
    GroupBy.KEY: "api_key_id" + _TEXT_ORDER,
}
NOT_OF_DAYS = frozenset({GroupBy.HOUR, GroupBy.KEY})
"""What sums over whole days do not tell apart."""


class UnknownGroupByError(InvalidInputError):
    code = "unknown-group-by"


def grouping(names: Iterable[str]) -> tuple[GroupBy, ...]:
    """The dimensions named, each once, in the order given; a name may be a comma list.

    Raises UnknownGroupByError, which lists what is allowed.
    """
    wanted = [part.strip() for name in names for part in name.split(",") if part.strip()]
    try:
        return tuple(dict.fromkeys(GroupBy(name) for name in wanted))
    except ValueError:
        allowed = ", ".join(GroupBy)
        raise UnknownGroupByError(f"group_by takes any of {allowed}; there was something else.") from None
