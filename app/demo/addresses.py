"""Ports for the demo's servers, and waiting until a server answers."""

import time
from pathlib import Path

import httpx

from app.demo.processes import Processes
from app.listen import listen
from core.errors import TransientError

PAUSE_SECONDS = 0.1


class NoAnswerError(TransientError):
    code = "no-answer"


def free_port(wanted: int) -> int:
    """`wanted` or the next free one; whoever is started with it next takes it."""
    with listen("127.0.0.1", wanted, may_move=True) as listening:
        return int(listening.getsockname()[1])


def wait_until_it_answers(url: str, *, processes: Processes, seconds: float) -> None:
    """Until any HTTP answer comes. Raises NoAnswerError, and ProcessEndedError if what should answer has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        processes.check()
        try:
            httpx.get(url, timeout=2)
        except httpx.HTTPError:
            time.sleep(PAUSE_SECONDS)
        else:
            return
    raise NoAnswerError(f"{url} did not answer within {seconds:.0f} s. Look into the demo's logs folder.")


def wait_until_it_is_there(file: Path, *, processes: Processes, seconds: float) -> str:
    """What the file says, once there is one (written whole). Raises NoAnswerError, and ProcessEndedError."""
    deadline = time.monotonic() + seconds
    while not file.exists():
        processes.check()
        if time.monotonic() > deadline:
            raise NoAnswerError(f"{file} was not written within {seconds:.0f} s. Look into the demo's logs folder.")
        time.sleep(PAUSE_SECONDS)
    return file.read_text()
