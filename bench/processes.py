"""Servers that a measurement needs, each a process of its own that ends with the block."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

CHECKOUT = Path(__file__).resolve().parent.parent
START_WITHIN_SECONDS = 90


@contextmanager
def running(module: Sequence[str], *, environment: Mapping[str, str], answers_at: str) -> Iterator[None]:
    """`python -m …` until the block ends; entered once a GET of `answers_at` is answered, whatever the status."""
    process = subprocess.Popen(
        [sys.executable, "-m", *module], cwd=CHECKOUT, env=dict(environment), stdout=subprocess.DEVNULL
    )
    try:
        _wait(process, answers_at)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"a server ended with exit code {process.returncode} before it answered at {url}")
        try:
            httpx.get(url, timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"nothing answered at {url} within {START_WITHIN_SECONDS} s")
