"""Days that are read again: because somebody asks, or by themselves where they differ from what the provider says.

Their hours count as unread from then on, and the sync that is queued reads them whole; until then the numbers stay.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from core.audit import OPERATOR, audit
from core.clock import floor_to_hour
from core.database import Connection, Database
from core.ids import public_id
from ingestion.errors import ConnectionNotFoundError, InvalidRereadError, NeedsReauthenticationError
from ingestion.sync_requests import queue_sync

LONGEST_REREAD = timedelta(days=31)
"""One request of every provider reads so much."""

_DAY = timedelta(days=1)


class DifferingDay(NamedTuple):
    """A closed UTC day of an account whose sum is not what the provider said when it was asked."""

    account_id: int
    day: date
    asked_at: datetime


def request_reread(
    database: Database,
    *,
    org_id: int,
    connection_id: int,
    first: date,
    last: date,
    now: datetime,
    actor: str = OPERATOR,
) -> int:
    """Queue the sync that reads these UTC days (both included) again: its request's id.

    What the provider no longer has, and what is older than the connection's history, stays as it is. Raises
    InvalidRereadError, ConnectionNotFoundError, and NeedsReauthenticationError if its polling has stopped.
    """
    start, end = _midnight(first), min(_midnight(last) + _DAY, floor_to_hour(now))
    if not timedelta(0) < end - start <= LONGEST_REREAD:
        raise InvalidRereadError
    with database.tenant(org_id) as connection:
        row = connection.execute(
            "select account_id, status from ops.connections where id = %s and deleted_at is null for share",
            [connection_id],
        ).fetchone()
        if row is None:
            raise ConnectionNotFoundError
        if row["status"] != "active":
            raise NeedsReauthenticationError
        _forget(connection, row["account_id"], start, end)
        audit(
            connection,
            org_id,
            actor=actor,
            act="connection.reread-requested",
            subject=public_id("conn", connection_id),
            now=now,
            reason=f"{first} to {last}",
        )
        return queue_sync(connection, org_id=org_id, connection_id=connection_id, now=now)


def reread_differing(database: Database, days: Iterable[DifferingDay], *, now: datetime) -> int:
    """Queue a sync for each of these days whose key works, once an answer of the provider: how many were new."""
    new = 0
    for differing in days:
        with database.worker() as connection:
            row = connection.execute(
                "insert into ops.mending_rereads (account_id, usage_date, asked_at, org_id, requested_at)"
                " select %(account_id)s, %(day)s, %(asked_at)s, org_id, %(now)s from ops.connections"
                " where account_id = %(account_id)s and status = 'active'"
                " on conflict do nothing returning org_id,"
                " (select id from ops.connections where account_id = %(account_id)s and status = 'active') as id",
                {**differing._asdict(), "now": now},
            ).fetchone()
            if row is not None:
                _forget(connection, differing.account_id, _midnight(differing.day), _midnight(differing.day) + _DAY)
                queue_sync(connection, org_id=row["org_id"], connection_id=row["id"], now=now)
                new += 1
    return new


def _forget(connection: Connection, account_id: int, start: datetime, end: datetime) -> None:
    connection.execute(
        "update ops.account_coverage set known = known - tstzmultirange(tstzrange(%s, %s)) where account_id = %s",
        [start, end, account_id],
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
