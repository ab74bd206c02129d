"""How many of something run at once in this process of the server, in all and of one address.

Without the second limit one address that sends slowly, or sends what takes long, would keep everybody else out. Used
from the event loop alone, so without locks.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from app.accounts.throttle import Tried
from core.errors import TransientError

UPLOADS_AT_ONCE = 8
"""Each holds up to 8 MiB, for as long as its sender takes."""
UPLOADS_OF_ONE_ADDRESS = 2
EXAMINATIONS_AT_ONCE = 2
"""Each keeps a core busy for half a second."""
EXAMINATIONS_OF_ONE_ADDRESS = 1


class TooManyExaminationsError(TransientError):
    code = "too-many-examinations"
    retry_after = timedelta(seconds=5)

    def __init__(self) -> None:
        super().__init__("Other files are being verified. Try again in a few seconds, or verify on your own machine.")


class Slots:
    def __init__(self, most: int, *, of_one_address: int) -> None:
        self._most = most
        self._most_of_one = of_one_address
        self._taken: Counter[str] = Counter()

    @contextmanager
    def slot(self, address: str) -> Iterator[None]:
        """Raises TooManyExaminationsError. Addresses count as one where tries are counted as one's."""
        whose = Tried(address=address).value("address")
        if self._taken.total() >= self._most or self._taken[whose] >= self._most_of_one:
            raise TooManyExaminationsError
        self._taken[whose] += 1
        try:
            yield
        finally:
            self._taken[whose] -= 1
            self._taken += Counter()  # forgets who has none


class VerificationSlots:
    """Who sends a file waits with it for as long as the line is slow; who has sent it has it examined."""

    def __init__(self) -> None:
        self.uploads = Slots(UPLOADS_AT_ONCE, of_one_address=UPLOADS_OF_ONE_ADDRESS)
        self.examinations = Slots(EXAMINATIONS_AT_ONCE, of_one_address=EXAMINATIONS_OF_ONE_ADDRESS)
