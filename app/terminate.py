"""SIGTERM as a way to stop in order."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def exit_on_terminate() -> Iterator[None]:
    """SIGTERM ends the process as SIGINT does, so that what is open is closed and the embedded database may stop."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
