"""SIGINT and SIGTERM as ways to stop in order."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def exit_on_terminate() -> Iterator[None]:
    """Both signals raise KeyboardInterrupt, so that what is open is closed and the embedded database may stop.

    SIGINT too: a shell starts a command in the background with SIGINT ignored, and Python then leaves it so.
    """

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
