"""A leash ends what it holds, whoever ends first."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[3]
LEASH = [sys.executable, "-m", "app.demo.leash", str(os.getpid()), "1"]
# Starts a child of its own, tells both ids, and waits for ever; the child does not listen to SIGTERM.
STUBBORN = """
import os, signal, subprocess, sys, time
deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", deaf])
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""
# A parent that starts the leash and waits.
PARENT = """
import os, subprocess, sys
leash = [sys.executable, "-m", "app.demo.leash", str(os.getpid()), "1"]
subprocess.Popen([*leash, sys.executable, "-c", sys.argv[1]]).wait()
"""


@pytest.mark.parametrize("ending", ["the leash is told to stop", "the leash's parent is killed"])
def test_the_command_and_its_children_end(ending: str) -> None:
    command = [*LEASH, sys.executable, "-c", STUBBORN]
    if ending == "the leash's parent is killed":
        command = [sys.executable, "-c", PARENT, STUBBORN]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        held = [psutil.Process(int(pid)) for pid in process.stdout.readline().split()]
        process.send_signal(signal.SIGTERM if ending == "the leash is told to stop" else signal.SIGKILL)
        gone, alive = psutil.wait_procs(held, timeout=60)
    assert (len(gone), alive) == (2, [])


def test_the_exit_code_is_the_command_s() -> None:
    command = [*LEASH, sys.executable, "-c", "raise SystemExit(3)"]
    assert subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode == 3
