"""How far the numbers reach: what has been polled whole, and which build is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.database import Connection, fetch_one


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
    there is none. `built_at`: the start of the last build that succeeded; what arrived later is not shown yet."""

    data_through: datetime | None
    built_at: datetime | None
    stalled: Sequence[StalledConnection]


def read_freshness(connection: Connection) -> Freshness:
    rows = connection.execute(
        "select id, label, status, data_through from ops.connections where deleted_at is null order by id"
    ).fetchall()
    polled = [row["data_through"] for row in rows if row["status"] == "active"]
    built = fetch_one(connection, "select max(started_at) as at from ops.builds where state = 'succeeded'")
    return Freshness(
        data_through=min(polled) if polled and all(polled) else None,
        built_at=built["at"],
        stalled=[StalledConnection(**row) for row in rows if row["status"] != "active"],
    )
