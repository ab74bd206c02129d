"""Usage rows one by one, in pages: marts.fct_usage by (bucket start, usage hash), which never moves between pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql

from app.telemetry.freshness import Freshness, read_freshness
from app.telemetry.measures import COUNTERS, EMITTERS, Estimate, estimate, estimate_columns
from app.telemetry.names import Names, read_names
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import EVERYTHING, UsageFilter
from core.database import Database

_FACTS = (
    "usage_hash",
    "account_id",
    "project_id",
    "correction_id",
    "provider",
    "model",
    "model_class",
    "class_confidence",
    "host",
    "factor_version",
    "upstream",
    "provider_project_id",
    "api_key_id",
    "service_tier",
    "is_batch",
    "is_counted",
    "left_out_reason",
    "bucket_width",
    "bucket_started_at",
    "revision",
    "observed_at",
    "reasoning_tokens",
)


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page: the next page begins after it."""

    bucket_started_at: datetime
    usage_hash: str


@dataclass(frozen=True, slots=True)
class Usage:
    """One usage bucket. `facts` are the mart's columns by their names; names and ids are today's."""

    facts: Mapping[str, Any]
    project_name: str | None
    connection_id: int
    connection_label: str
    counters: Mapping[str, int | None]
    co2e: Estimate | None
    energy: Estimate | None
    avoided_by_cache: Estimate | None
    co2e_by_counter: Mapping[str, Estimate | None]

    @property
    def position(self) -> Position:
        return Position(self.facts["bucket_started_at"], self.facts["usage_hash"])


@dataclass(frozen=True, slots=True)
class UsagePage:
    """`next_after` is None on the last page."""

    rows: Sequence[Usage]
    next_after: Position | None
    freshness: Freshness


def usage_page(
    database: Database,
    org_id: int,
    *,
    span: TimeSpan,
    limit: int,
    after: Position | None = None,
    only: UsageFilter = EVERYTHING,
) -> UsagePage:
    """At most `limit` rows of buckets that start in the span, oldest first; rows that are left out of totals included.

    Raises NotFoundError where the filter names a project or connection that is not theirs.
    """
    with database.tenant(org_id) as connection:
        condition, parameters = only.conditions(connection)
        parameters |= {"start": span.start, "end": span.end, "limit": limit + 1}
        if after is not None:
            condition = sql.SQL("{} and (bucket_started_at, usage_hash) > (%(after_start)s, %(after_hash)s)").format(
                condition
            )
            parameters |= {"after_start": after.bucket_started_at, "after_hash": after.usage_hash}
        names = read_names(connection)
        freshness = read_freshness(connection)
        if freshness.built_at is None:  # the first build makes the marts
            return UsagePage([], None, freshness)
        query = sql.SQL("{} limit %(limit)s").format(usage_query(condition))
        found = connection.execute(query, parameters).fetchall()
    rows = [usage_of(row, names) for row in found[:limit]]
    return UsagePage(rows, rows[-1].position if len(found) > limit else None, freshness)


def usage_query(condition: sql.Composable) -> sql.Composed:
    """Rows for `usage_of`: buckets that start in [%(start)s, %(end)s), oldest first, in an order without ties."""
    columns = [sql.Identifier(name) for name in (*_FACTS, *COUNTERS)]
    return sql.SQL(
        "select {columns}, {estimates} from marts.fct_usage"
        " where bucket_started_at >= %(start)s and bucket_started_at < %(end)s and {condition}"
        " order by bucket_started_at, usage_hash"
    ).format(
        columns=sql.SQL(", ").join(columns),
        estimates=sql.SQL(", ").join(sql.Identifier(name) for name in estimate_columns()),
        condition=condition,
    )


def usage_of(row: Mapping[str, Any], names: Names) -> Usage:
    """From a row of `usage_query`."""
    connection_id, label = names.connections[row["account_id"]]
    return Usage(
        facts={name: row[name] for name in _FACTS},
        project_name=names.projects.get(row["project_id"]),
        connection_id=connection_id,
        connection_label=label,
        counters={counter: row[counter] for counter in COUNTERS},
        co2e=estimate(row, "co2e_micrograms"),
        energy=estimate(row, "energy_micro_wh"),
        avoided_by_cache=estimate(row, "avoided_by_cache_micrograms"),
        co2e_by_counter={emitter: estimate(row, f"{emitter}_co2e_micrograms") for emitter in EMITTERS},
    )
