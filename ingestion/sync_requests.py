"""Sync requests: a row that asks for a poll and a build, taken by whoever comes first and leased while it is worked on.

queued → polling → building → succeeded | failed. A lease that ran out (its holder crashed) is taken again from the
start; polling and building twice is the same as once.
"""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from core.audit import OPERATOR, audit
from core.database import Connection, Database
from core.ids import public_id
from ingestion.errors import ConnectionNotFoundError, NeedsReauthenticationError

LEASE = timedelta(minutes=10)
"""Longer than one window may take with all its retries; the holder renews it with each window."""

_INSTANT = timedelta(microseconds=1)


class SyncRequest(NamedTuple):
    id: int
    org_id: int
    connection_id: int


class SyncProgress(NamedTuple):
    """A request as the connection's page shows it. `windows_total` is None until the plan is made; `rows_read` are the
    provider's so far, and `rows_changed` those of them that were news.
    """

    id: int
    state: Literal["queued", "polling", "building", "succeeded", "failed"]
    requested_at: datetime
    windows_done: int
    windows_total: int | None
    rows_read: int
    rows_changed: int
    finished_at: datetime | None
    error_code: str | None
    error_sentence: str | None


def request_sync(database: Database, *, org_id: int, connection_id: int, now: datetime, actor: str = OPERATOR) -> int:
    """The id of the connection's open request, made now if there is none.

    Raises ConnectionNotFoundError, and NeedsReauthenticationError if polling of the connection has stopped.
    """
    with database.tenant(org_id) as connection:
        row = connection.execute(
            "select status from ops.connections where id = %s and deleted_at is null", [connection_id]
        ).fetchone()
        if row is None:
            raise ConnectionNotFoundError
        if row["status"] != "active":
            raise NeedsReauthenticationError
        subject = public_id("conn", connection_id)
        audit(connection, org_id, actor=actor, act="connection.sync-requested", subject=subject, now=now)
        return queue_sync(connection, org_id=org_id, connection_id=connection_id, now=now)


def queue_sync(connection: Connection, *, org_id: int, connection_id: int, now: datetime) -> int:
    """The id of the connection's open request, made in this transaction if there is none."""
    while True:
        row = (
            connection.execute(
                "insert into ops.sync_requests (org_id, connection_id, requested_at) values (%s, %s, %s)"
                " on conflict (connection_id) where finished_at is null do nothing returning id",
                [org_id, connection_id, now],
            ).fetchone()
            or connection.execute(
                "select id from ops.sync_requests where connection_id = %s and finished_at is null", [connection_id]
            ).fetchone()
        )
        if row is not None:  # else the open one was finished between the two statements
            return int(row["id"])


def claim_sync_request(database: Database, *, now: datetime) -> SyncRequest | None:
    """The oldest request that nobody works on, leased to the caller; None if there is none."""
    with database.worker() as connection:
        row = connection.execute(
            "update ops.sync_requests set state = 'polling', lease_until = %(until)s where id = ("
            "   select id from ops.sync_requests where finished_at is null"
            "   and (lease_until is null or lease_until < %(now)s) order by id limit 1 for no key update skip locked"
            " ) returning id, org_id, connection_id",
            {"now": now, "until": now + LEASE},
        ).fetchone()
    return None if row is None else SyncRequest(**row)


def renew_lease(
    database: Database,
    request_id: int,
    *,
    windows_done: int,
    windows_total: int,
    rows_read: int,
    rows_changed: int,
    now: datetime,
) -> None:
    """The poll goes on: keep the lease and show the progress."""
    with database.worker() as connection:
        connection.execute(
            "update ops.sync_requests set lease_until = %s, windows_done = %s, windows_total = %s, rows_read = %s,"
            " rows_changed = %s where id = %s and finished_at is null",
            [now + LEASE, windows_done, windows_total, rows_read, rows_changed, request_id],
        )


def mark_building(database: Database, request_id: int, *, now: datetime) -> None:
    with database.worker() as connection:
        connection.execute(
            "update ops.sync_requests set state = 'building', lease_until = %s where id = %s and finished_at is null",
            [now + LEASE, request_id],
        )


def requeue_sync(database: Database, request_id: int, *, now: datetime) -> None:
    """Give the request back: another poll of the account ran for as long as we could wait. Its lease is over."""
    with database.worker() as connection:
        connection.execute(
            "update ops.sync_requests set state = 'queued', lease_until = %s where id = %s and finished_at is null",
            [now - _INSTANT, request_id],
        )


def finish_sync(database: Database, request_id: int, *, now: datetime, error: tuple[str, str] | None = None) -> None:
    """Succeeded, or failed with a code and a sentence. Finishing twice keeps the first end."""
    code, sentence = error or (None, None)
    with database.worker() as connection:
        connection.execute(
            "update ops.sync_requests set state = %s, finished_at = %s, lease_until = null, error_code = %s,"
            " error_sentence = %s where id = %s and finished_at is null",
            ["succeeded" if error is None else "failed", now, code, sentence, request_id],
        )


class WaitingRequest(NamedTuple):
    """`lease_until` tells one wait of a request from the next: None before anybody took it, else when the last who did
    gave it back or was lost.
    """

    id: int
    lease_until: datetime | None


def waiting_requests(database: Database, *, now: datetime) -> list[WaitingRequest]:
    """Requests that nobody works on, oldest first."""
    with database.worker() as connection:
        rows = connection.execute(
            "select id, lease_until from ops.sync_requests"
            " where finished_at is null and (lease_until is null or lease_until < %s) order by id",
            [now],
        ).fetchall()
    return [WaitingRequest(**row) for row in rows]
