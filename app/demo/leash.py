"""`python -m app.demo.leash PID SECONDS COMMAND…`: a command that ends, with its children, when we or our parent end.

A process that is killed cannot clean up behind itself; a leash outlives it by a moment and does. PID is the parent; the
command's processes have SECONDS between SIGTERM and SIGKILL.
"""

import os
import signal
import subprocess
import sys
import threading
import time

LOOK_SECONDS = 0.3
LAST_SECONDS = 5.0
"""A killed process is gone when the system says so: who stops after us counts what is still there."""


def run(command: list[str], *, parent: int, grace_seconds: float) -> int:
    """The command's exit code, once nothing of its process group is left."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    child = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - the demo's own commands
    while child.poll() is None and not stopping.wait(LOOK_SECONDS):
        if os.getppid() != parent:
            break
    _signal_group(child.pid, signal.SIGTERM)
    try:
        code = child.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        code = -signal.SIGKILL
    deadline = time.monotonic() + LAST_SECONDS
    while _signal_group(child.pid, signal.SIGKILL) and time.monotonic() < deadline:
        child.poll()
        time.sleep(LOOK_SECONDS / 10)
    return code


def _signal_group(leader: int, number: signal.Signals) -> bool:
    """Whether anything of the group was left to signal."""
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(abs(run(sys.argv[3:], parent=int(sys.argv[1]), grace_seconds=float(sys.argv[2]))))
