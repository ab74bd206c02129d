"""From `POST /v1/connections` to the first grams in the API: a new organization, 30 days of history, one server."""

import json
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from bench.processes import free_port, running
from core.settings import Settings, child_environment

HISTORY = timedelta(days=30)
GIVE_UP_AFTER_SECONDS = 300
KEY = "sk-admin-bench-0001"


def first_grams_seconds() -> float:
    """Seconds from the connection's request to the first summary whose total has grams."""
    with tempfile.TemporaryDirectory(prefix="carbonledger-bench-") as folder:
        sandbox_port, port = free_port(), free_port()
        config = Path(folder) / "sandbox.json"
        config.write_text(json.dumps(_sandbox()))
        settings = Settings(
            home=Path(folder) / "home",
            public_url=f"http://127.0.0.1:{port}",
            openai_base_url=f"http://127.0.0.1:{sandbox_port}/openai/v1",
        )
        environment = child_environment(settings)
        sandbox = ["sandbox", "usage", "--config", str(config), "--port", str(sandbox_port)]
        serve = ["app.cli", "serve", "--port", str(port)]
        with (
            running(sandbox, environment=environment, answers_at=f"http://127.0.0.1:{sandbox_port}/"),
            running(serve, environment=environment, answers_at=f"{settings.public_url}/health/live"),
        ):
            return _connect_and_wait(settings.public_url)


def _sandbox() -> dict[str, object]:
    starts_at = datetime.now(UTC) - HISTORY
    account = {
        "provider": "openai",
        "organization_id": "org-bench",
        "keys": [{"key": KEY}],
        "usage": {"generate": {"seed": 1, "starts_at": starts_at.isoformat()}},
    }
    return {"now": None, "accounts": [account]}


def _connect_and_wait(url: str) -> float:
    with httpx.Client(base_url=url, headers={"Origin": url}, timeout=60) as client:
        person = {"email": "bench@example.com", "password": "a long bench password", "organization": "Bench"}
        client.post("/auth/signup", json=person).raise_for_status()
        begun = time.monotonic()
        client.post("/v1/connections", json={"provider": "openai", "api_key": KEY}).raise_for_status()
        while time.monotonic() < begun + GIVE_UP_AFTER_SECONDS:
            answer = client.get("/v1/telemetry/summary").raise_for_status().json()
            if answer["totals"]["co2e_grams"] is not None:
                return time.monotonic() - begun
            time.sleep(0.1)
    raise SystemExit(f"no grams {GIVE_UP_AFTER_SECONDS} s after connecting")
