"""`python -m app.demo.leash PID SECONDS COMMAND…`: a command that ends, with its children, when we or our parent end.

A process that is killed cannot clean up behind itself; a leash outlives it by a moment and does. PID is the parent; the
command's processes have SECONDS between SIGTERM and SIGKILL.
"""

import os
import signal
import subprocess
import sys
import threading

LOOK_SECONDS = 0.3


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
    _signal_group(child.pid, signal.SIGKILL)
    child.wait()
    return code


def _signal_group(leader: int, number: signal.Signals) -> None:
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        pass  # all of it has ended


if __name__ == "__main__":
    sys.exit(abs(run(sys.argv[3:], parent=int(sys.argv[1]), grace_seconds=float(sys.argv[2]))))
