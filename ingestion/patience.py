"""How long a poll waits for a provider: what Retry-After says, else a doubling pause with jitter, up to a budget."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from core.errors import CarbonLedgerError, DatabaseUnavailableError, TransientError
from ingestion.account_lock import Sleep
from ingestion.providers.protocol import ProviderUnavailableError, RateLimitedError

Answer = TypeVar("Answer")


def _jitter() -> float:
    return random.random()  # noqa: S311 - spreads retries; nothing is guessed from it


@dataclass(frozen=True, slots=True)
class Patience:
    """`budget` is the waiting in all that one poll of one account may do; beyond it the next hour tries again."""

    budget: timedelta = timedelta(minutes=2)
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(seconds=30)
    sleep: Sleep = asyncio.sleep
    jitter: Callable[[], float] = _jitter
    """A number in [0, 1): a pause is between half and all of its length."""


def retry_after(error: CarbonLedgerError) -> timedelta | None:
    """When the provider said to come back, if it said so."""
    return error.retry_after if isinstance(error, RateLimitedError | ProviderUnavailableError) else None


class PatientReader:
    """Repeats reads that failed transiently, within one budget for the whole poll."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._left = patience.budget

    async def read(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer. Raises the last TransientError when the budget does not hold another pause, a permanent one at
        once.
        """
        attempt = 0
        while True:
            try:
                return await ask()
            except DatabaseUnavailableError:
                raise
            except TransientError as error:
                pause = self._pause(error, attempt)
                if pause > self._left:
                    raise
                self._left -= pause
                attempt += 1
            await self._patience.sleep(pause.total_seconds())

    def _pause(self, error: TransientError, attempt: int) -> timedelta:
        asked = retry_after(error)
        if asked is not None:
            return asked
        whole = min(self._patience.first_pause * int(2**attempt), self._patience.longest_pause)
        return whole * (0.5 + self._patience.jitter() / 2)
