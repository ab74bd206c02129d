"""The worker as a process: replaced if it dies, gone with its parent."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from core.settings import Settings, child_environment

ROOT = Path(__file__).parents[2]
PARENT = """
import sys
from app.worker_process import WorkerProcess
from core.settings import Settings
with WorkerProcess(Settings()):
    print("started", flush=True)
    sys.stdin.read()
"""


def eventually(found: Callable[[], psutil.Process | None], parent: "subprocess.Popen[str]") -> psutil.Process:
    for _ in range(200):
        if (process := found()) is not None:
            return process
        try:
            parent.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError("it never came")


@pytest.mark.database
def test_a_worker_that_dies_is_replaced_and_none_outlives_the_server(home: Path, database_url: str) -> None:
    settings = Settings(home=home, database_url=database_url, _env_file=None)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=ROOT,
        env=child_environment(settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def worker(*, but: int = 0) -> psutil.Process | None:
        children = psutil.Process(parent.pid).children()
        return next((child for child in children if child.pid != but), None)

    with parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "started\n"
        first = eventually(worker, parent)
        first.kill()
        second = eventually(lambda: worker(but=first.pid), parent)
        parent.send_signal(signal.SIGKILL)
        gone, _ = psutil.wait_procs([second], timeout=60)
        assert gone == [second]
