"""The usage sandbox as a process, for tests that need a provider to talk to.

`start_sandbox(config)` starts `python -m sandbox usage` on a free loopback port and waits until it answers; use it as a
context manager, or call `stop()`. The process ends with the test run in any case: it watches its parent.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

REPOSITORY = Path(__file__).parent.parent
SMALL_TRACE = Path(__file__).parent / "data" / "small_trace.jsonl"
"""400 generated requests over ten minutes; `generate_small_trace.py` beside it made it."""

MODELS = {
    "openai": ["gpt-5-2025-08-07", "gpt-5-mini-2025-08-07", "gpt-4o-2024-08-06"],
    "anthropic": ["claude-opus-4-8", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"],
    "openrouter": [
        "anthropic/claude-4.5-sonnet-20250929",
        "openai/gpt-5-mini-2025-08-07",
        "deepseek/deepseek-chat-v3.1",
    ],
}


@dataclass(frozen=True, slots=True)
class BaseUrls:
    """The base URLs as a provider's own documentation writes them."""

    openai: str
    anthropic: str
    openrouter: str


class SandboxHandle(AbstractContextManager["SandboxHandle"]):
    """A running sandbox: where it listens, and its controls."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url
        self.base_urls = BaseUrls(f"{url}/openai/v1", f"{url}/anthropic", f"{url}/openrouter/api/v1")
        self.client = httpx.Client(timeout=60)
        self._controls = f"{url}/_sandbox"

    def set_clock(self, now: datetime | None) -> None:
        """Stand at this instant; None: follow the real clock."""
        self._post("/clock", {"now": now.isoformat() if now else None})

    def faults(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Add rules (see sandbox/usage/fault_rules.py); they count requests from now on."""
        self._post("/faults", list(rules))

    def clear_faults(self) -> None:
        self.client.delete(f"{self._controls}/faults").raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        """What the providers were asked so far: method, path, query, status."""
        answer = self.client.get(f"{self._controls}/requests").raise_for_status()
        entries: list[dict[str, Any]] = answer.json()
        return entries

    def forget_requests(self) -> None:
        self.client.delete(f"{self._controls}/requests").raise_for_status()

    def revoke(self, key: str) -> None:
        self._post("/keys", {"key": key, "act": "revoke"})

    def restore(self, key: str) -> None:
        self._post("/keys", {"key": key, "act": "restore"})

    def stop(self) -> None:
        """End the process and wait for it; twice is once."""
        self.client.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=60)
        if self.process.stdout:
            self.process.stdout.close()

    def _post(self, path: str, body: object) -> None:
        self.client.post(self._controls + path, json=body).raise_for_status()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_sandbox(config: Mapping[str, Any]) -> SandboxHandle:
    """A sandbox of this configuration (see sandbox/usage/config.py). Raises RuntimeError if it does not start."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sandbox.json"
        file.write_text(json.dumps(config), encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "usage", "--config", str(file)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
    if not line.startswith("ready "):
        process.stdout.close()
        raise RuntimeError(f"the sandbox did not start: exit code {process.wait(timeout=60)}")
    return SandboxHandle(process, line.removeprefix("ready ").strip())


def an_account(provider: str, **changes: Any) -> dict[str, Any]:
    """An account that replays the small trace over 72 hours from 2026-11-19 on, with the key `admin_key(provider)`."""
    return {
        "provider": provider,
        "organization_id": f"org-{provider}",
        "keys": [{"key": admin_key(provider), "kind": "admin"}],
        "usage": {"trace": str(SMALL_TRACE), "starts_at": "2026-11-19T00:00:00Z", "stretch_hours": 72},
        "projects": 3,
        "api_keys": 3,
        "models": MODELS[provider],
        "null_dimensions": True,
        "requests_per_minute": None,
    } | changes


def admin_key(provider: str) -> str:
    prefix = {"openai": "sk-admin-", "anthropic": "sk-ant-admin01-", "openrouter": "sk-or-v1-"}[provider]
    return prefix + "sandbox-0001"
