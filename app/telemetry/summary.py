"""Totals of usage and emissions over a span, grouped as asked.

Whole UTC days are read from the smallest mart of days that tells apart what is asked for, hours and parts of days from
marts.fct_usage; all hold the same sums (tested). One scan answers rows and totals: grouping sets over the dimensions
and over nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import sql

from app.telemetry.freshness import Freshness, read_freshness
from app.telemetry.grouping import EXPRESSIONS, IN_SPAN, KEYS, GroupBy, Mart
from app.telemetry.mart_choice import smallest_mart
from app.telemetry.measures import NOTHING, Measures, measure_columns, measures
from app.telemetry.names import Names, read_names
from app.telemetry.sorting import Sort, in_order, order_parameters
from app.telemetry.time_span import LONGEST_SPAN_BY_HOUR, LONGEST_SPAN_BY_KEY, InvalidTimeRangeError, TimeSpan
from app.telemetry.usage_filter import EVERYTHING, UsageFilter
from core.database import Database
from core.errors import InvalidInputError

MOST_ROWS = 10_000

GroupKey = str | int | date | datetime | None


class TooManyRowsError(InvalidInputError):
    code = "too-many-rows"


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """`group` holds, for each dimension asked for, its keys: `model`, `day` (date), `hour` (instant), `provider`,
    `project_id` with `project_name`, `connection_id` with `connection_label` (database keys, as int), `api_key_id`
    (the provider's)."""

    group: Mapping[str, GroupKey]
    measures: Measures


@dataclass(frozen=True, slots=True)
class Summary:
    """`left_out` is counted elsewhere: OpenRouter traffic on a key of a provider that is connected too."""

    span: TimeSpan
    group_by: tuple[GroupBy, ...]
    rows: Sequence[SummaryRow]
    totals: Measures
    left_out: Measures
    unknown_models: Sequence[tuple[str, str | None]]
    unestimated_models: Sequence[tuple[str, str | None]]
    freshness: Freshness


def summary(
    database: Database,
    org_id: int,
    *,
    span: TimeSpan,
    group_by: tuple[GroupBy, ...] = (),
    only: UsageFilter = EVERYTHING,
    sort: Sort | None = None,
) -> Summary:
    """Rows in the order of their dimensions or as `sort` says, and totals. A bucket belongs to the span that its start
    lies in.

    Raises InvalidTimeRangeError (long for hours or keys), TooManyRowsError, NotFoundError (a filter names what is not
    theirs).
    """
    for dimension, longest in ((GroupBy.HOUR, LONGEST_SPAN_BY_HOUR), (GroupBy.KEY, LONGEST_SPAN_BY_KEY)):
        if dimension in group_by and span.end - span.start > longest:
            raise InvalidTimeRangeError(f"By {dimension} a span has at most {longest.days} days. Ask in parts.")
    with database.tenant(org_id) as connection:
        condition, parameters = only.conditions(connection)
        parameters |= {"start": span.start, "end": span.end}
        parameters |= {"first_day": span.start.date(), "end_day": span.end.date(), "most": MOST_ROWS + 3}
        names = read_names(connection)
        parameters |= order_parameters(names)
        freshness = read_freshness(connection)
        if freshness.built_at is None:  # the first build makes the marts
            return Summary(span, group_by, [], NOTHING, NOTHING, [], [], freshness)
        days, rollups = span.is_whole_days, freshness.has_rollups
        mart = smallest_mart(group_by, only, is_whole_days=days, has_rollups=rollups)
        by_model = smallest_mart([GroupBy.MODEL], only, is_whole_days=days, has_rollups=rollups)
        found = connection.execute(_sums(mart, group_by, condition, sort), parameters).fetchall()
        flagged = connection.execute(_flagged_models(by_model, condition), parameters).fetchall()
    rows = [row for row in found if row["is_counted"] and not row["is_total"]] if group_by else []
    if len(rows) > MOST_ROWS:
        raise TooManyRowsError(f"The answer has more than {MOST_ROWS} rows. Shorten the span or group by less.")
    total = {row["is_counted"]: measures(row) for row in found if row["is_total"]}
    return Summary(
        span=span,
        group_by=group_by,
        rows=[SummaryRow(group_of(row, group_by, names), measures(row)) for row in rows],
        totals=total.get(True, NOTHING),
        left_out=total.get(False, NOTHING),
        unknown_models=[(row["provider"], row["model"]) for row in flagged if row["model_class"] == "UNK"],
        unestimated_models=[(row["provider"], row["model"]) for row in flagged if row["model_class"] == "NA"],
        freshness=freshness,
    )


def _sums(mart: Mart, group_by: Sequence[GroupBy], condition: sql.Composable, sort: Sort | None) -> sql.Composed:
    """Totals first, so that the limit never cuts them off."""
    expressions = [sql.SQL(EXPRESSIONS[each]) for each in group_by]
    keys = [sql.Identifier(KEYS[each]) for each in group_by]
    dimensions = sql.SQL(", ").join([sql.SQL("is_counted"), *expressions])
    is_total = sql.SQL("grouping({}) > 0").format(expressions[0]) if expressions else sql.SQL("true")
    return sql.SQL(
        "select is_counted, {is_total} as is_total, {named}{measured} from marts.{mart} where {span} and {condition}"
        " group by grouping sets ({sets}) order by {order} limit %(most)s"
    ).format(
        is_total=is_total,
        named=sql.SQL("").join(
            sql.SQL("{} as {}, ").format(expression, key) for expression, key in zip(expressions, keys, strict=True)
        ),
        measured=measure_columns(mart),
        mart=sql.Identifier(mart),
        span=IN_SPAN[mart],
        condition=condition,
        sets=sql.SQL("({}), (is_counted)").format(dimensions) if expressions else sql.SQL("(is_counted)"),
        order=sql.SQL(", ").join([sql.SQL("is_total desc, is_counted desc"), *in_order(group_by, sort)]),
    )


def _flagged_models(mart: Mart, condition: sql.Composable) -> sql.Composed:
    return sql.SQL(
        'select distinct provider collate "C" as provider, model collate "C" as model, model_class'
        " from marts.{mart} where {span} and {condition} and is_counted and model_class in ('UNK', 'NA') order by 1, 2"
    ).format(mart=sql.Identifier(mart), span=IN_SPAN[mart], condition=condition)


def group_of(row: Mapping[str, Any], group_by: Sequence[GroupBy], names: Names) -> dict[str, GroupKey]:
    """The keys of `SummaryRow.group`, from a row whose columns are named as in KEYS."""
    group: dict[str, GroupKey] = {}
    for each in group_by:
        value = row[KEYS[each]]
        if each is GroupBy.PROJECT:
            group |= {"project_id": value, "project_name": names.projects.get(value)}
        elif each is GroupBy.CONNECTION:
            identifier, label = names.connections[value]
            group |= {"connection_id": identifier, "connection_label": label}
        elif each is GroupBy.KEY:
            group["api_key_id"] = value
        else:
            group[each.value] = value
    return group
