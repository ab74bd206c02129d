"""Connections that are polled in vain: owners are told once an episode, and an episode ends with a poll that works.

A connection whose polling has stopped is another matter, of which `failures.py` tells.
"""

from datetime import datetime, timedelta

from psycopg.rows import DictRow

from core.database import Connection, Database
from core.owner_notices import tell_owners

STALE_AFTER = timedelta(hours=3)


def tell_of_stale_connections(database: Database, *, now: datetime) -> int:
    """How many connections owners are told of now: active, last polled with success STALE_AFTER ago or longer (or
    connected then and never polled), and not told of since. While a sync is under way its outcome is waited for.
    """
    with database.worker() as connection:
        stale = connection.execute(
            "update ops.connections stale set stale_told_at = %(now)s"
            " where status = 'active' and coalesce(last_polled_at, created_at) <= %(now)s - %(after)s"
            " and (stale_told_at is null or stale_told_at < coalesce(last_polled_at, created_at))"
            " and not exists ("
            "   select from ops.sync_requests request where request.connection_id = stale.id and finished_at is null"
            " ) returning id, org_id, label, provider, last_polled_at, created_at, error_sentence",
            {"now": now, "after": STALE_AFTER},
        ).fetchall()
        for row in sorted(stale, key=lambda row: row["id"]):
            _tell(connection, row, now=now)
    return len(stale)


def _tell(connection: Connection, row: DictRow, *, now: datetime) -> None:
    last = row["last_polled_at"]
    since = f"{last or row['created_at']:%Y-%m-%d %H:%M} UTC"
    known = f"The last poll that succeeded was at {since}." if last else f"No poll has succeeded since {since}."
    reason = f" The last one said: {row['error_sentence']}" if row["error_sentence"] else ""
    tell_owners(
        connection,
        org_id=row["org_id"],
        dedupe_key=f"connection-stale:{row['id']}:{now.isoformat()}",
        title=f"“{row['label']}” has brought no data for hours",
        body=f"{known}{reason} This {row['provider']} connection is tried again every hour, and what is missing is read"
        " then; until it works, its newest figures are missing.",
        now=now,
    )
