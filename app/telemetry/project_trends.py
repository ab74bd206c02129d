"""What each project of an organization emitted over a span, and its course in equal parts of the span: one scan."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import LiteralString

from psycopg import sql

from app.telemetry.freshness import read_freshness
from app.telemetry.grouping import GroupBy
from app.telemetry.mart_choice import smallest_mart
from app.telemetry.measures import Estimate, estimate
from app.telemetry.time_span import InvalidTimeRangeError, TimeSpan
from app.telemetry.usage_filter import EVERYTHING, UsageFilter
from core.database import Database

MOST_PARTS = 46
"""Of a span: the most days that are parts of their own, so that two hundred projects are thousands of rows at most."""


@dataclass(frozen=True, slots=True)
class ProjectTrend:
    """`co2e` of the whole span, None if nothing of it is estimated; `course` is its central value, part by part, in
    micrograms CO2e (zero where there was no usage)."""

    co2e: Estimate | None
    tokens: int
    course: tuple[Decimal, ...]


_TREND: LiteralString = """
with part as (
    select project_id, (usage_date - %(first_day)s) / %(width)s as number,
        sum(co2e_micrograms_low) as low, sum(co2e_micrograms_central) as central, sum(co2e_micrograms_high) as high,
        sum(coalesce(uncached_input_tokens, 0) + coalesce(cache_read_tokens, 0) + coalesce(cache_write_5m_tokens, 0)
            + coalesce(cache_write_1h_tokens, 0) + coalesce(output_tokens, 0)) as tokens
    from marts.{mart}
    where usage_date >= %(first_day)s and usage_date < %(end_day)s and is_counted and {condition}
    group by 1, 2
)
select project_id, sum(low) as co2e_micrograms_low, sum(central) as co2e_micrograms_central,
    sum(high) as co2e_micrograms_high, sum(tokens) as tokens,
    array_agg(number order by number) as numbers, array_agg(central order by number) as centrals
from part group by 1
"""


def project_trends(
    database: Database, org_id: int, *, span: TimeSpan, only: UsageFilter = EVERYTHING
) -> Mapping[int | None, ProjectTrend]:
    """Project id (None: usage that no workload takes) -> trend, of those with usage in the span of whole UTC days.

    Its parts are days, or of as few days each as leave at most MOST_PARTS. Raises InvalidTimeRangeError, NotFoundError.
    """
    if not span.is_whole_days:
        raise InvalidTimeRangeError("A trend takes whole UTC days.")
    days = (span.end - span.start).days
    width = -(-days // MOST_PARTS)
    with database.tenant(org_id) as connection:
        condition, parameters = only.conditions(connection)
        freshness = read_freshness(connection)
        if freshness.built_at is None:  # the first build makes the marts
            return {}
        mart = smallest_mart([GroupBy.PROJECT], only, is_whole_days=True, has_rollups=freshness.has_rollups)
        parameters |= {"first_day": span.start.date(), "end_day": span.end.date(), "width": width}
        trend = sql.SQL(_TREND).format(mart=sql.Identifier(mart), condition=condition)
        rows = connection.execute(trend, parameters).fetchall()
    parts = -(-days // width)
    return {
        row["project_id"]: ProjectTrend(
            co2e=estimate(row, "co2e_micrograms"),
            tokens=int(row["tokens"]),
            course=_course(dict(zip(row["numbers"], row["centrals"], strict=True)), parts),
        )
        for row in rows
    }


def _course(known: Mapping[int, Decimal | None], parts: int) -> tuple[Decimal, ...]:
    return tuple(known.get(number) or Decimal(0) for number in range(parts))
