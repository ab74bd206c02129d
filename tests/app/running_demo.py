"""`carbonledger-server demo` as a process: started, read until it is ready, stopped or killed."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).parents[2]
READY_SECONDS = 300


class RunningDemo:
    """`url`, `email` and `password` are what it printed."""

    def __init__(self, home: Path, *, days: int, first_port: int, paid: bool = False) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("CARBONLEDGER_")}
        self.home = home
        wanted = ["--no-dagster", f"--days={days}", f"--port={first_port}", "--paid" if paid else "--no-paid"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "demo", *wanted],
            cwd=ROOT,
            env=environment | {"CARBONLEDGER_HOME": str(home), "COLUMNS": "120"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = ""
        self._said = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output += line
            self._said.set()

    def wait_for(self, pattern: str) -> str:
        """The first group of the pattern, once the output has it."""
        for _ in range(READY_SECONDS * 10):
            if found := re.search(pattern, self.output):
                return found.group(1)
            if self._process.poll() is not None:
                self._reader.join()
                break
            self._said.clear()
            self._said.wait(0.1)
        raise AssertionError(f"the demo never said {pattern!r}, but:\n{self.output}")

    def wait_until_ready(self) -> "RunningDemo":
        self.wait_for(r"(Ready after)")
        return self

    @property
    def url(self) -> str:
        return self.wait_for(r"CarbonLedger +(http://127\.0\.0\.1:\d+)")

    @property
    def email(self) -> str:
        return self.wait_for(r"Log in +(\S+)")

    @property
    def password(self) -> str:
        return self.wait_for(r"Password +(\S+)")

    @contextmanager
    def client(self, *, email: str | None = None, password: str | None = None) -> Iterator[httpx.Client]:
        """Logged in as a browser is, as the printed account if no other is named."""
        credentials = {"email": email or self.email, "password": password or self.password}
        with httpx.Client(base_url=self.url, timeout=60) as client:
            client.post("/auth/login", json=credentials, headers={"Origin": self.url}).raise_for_status()
            yield client

    def send(self, number: signal.Signals) -> int:
        """The exit code once it has ended."""
        self._process.send_signal(number)
        return self._process.wait(60)

    def stop(self) -> None:
        if self._process.poll() is None:
            self.send(signal.SIGTERM)
        self._reader.join(10)
        if self._process.stdout:
            self._process.stdout.close()

    def processes(self) -> list[str]:
        """Command lines of everything on this machine that still works in the demo's home."""
        found = []
        for process in psutil.process_iter(["pid", "cmdline"]):
            try:
                home = process.environ().get("CARBONLEDGER_HOME")
            except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
            command = " ".join(process.info["cmdline"] or ())
            if (home == str(self.home) or f"{self.home}/" in command) and process.pid != os.getpid():
                found.append(command)
        return found


@contextmanager
def running_demo(home: Path, *, days: int, first_port: int = 18321, paid: bool = False) -> Iterator[RunningDemo]:
    """A demo that is ready; it has ended when the block does. `paid`: it goes on to make its second organization."""
    demo = RunningDemo(home, days=days, first_port=first_port, paid=paid)
    try:
        yield demo.wait_until_ready()
    finally:
        demo.stop()
