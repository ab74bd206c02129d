"""An act that is done again and again until the process is told to stop, and how it is told."""

import logging
import os
import signal
import threading
import traceback
from collections.abc import Callable
from datetime import timedelta

from core.errors import CarbonLedgerError

logger = logging.getLogger("carbonledger.worker")

LOOK_AGAIN = timedelta(seconds=1)

LAST_GRACE = timedelta(seconds=8)
"""For a build to come to its end when the worker is stopped; cut short, its open transaction is rolled back."""


def repeat(act: Callable[[], bool], stopping: threading.Event) -> None:
    """Do the act until `stopping`, with a pause whenever there was nothing to do or it failed."""
    while not stopping.is_set():
        if not _was_done(act, stopping):
            stopping.wait(LOOK_AGAIN.total_seconds())


def _was_done(act: Callable[[], bool], stopping: threading.Event) -> bool:
    try:
        return act()
    except CarbonLedgerError as error:
        logger.warning("%s: %s", error.code, error.sentence)
    except Exception as error:  # noqa: BLE001 - the worker outlives whatever one act runs into
        if stopping.is_set():
            return False  # the process ends around the act; what it leaves half done, the next one does again
        # Without its message: drivers and parsers repeat what they were given.
        lines = "".join(traceback.format_tb(error.__traceback__))
        logger.error("unexpected %s\n%s", type(error).__qualname__, lines)  # noqa: TRY400 - see above
    return False


def stop_with(parent: int, stopping: threading.Event) -> None:
    """Set `stopping` on SIGTERM, SIGINT or the parent's end, and see to it that the process ends soon after."""

    def stop(*_signal: object) -> None:
        if not stopping.is_set():
            stopping.set()
            last_call = threading.Timer(LAST_GRACE.total_seconds(), os._exit, [1])
            last_call.daemon = True
            last_call.start()

    def watch() -> None:
        while os.getppid() == parent:
            if stopping.wait(LOOK_AGAIN.total_seconds()):
                return
        stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    threading.Thread(target=watch, name="parent-watcher", daemon=True).start()
