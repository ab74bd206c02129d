"""The rows of a summary as they were at one moment, however many, in the order that the summary gives them."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from psycopg import sql

from app.telemetry.export import Export, Reading, export
from app.telemetry.grouping import EXPRESSIONS, IN_SPAN, KEYS, NOT_OF_DAYS, GroupBy, Mart
from app.telemetry.measures import measure_columns, measures
from app.telemetry.names import Names
from app.telemetry.sorting import Sort, in_order
from app.telemetry.summary import SummaryRow, group_of
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import EVERYTHING, UsageFilter
from core.database import Database


@dataclass(frozen=True, slots=True)
class ExportedSum:
    """`factor_versions`: the methodology versions that the estimates of the row were made with."""

    row: SummaryRow
    factor_versions: tuple[str, ...]


def summary_export(
    database: Database,
    org_id: int,
    *,
    span: TimeSpan,
    group_by: Sequence[GroupBy],
    sort: Sort | None = None,
    only: UsageFilter = EVERYTHING,
) -> AbstractContextManager[Export[ExportedSum]]:
    """Without dimensions one row, of everything. As long a span as any, also by hour. Raises as `export` does."""
    mart: Mart = "fct_daily_emissions" if span.is_whole_days and NOT_OF_DAYS.isdisjoint(group_by) else "fct_usage"
    reading = Reading(mart, partial(_query, mart, group_by, sort), partial(_row_of, group_by))
    return export(database, org_id, reading, span=span, only=only)


def _query(mart: Mart, group_by: Sequence[GroupBy], sort: Sort | None, condition: sql.Composable) -> sql.Composed:
    """`having` is for the sum over nothing, which would be a row without usage."""
    expressions = [sql.SQL(EXPRESSIONS[each]) for each in group_by]
    named = [
        sql.SQL("{} as {}, ").format(expression, sql.Identifier(KEYS[each]))
        for each, expression in zip(group_by, expressions, strict=True)
    ]
    return sql.SQL(
        "select {named}{measured},"
        " array_agg(distinct factor_version order by factor_version) filter (where factor_version is not null)"
        " as factor_versions"
        " from marts.{mart} where is_counted and {span} and {condition}"
        " group by ({expressions}) having count(*) > 0 {order}"
    ).format(
        named=sql.SQL("").join(named),
        measured=measure_columns(mart),
        mart=sql.Identifier(mart),
        span=IN_SPAN[mart],
        condition=condition,
        expressions=sql.SQL(", ").join(expressions),
        order=sql.SQL("order by {}").format(sql.SQL(", ").join(in_order(group_by, sort))) if group_by else sql.SQL(""),
    )


def _row_of(group_by: Sequence[GroupBy], row: Mapping[str, Any], names: Names) -> ExportedSum:
    return ExportedSum(SummaryRow(group_of(row, group_by, names), measures(row)), tuple(row["factor_versions"] or ()))
