"""One poll per account at a time: a session advisory lock, so that a killed process leaves none behind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import psycopg

from core.database import Connection, Database, advisory_key, fetch_one

Sleep = Callable[[float], Awaitable[None]]

_RETRY_SECONDS = 0.5


@asynccontextmanager
async def account_lock(
    database: Database, account_id: int, *, patience: timedelta, sleep: Sleep = asyncio.sleep
) -> AsyncIterator[bool]:
    """Whether the lock is held inside the block: False if somebody else polls this account for longer than
    `patience`.
    """
    session = await asyncio.to_thread(database.session)
    try:
        is_held = await asyncio.to_thread(_try_lock, session, account_id)
        waited = timedelta(0)
        while not is_held and waited < patience:
            await sleep(_RETRY_SECONDS)
            waited += timedelta(seconds=_RETRY_SECONDS)
            is_held = await asyncio.to_thread(_try_lock, session, account_id)
        yield is_held
    finally:
        await asyncio.to_thread(_release, session)


def _try_lock(session: Connection, account_id: int) -> bool:
    key = advisory_key("poll-account", account_id)
    return bool(fetch_one(session, "select pg_try_advisory_lock(%s, %s) as held", key)["held"])


def _release(session: Connection) -> None:
    """Unlocked by a statement, which is over when it is answered: of a closed session the server learns in its own
    time, and the next poll would find the account busy.
    """
    with suppress(psycopg.Error):
        session.execute("select pg_advisory_unlock_all()")
    session.close()
