"""How far the numbers reach: what has been polled whole, and which build is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from core.database import Connection


@dataclass(frozen=True, slots=True)
class StalledConnection:
    """A connection that is not polled any more: what lies after its `data_through` is missing until it is repaired."""

    id: int
    label: str
    status: str
    data_through: datetime | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """`data_through`: every connection that is being polled is complete up to here; None if one has nothing yet, or
    there is none. `built_at`: the start of the last build that succeeded; what arrived later is not shown yet.
    `settled_build`: the build whose sums the marts hold, all of them; None while one runs, or if the last one failed.
    `has_rollups`: whether both rollups of mart_choice are made; the last build of an older release did not make them,
    and they come one by one, in either order."""

    data_through: datetime | None
    built_at: datetime | None
    stalled: Sequence[StalledConnection]
    settled_build: int | None
    has_rollups: bool


_FRESHNESS: LiteralString = """
select built.at as built_at, last.settled_build,
    to_regclass('marts.fct_daily_models') is not null and to_regclass('marts.fct_daily_projects') is not null
        as has_rollups,
    connections.id, label, connections.status, data_through
from (select max(started_at) as at from ops.builds where state = 'succeeded') as built
left join (
    select case when state = 'succeeded' then id end as settled_build from ops.builds order by id desc limit 1
) as last on true
left join ops.connections on deleted_at is null
order by connections.id
"""


def read_freshness(connection: Connection) -> Freshness:
    found = connection.execute(_FRESHNESS).fetchall()  # one row at least: every question asks this first
    rows = [row for row in found if row["id"] is not None]
    polled = [row["data_through"] for row in rows if row["status"] == "active"]
    return Freshness(
        data_through=min(polled) if polled and all(polled) else None,
        built_at=found[0]["built_at"],
        stalled=[
            StalledConnection(row["id"], row["label"], row["status"], row["data_through"])
            for row in rows
            if row["status"] != "active"
        ],
        settled_build=found[0]["settled_build"],
        has_rollups=found[0]["has_rollups"],
    )
