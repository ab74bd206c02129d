"""One poll of one connection: under the account's lock, plan, read each window whole, store each in its own
transaction.

A kill at any line leaves whole windows; the next poll's plan holds what is missing. HTTP runs in the event loop, the
database and the secret store in threads, so that a slow account delays no other.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, NamedTuple

from pydantic import SecretStr

from core.clock import Clock
from core.database import Database
from core.errors import CarbonLedgerError, DatabaseUnavailableError, PermanentError
from core.secret_store import SecretStore
from ingestion.account_lock import account_lock
from ingestion.account_state import AccountState, load_state
from ingestion.errors import ConnectionNotFoundError, NeedsReauthenticationError
from ingestion.failures import record_failed_read, record_failure, record_success
from ingestion.patience import Patience, PatientReader
from ingestion.poll_plan import PlannedRead, families, planned_reads, planned_switches, stale_holds
from ingestion.providers.protocol import UsageProvider
from ingestion.recognition import KnownElsewhereError, resume_known_account
from ingestion.store_read import ReadAnswer, StoredRead, store_read
from ingestion.streams import begin_streams
from ingestion.suspects import release
from ingestion.usage_row import ProviderName, UsageWindow
from ingestion.windows import Cause


class ReadSoFar(NamedTuple):
    """`rows_changed`: of the provider's rows those that were new or said something else, and rows that disappeared."""

    windows_done: int
    windows_total: int
    rows_read: int
    rows_changed: int


Progress = Callable[[ReadSoFar], None]
"""Told after each window, in a thread."""

BACKFILL_WINDOWS = 4
"""A backfill gives the account's lock back after so many windows, so that the hourly poll comes in between."""


@dataclass(frozen=True, slots=True)
class Poller:
    """What a poll is handed."""

    database: Database
    providers: Mapping[ProviderName, UsageProvider]
    secrets: SecretStore
    clock: Clock
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True)
class ConnectionPoll:
    """`skipped`: another poll of the account ran. `gone`: the connection was deleted. `failed`: see `error`."""

    connection_id: int
    outcome: Literal["polled", "skipped", "gone", "failed"]
    reads: tuple[StoredRead, ...] = ()
    error: CarbonLedgerError | None = None


async def poll_connection(
    poller: Poller,
    connection_id: int,
    *,
    cause: Cause,
    lock_patience: timedelta = timedelta(0),
    progress: Progress | None = None,
) -> ConnectionPoll:
    """Poll it once. Errors of the provider, the key or the vault are recorded and told in the answer, not raised.

    A connection whose polling has stopped fails without asking the provider.
    """
    try:
        state = await asyncio.to_thread(_load, poller.database, connection_id)
    except ConnectionNotFoundError:
        return ConnectionPoll(connection_id, "gone")
    if state.status != "active":
        return ConnectionPoll(connection_id, "failed", error=NeedsReauthenticationError())
    lock = account_lock(poller.database, state.account_id, patience=lock_patience, sleep=poller.patience.sleep)
    async with lock as is_held:
        if not is_held:
            return ConnectionPoll(connection_id, "skipped")
        poll = _Poll(poller, connection_id, cause, progress)
        try:
            return await poll.run()
        except KnownElsewhereError as known:
            moved = await poll.resume(known.other_account_id)
    if not moved:
        return poll.failed()
    return await poll_connection(poller, connection_id, cause=cause, lock_patience=lock_patience, progress=progress)


class _Poll:
    """One run under the lock; remembers the read that it is at, for the record of a failure."""

    def __init__(self, poller: Poller, connection_id: int, cause: Cause, progress: Progress | None) -> None:
        self._poller = poller
        self._connection_id = connection_id
        self._cause: Cause = cause
        self._progress = progress
        self._patient = PatientReader(poller.patience)
        self._at: PlannedRead | None = None
        self._stored: list[StoredRead] = []
        self._error: CarbonLedgerError | None = None
        self._state: AccountState

    async def run(self) -> ConnectionPoll:
        try:
            await self._read_all()
        except (DatabaseUnavailableError, KnownElsewhereError):
            raise  # neither is the connection's fault
        except ConnectionNotFoundError:
            return ConnectionPoll(self._connection_id, "gone", tuple(self._stored))
        except CarbonLedgerError as error:
            await self._record(error)
            return self.failed()
        return ConnectionPoll(self._connection_id, "polled", tuple(self._stored))

    def failed(self) -> ConnectionPoll:
        return ConnectionPoll(self._connection_id, "failed", tuple(self._stored), self._error)

    async def resume(self, other_account_id: int) -> bool:
        """Whether the connection now belongs to the account that its usage showed."""
        try:
            await asyncio.to_thread(
                resume_known_account,
                self._poller.database,
                state=self._state,
                other_account_id=other_account_id,
                now=self._poller.clock.now(),
            )
        except CarbonLedgerError as error:
            await self._record(error)
            return False
        return True

    async def _read_all(self) -> None:
        self._state = await asyncio.to_thread(_load, self._poller.database, self._connection_id)
        provider = self._poller.providers[self._state.provider]
        key = await asyncio.to_thread(self._poller.secrets.get, self._state.secret_arn)
        await asyncio.to_thread(_begin_streams, self._poller.database, self._state, provider)
        self._state = await asyncio.to_thread(_load, self._poller.database, self._connection_id)
        if self._cause != "backfill":
            for read in planned_switches(self._state, provider, now=self._poller.clock.now()):
                await self._read(read, provider, key)
                self._state = await asyncio.to_thread(_load, self._poller.database, self._connection_id)
        reads = planned_reads(self._state, provider, cause=self._cause, now=self._poller.clock.now())
        if self._cause == "backfill":
            reads = reads[:BACKFILL_WINDOWS]
        await self._report(0, len(reads))
        for done, read in enumerate(reads, start=1):
            await self._read_or_pass_over(read, provider, key)
            await self._report(done, len(reads))
        await asyncio.to_thread(_succeed, self._poller, provider, self._state, self._cause)

    async def _read_or_pass_over(self, read: PlannedRead, provider: UsageProvider, key: SecretStr) -> None:
        """A stream that was switched away from may be withdrawn one day; re-reading its past must not stop the poll."""
        try:
            await self._read(read, provider, key)
        except (ConnectionNotFoundError, KnownElsewhereError):
            raise
        except PermanentError as error:
            if read.stream in provider.streams(self._state.usage_endpoint):
                raise
            await asyncio.to_thread(_pass_over, self._poller, error, self._state, read, self._cause)

    async def _read(self, read: PlannedRead, provider: UsageProvider, key: SecretStr) -> None:
        self._at = read
        clock = self._poller.clock
        started_at = clock.now()
        fetched = await self._patient.read(
            lambda: provider.fetch(key, stream=read.stream, window=read.window, now=clock.now())
        )
        oldest = provider.history(read.stream, now=started_at)
        stored = await asyncio.to_thread(
            store_read,
            self._poller.database,
            ReadAnswer(read, fetched, started_at, oldest),
            state=self._state,
            families=families(self._state, provider),
            cause=self._cause,
            now=clock.now(),
        )
        self._stored.append(stored)

    async def _report(self, done: int, total: int) -> None:
        if self._progress is not None:
            changed = sum(read.rows_new + read.rows_revised + read.rows_removed for read in self._stored)
            so_far = ReadSoFar(done, total, sum(read.rows_seen for read in self._stored), changed)
            await asyncio.to_thread(self._progress, so_far)

    async def _record(self, error: CarbonLedgerError) -> None:
        self._error = error
        await asyncio.to_thread(
            record_failure,
            self._poller.database,
            error,
            state=self._state,
            read=self._at,
            cause=self._cause,
            now=self._poller.clock.now(),
        )


def _load(database: Database, connection_id: int) -> AccountState:
    with database.worker() as connection:
        return load_state(connection, connection_id)


def _begin_streams(database: Database, state: AccountState, provider: UsageProvider) -> None:
    with database.worker() as connection:
        begin_streams(
            connection,
            org_id=state.org_id,
            account_id=state.account_id,
            streams=provider.streams(state.usage_endpoint),
        )


def _pass_over(poller: Poller, error: PermanentError, state: AccountState, read: PlannedRead, cause: Cause) -> None:
    with poller.database.worker() as connection:
        record_failed_read(connection, error, state=state, read=read, cause=cause, now=poller.clock.now())


def _succeed(poller: Poller, provider: UsageProvider, state: AccountState, cause: Cause) -> None:
    now = poller.clock.now()
    with poller.database.worker() as connection:
        for held in stale_holds(state, provider, now=now):
            release(connection, state=state, stream=held.stream, window=UsageWindow(*held.span))
        record_success(connection, state=state, cause=cause, now=now)
