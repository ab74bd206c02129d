"""The broker's sandbox as a process, for tests that retire through it; it ends with the test run in any case."""

import json
import subprocess
import sys
import tempfile
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import SecretStr

from billing.credits.broker_backend import BrokerBackend
from core.http_client import HttpClient

REPOSITORY = Path(__file__).parents[3]
KEY = "cnaught-sandbox-key-0001"
PORTFOLIO = "portfolio-1"
SERIAL = "ACR-US-934-2024-2891-{start} to {end}"


class BrokerSandbox(AbstractContextManager["BrokerSandbox"]):
    """A running broker: where it listens, and its controls."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url, self.base_url = process, url, f"{url}/v1"
        self.http = httpx.Client(timeout=30, base_url=url)

    def backend(self, http: HttpClient | None = None, *, key: str = KEY) -> BrokerBackend:
        return BrokerBackend(http or HttpClient(user_agent="tests"), base_url=self.base_url, key=SecretStr(key))

    def fault(self, kind: str, **more: Any) -> None:
        self.http.post("/_sandbox/faults", json=[{"kind": kind} | more]).raise_for_status()

    def orders(self) -> list[dict[str, Any]]:
        """Every order in the broker's books, oldest first."""
        found: list[dict[str, Any]] = self.http.get("/_sandbox/orders").raise_for_status().json()
        return found

    def reset(self) -> None:
        """No orders and no faults, as at the start."""
        self.http.delete("/_sandbox/orders").raise_for_status()
        self.http.delete("/_sandbox/faults").raise_for_status()

    def stop(self) -> None:
        """End the process and wait for it; twice is once."""
        self.http.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=10)
        if self.process.stdout:
            self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_broker_sandbox(*, now: datetime, first_unit: int = 58384, units: int = 290) -> BrokerSandbox:
    """A broker with one portfolio of `units` tonnes at ACR, its clock standing at `now`."""
    portfolio = {
        "id": PORTFOLIO,
        "registry_name": "American Carbon Registry",
        "registry_id": "ACR934",
        "project_name": "Orphaned wells",
        "serial": SERIAL,
        "first_unit": first_unit,
        "units": units,
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "broker.json"
        file.write_text(json.dumps({"now": now.isoformat(), "api_key": KEY, "portfolios": [portfolio]}))
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "broker", "--config", str(file)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
    if not line.startswith("ready "):
        process.stdout.close()
        raise RuntimeError(f"the broker did not start: exit code {process.wait(timeout=10)}")
    return BrokerSandbox(process, line.removeprefix("ready ").strip())
