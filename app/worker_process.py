"""The embedded worker as `serve` holds it: a child process that is started, watched, and stopped."""

import os
import subprocess
import sys
import threading
from types import TracebackType

from core.settings import Settings, child_environment

STOP_SECONDS = 10
"""A build that is interrupted rolls back its open transaction; one that does not answer by then is killed."""

PAUSE_SECONDS = 2.0
"""Between the end of a worker that died and the start of the next one."""


class WorkerProcess:
    """A context in which one worker runs. A worker that dies is replaced; leaving the context stops it and waits."""

    def __init__(self, settings: Settings) -> None:
        self._environment = child_environment(settings)
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher = threading.Thread(target=self._watch, name="worker-watcher", daemon=True)

    def __enter__(self) -> "WorkerProcess":
        self._start()
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._watcher.join()

    def _start(self) -> None:
        with self._lock:
            if not self._stopping.is_set():
                # Its own session: Ctrl-C reaches the server only, which then stops the worker in order.
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    [sys.executable, "-m", "app.worker", str(os.getpid())],
                    env=self._environment,
                    start_new_session=True,
                )

    def _watch(self) -> None:
        while not self._stopping.is_set():
            if self._process is not None:
                self._process.wait()
            if not self._stopping.wait(PAUSE_SECONDS):
                self._start()
