"""How many of something run at once in this process of the server. Used from the event loop alone, so without locks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from core.errors import TransientError

UPLOADS_AT_ONCE = 8
"""Each holds up to 8 MiB, for as long as its sender takes."""
EXAMINATIONS_AT_ONCE = 2
"""Each keeps a core busy for half a second."""


class TooManyExaminationsError(TransientError):
    code = "too-many-examinations"
    retry_after = timedelta(seconds=5)

    def __init__(self) -> None:
        super().__init__("Other files are being verified. Try again in a few seconds, or verify on your own machine.")


class Slots:
    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Raises TooManyExaminationsError."""
        if self._taken >= self._most:
            raise TooManyExaminationsError
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1


class VerificationSlots:
    """Who sends a file waits with it for as long as the line is slow; who has sent it has it examined."""

    def __init__(self) -> None:
        self.uploads = Slots(UPLOADS_AT_ONCE)
        self.examinations = Slots(EXAMINATIONS_AT_ONCE)
