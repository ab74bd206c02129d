"""The processes that a demo starts: each on a leash, with a log file, stopped in reverse order."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from core.errors import PermanentError

GRACE_SECONDS = "8"
STOP_SECONDS = 20.0
LAST_LINES = 6


class ProcessEndedError(PermanentError):
    code = "process-ended"


class Processes:
    """A context: whatever was started in it has ended when it is left."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str], *, environment: Mapping[str, str]) -> None:
        """Start it; what it says goes to NAME.log, anew at each start."""
        with (self._logs / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603 - the demo's own commands
                [sys.executable, "-m", "app.demo.leash", str(os.getpid()), GRACE_SECONDS, *command],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the demo, which stops them in order
            )

    def check(self) -> None:
        """Raises ProcessEndedError, with the last lines of its log, if one has ended by itself."""
        for name, process in self._running.items():
            if process.poll() is not None:
                log = self._logs / f"{name}.log"
                last = log.read_text(errors="replace").strip().splitlines()[-LAST_LINES:]
                raise ProcessEndedError(f"The {name} ended. {log} says:\n" + "\n".join(last))

    def is_running(self, name: str) -> bool:
        return name in self._running and self._running[name].poll() is None

    def forget(self, name: str) -> None:
        """Do without it: it is stopped, and `check` no longer looks at it."""
        process = self._running.pop(name, None)
        if process is not None:
            _end(process)

    def stop(self) -> None:
        for process in reversed(self._running.values()):
            process.terminate()
        for process in reversed(self._running.values()):
            _end(process)
        self._running.clear()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
