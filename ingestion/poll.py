"""Polls: all connections that are due, or the one of a sync request. Sync functions; the reading inside is
concurrent.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from core.clock import Clock
from core.database import Database
from core.errors import TransientError
from core.secret_store import SecretStore
from ingestion.patience import Patience
from ingestion.poll_connection import ConnectionPoll, Poller, ReadSoFar, poll_connection
from ingestion.providers.protocol import UsageProvider
from ingestion.store_read import StoredRead
from ingestion.sync_requests import LEASE, SyncRequest, finish_sync, renew_lease, requeue_sync
from ingestion.usage_row import ProviderName
from ingestion.windows import Cause, overdue_cause

ACCOUNTS_AT_ONCE = 6
"""Per provider: enough to hide a slow answer, few enough for a database of 100 connections."""

_SYNC_LOCK_PATIENCE = LEASE / 2


@dataclass(frozen=True, slots=True)
class PollSummary:
    """What a poll of many connections did. `rows_*` count usage buckets; `suspects` are windows held back."""

    connections_polled: int = 0
    connections_skipped: int = 0
    permanent_failures: int = 0
    transient_failures: int = 0
    windows: int = 0
    pages: int = 0
    rows_seen: int = 0
    rows_new: int = 0
    rows_revised: int = 0
    rows_removed: int = 0
    suspects: int = 0
    error_codes: tuple[str, ...] = field(default=())


class _Due(NamedTuple):
    connection_id: int
    provider: ProviderName
    cause: Cause


def poll_due(
    database: Database,
    providers: Mapping[ProviderName, UsageProvider],
    secrets: SecretStore,
    clock: Clock,
    *,
    cause: Cause,
    shard: int = 0,
    shards: int = 1,
    patience: Patience | None = None,
) -> PollSummary:
    """Poll every active connection of this shard (accounts by id), each on its own: one that fails delays no other.

    `backfill` reads older history, newest first, until nothing is left that the provider has; where it stops it goes
    on next time. Raises only what is nobody's connection: the database did not answer, or a fault of ours.
    """
    poller = Poller(database, providers, secrets, clock, patience or Patience())
    due = [found for found in _due(database, cause=cause, now=clock.now()) if found.account_id % shards == shard]
    return _summary(asyncio.run(_poll_all(poller, [found.due for found in due])))


def poll_sync_request(
    database: Database,
    providers: Mapping[ProviderName, UsageProvider],
    secrets: SecretStore,
    clock: Clock,
    request: SyncRequest,
    *,
    patience: Patience | None = None,
) -> ConnectionPoll:
    """Poll the request's connection: its first history, or what is missing and the last 48 h. Waits for a running poll.

    The caller builds next where the outcome is `polled`; a failed request is finished here, a busy one queued again.
    """

    def report(so_far: ReadSoFar) -> None:
        renew_lease(database, request.id, **so_far._asdict(), now=clock.now())

    poller = Poller(database, providers, secrets, clock, patience or Patience())
    poll = asyncio.run(
        poll_connection(poller, request.connection_id, cause="sync", lock_patience=_SYNC_LOCK_PATIENCE, progress=report)
    )
    if poll.outcome == "failed" and poll.error is not None:
        finish_sync(database, request.id, now=clock.now(), error=(poll.error.code, poll.error.sentence))
    elif poll.outcome == "gone":
        finish_sync(
            database, request.id, now=clock.now(), error=("connection-not-found", "The connection was deleted.")
        )
    elif poll.outcome == "skipped":
        requeue_sync(database, request.id, now=clock.now())
    return poll


class _Found(NamedTuple):
    account_id: int
    due: _Due


def _due(database: Database, *, cause: Cause, now: datetime) -> list[_Found]:
    with database.worker() as connection:
        rows = connection.execute(
            "select id, account_id, provider, last_daily_at, last_weekly_at, last_monthly_at from ops.connections"
            " where status = 'active' and (not_before is null or not_before <= %s)"
            " order by last_polled_at nulls first, id",
            [now],
        ).fetchall()
    found = []
    for row in rows:
        last_read_at: Mapping[Cause, datetime] = {
            "daily": row["last_daily_at"],
            "weekly": row["last_weekly_at"],
            "monthly": row["last_monthly_at"],
        }
        own_cause = overdue_cause(cause, last_read_at=last_read_at, now=now)
        found.append(_Found(row["account_id"], _Due(row["id"], ProviderName(row["provider"]), own_cause)))
    return found


async def _poll_all(poller: Poller, due: list[_Due]) -> list[ConnectionPoll]:
    limits = {provider: asyncio.Semaphore(ACCOUNTS_AT_ONCE) for provider in ProviderName}

    async def poll_one(one: _Due) -> list[ConnectionPoll]:
        async with limits[one.provider]:
            if one.cause == "backfill":
                return await _backfill(poller, one.connection_id)
            return [await poll_connection(poller, one.connection_id, cause=one.cause)]

    results = await asyncio.gather(*(poll_one(one) for one in due), return_exceptions=True)
    polls: list[ConnectionPoll] = []
    for result in results:  # only now that all are done may one's fault be raised
        if isinstance(result, BaseException):
            raise result
        polls.extend(result)
    return polls


async def _backfill(poller: Poller, connection_id: int) -> list[ConnectionPoll]:
    """Batches of windows until one comes back empty-handed."""
    polls: list[ConnectionPoll] = []
    while True:
        poll = await poll_connection(poller, connection_id, cause="backfill", lock_patience=timedelta(seconds=30))
        polls.append(poll)
        if poll.outcome != "polled" or not poll.reads:
            return polls


def _summary(polls: list[ConnectionPoll]) -> PollSummary:
    reads: list[StoredRead] = [read for poll in polls for read in poll.reads]
    errors = [poll.error for poll in polls if poll.error is not None]
    transient = sum(isinstance(error, TransientError) for error in errors)
    return PollSummary(
        connections_polled=len({poll.connection_id for poll in polls if poll.outcome == "polled"}),
        connections_skipped=sum(poll.outcome == "skipped" for poll in polls),
        permanent_failures=len(errors) - transient,
        transient_failures=transient,
        windows=len(reads),
        pages=sum(read.pages for read in reads),
        rows_seen=sum(read.rows_seen for read in reads),
        rows_new=sum(read.rows_new for read in reads),
        rows_revised=sum(read.rows_revised for read in reads),
        rows_removed=sum(read.rows_removed for read in reads),
        suspects=sum(read.outcome == "suspect" for read in reads),
        error_codes=tuple(sorted(error.code for error in errors)),
    )
