"""`python -m app.demo.leash -- COMMAND…`: run a command that ends, with all its children, when we or our parent end.

A process that is killed cannot clean up behind itself; a leash outlives it by a moment and does.
"""

import os
import signal
import subprocess
import sys
import threading

LOOK_SECONDS = 0.3
GRACE_SECONDS = 12.0


def run(command: list[str]) -> int:
    """The command's exit code. Its process group gets SIGTERM, and after a grace SIGKILL."""
    parent = os.getppid()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    child = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - the demo's own commands
    while child.poll() is None and not stopping.wait(LOOK_SECONDS):
        if os.getppid() != parent:
            break
    _signal_group(child.pid, signal.SIGTERM)
    try:
        code = child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        code = -signal.SIGKILL
    _signal_group(child.pid, signal.SIGKILL)
    child.wait()
    return code


def _signal_group(leader: int, number: signal.Signals) -> None:
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        pass  # all of it has ended


if __name__ == "__main__":
    sys.exit(abs(run(sys.argv[sys.argv.index("--") + 1 :])))
