"""The order of a summary's rows, on the screen, in the API and in files: of their dimensions, or by one column first.

Columns are called as in exports. What is unknown comes last either way, and the dimensions settle ties, so an order has
none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from app.telemetry.grouping import KEYS, GroupBy
from app.telemetry.measures import COUNTERS, SUM_OF_TOKENS
from app.telemetry.names import Names
from core.errors import InvalidInputError

_BOUNDS = ("low", "central", "high")

MEASURED_COLUMNS: Mapping[str, sql.Composable] = {
    **{f"co2e_grams_{bound}": sql.Identifier(f"co2e_micrograms_{bound}") for bound in _BOUNDS},
    **{f"energy_wh_{bound}": sql.Identifier(f"energy_micro_wh_{bound}") for bound in _BOUNDS},
    "tokens": SUM_OF_TOKENS,
    **{counter: sql.Identifier(counter) for counter in COUNTERS},
}
"""Column of an export -> what it is in a query of `measure_columns`."""


class UnknownSortError(InvalidInputError):
    code = "unknown-sort"


@dataclass(frozen=True, slots=True)
class Sort:
    """`column`: a dimension or one of MEASURED_COLUMNS. Projects and connections are in the order of their names."""

    column: str
    descending: bool

    @property
    def text(self) -> str:
        """As `sort_of` reads it."""
        return f"-{self.column}" if self.descending else self.column


def sort_of(text: str | None, group_by: Sequence[GroupBy]) -> Sort | None:
    """`tokens`, or `-tokens` for the largest first; None: the order of the dimensions.

    Raises UnknownSortError for what is no measure and no dimension of `group_by`.
    """
    if not text:
        return None
    found = Sort(text.removeprefix("-"), descending=text.startswith("-"))
    if found.column in group_by or found.column in MEASURED_COLUMNS:
        return found
    allowed = ", ".join([*group_by, *MEASURED_COLUMNS])
    raise UnknownSortError(f"sort takes any of {allowed}, with a minus sign for the largest first.")


def in_order(group_by: Sequence[GroupBy], sort: Sort | None) -> list[sql.Composable]:
    """The terms of an `order by`, for the parameters of `order_parameters`."""
    terms: list[sql.Composable] = [sql.SQL("{} nulls last").format(sql.Identifier(KEYS[each])) for each in group_by]
    if sort is None:
        return terms
    direction = sql.SQL("desc") if sort.descending else sql.SQL("asc")
    return [sql.SQL("{} {} nulls last").format(_expression(sort.column), direction), *terms]


def order_parameters(names: Names) -> dict[str, list[int]]:
    """The ids of projects and accounts in the order of today's names."""
    projects = sorted(names.projects.items(), key=lambda named: (named[1].casefold(), named[0]))
    accounts = sorted(names.connections.items(), key=lambda named: (named[1][1].casefold(), named[0]))
    return {"projects_by_name": [id_ for id_, _ in projects], "accounts_by_name": [id_ for id_, _ in accounts]}


def _expression(column: str) -> sql.Composable:
    match column:
        case GroupBy.PROJECT:
            return sql.SQL("array_position(%(projects_by_name)s::bigint[], project_id)")
        case GroupBy.CONNECTION:
            return sql.SQL("array_position(%(accounts_by_name)s::bigint[], account_id)")
        case _:
            return MEASURED_COLUMNS[column] if column in MEASURED_COLUMNS else sql.Identifier(KEYS[GroupBy(column)])
