"""What providers said of usage later: marts.fct_usage_revisions in pages, what was seen last first, and its sums.

A bucket keeps its idempotency hash through all revisions. What was seen first of it is no revision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from psycopg import sql

from app.telemetry.freshness import Freshness, read_freshness
from app.telemetry.measures import COUNTERS, Estimate
from app.telemetry.names import Names, read_names
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import EVERYTHING, UsageFilter
from core.database import Connection, Database, fetch_one

Change = Literal["revised", "removed", "returned"]

_FACTS = (
    "usage_hash", "provider", "model", "model_class", "host", "factor_version", "provider_project_id", "api_key_id",
    "service_tier", "is_batch", "bucket_width", "bucket_started_at", "revision", "change",
)  # fmt: skip
_BOUNDS = ("low", "central", "high")
_BEFORE, _AFTER = "previous_", ""


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page: the next page begins after it."""

    seen_at: datetime
    observation_id: int


@dataclass(frozen=True, slots=True)
class Held:
    """What one revision says: tokens and requests (None: not reported), and micrograms CO2e by today's factors."""

    seen_at: datetime
    counters: Mapping[str, int | None]
    co2e: Estimate | None

    @property
    def tokens(self) -> int:
        """All of them, input and output; what is not reported adds nothing."""
        return sum(count or 0 for name, count in self.counters.items() if name != "requests")


@dataclass(frozen=True, slots=True)
class Revision:
    """`facts` are the mart's columns by their names; a bucket that was removed has zeros afterwards."""

    facts: Mapping[str, Any]
    connection_id: int
    connection_label: str
    before: Held
    after: Held
    position: Position


@dataclass(frozen=True, slots=True)
class RevisionPage:
    """`next_after` is None on the last page."""

    rows: Sequence[Revision]
    next_after: Position | None
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class RevisionTotals:
    """How many revisions of how many buckets; tokens and micrograms CO2e (central) after them minus before them."""

    revisions: int = 0
    buckets: int = 0
    tokens: int = 0
    co2e_micrograms: Decimal = Decimal(0)


def revision_page(
    database: Database,
    org_id: int,
    *,
    seen: TimeSpan,
    limit: int,
    after: Position | None = None,
    only: UsageFilter = EVERYTHING,
) -> RevisionPage:
    """At most `limit` revisions that were read within the span. `only` names no project: a revision is of a bucket,
    whatever it counts for. Raises NotFoundError where the filter names a connection that is not theirs.
    """
    with database.tenant(org_id) as connection:
        condition, parameters = only.conditions(connection)
        freshness = read_freshness(connection)
        if not _is_built(connection):
            return RevisionPage([], None, freshness)
        if after is not None:
            condition = sql.SQL("{} and (observed_at, observation_id) < (%(after_at)s, %(after_id)s)").format(condition)
            parameters |= {"after_at": after.seen_at, "after_id": after.observation_id}
        parameters |= {"start": seen.start, "end": seen.end, "limit": limit + 1}
        found = connection.execute(_rows_query(condition), parameters).fetchall()
        names = read_names(connection)
    rows = [_revision(row, names) for row in found[:limit]]
    return RevisionPage(rows, rows[-1].position if len(found) > limit else None, freshness)


def revision_totals(
    database: Database, org_id: int, *, seen: TimeSpan, only: UsageFilter = EVERYTHING
) -> RevisionTotals:
    """Sums over what `revision_page` lists page by page."""
    with database.tenant(org_id) as connection:
        condition, parameters = only.conditions(connection)
        if not _is_built(connection):
            return RevisionTotals()
        parameters |= {"start": seen.start, "end": seen.end}
        row = connection.execute(_totals_query(condition), parameters).fetchone() or {}
    return RevisionTotals(row["revisions"], row["buckets"], int(row["tokens"]), row["co2e_micrograms"])


def _is_built(connection: Connection) -> bool:
    """The first build makes the marts; the first one after an upgrade those that are new."""
    row = fetch_one(connection, "select to_regclass('marts.fct_usage_revisions') is not null as is_built")
    return bool(row["is_built"])


def _rows_query(condition: sql.Composable) -> sql.Composed:
    columns = [*_FACTS, "account_id", "observation_id"]
    for side in (_BEFORE, _AFTER):
        columns += [f"{side}observed_at", *(f"{side}{counter}" for counter in COUNTERS)]
        columns += [f"{side}co2e_micrograms_{bound}" for bound in _BOUNDS]
    return sql.SQL(
        "select {columns} from marts.fct_usage_revisions"
        " where observed_at >= %(start)s and observed_at < %(end)s and {condition}"
        " order by observed_at desc, observation_id desc limit %(limit)s"
    ).format(columns=sql.SQL(", ").join(map(sql.Identifier, columns)), condition=condition)


def _totals_query(condition: sql.Composable) -> sql.Composed:
    tokens = [counter for counter in COUNTERS if counter.endswith("_tokens")]
    grown = sql.SQL(" + ").join(
        sql.SQL("coalesce({}, 0) - coalesce({}, 0)").format(
            sql.Identifier(f"{_AFTER}{counter}"), sql.Identifier(f"{_BEFORE}{counter}")
        )
        for counter in tokens
    )
    return sql.SQL(
        "select count(*) as revisions, count(distinct usage_hash) as buckets, coalesce(sum({grown}), 0) as tokens,"
        " coalesce(sum(coalesce(co2e_micrograms_central, 0) - coalesce(previous_co2e_micrograms_central, 0)), 0)"
        " as co2e_micrograms from marts.fct_usage_revisions"
        " where observed_at >= %(start)s and observed_at < %(end)s and {condition}"
    ).format(grown=grown, condition=condition)


def _revision(row: Mapping[str, Any], names: Names) -> Revision:
    connection_id, label = names.connections[row["account_id"]]
    return Revision(
        facts={name: row[name] for name in _FACTS},
        connection_id=connection_id,
        connection_label=label,
        before=_held(row, _BEFORE),
        after=_held(row, _AFTER),
        position=Position(row["observed_at"], row["observation_id"]),
    )


def _held(row: Mapping[str, Any], side: str) -> Held:
    bounds = [row[f"{side}co2e_micrograms_{bound}"] for bound in _BOUNDS]
    return Held(
        seen_at=row[f"{side}observed_at"],
        counters={counter: row[f"{side}{counter}"] for counter in COUNTERS},
        co2e=None if bounds[1] is None else Estimate(*bounds),
    )
