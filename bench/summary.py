"""The summary endpoint (30 days by model and day, 8 clients) beside an empty FastAPI route under the same load."""

from pathlib import Path

import httpx

from bench.load import Latencies, measure
from bench.processes import free_port, running
from bench.usage_rows import fill
from core.clock import SystemClock
from core.database import Database, database_urls
from core.ids import database_key
from core.settings import Settings, child_environment
from warehouse.build import build

REQUESTS_EACH = 40
DAYS = "start=2026-02-01&end=2026-03-03&group_by=model,day"


def summary_latencies(home: Path, *, rows: int) -> tuple[Latencies, Latencies]:
    """(summary, empty route) with `rows` usage rows of one organization in the marts."""
    port, empty_port = free_port(), free_port()
    settings = Settings(home=home, public_url=f"http://127.0.0.1:{port}")
    environment = child_environment(settings)
    serve = ["app.cli", "serve", "--api-only", "--port", str(port)]
    empty = ["uvicorn", "bench.empty_route:app", "--port", str(empty_port), "--log-level", "warning"]
    with running(serve, environment=environment, answers_at=f"{settings.public_url}/health/live"):
        headers = _a_reader(settings, rows=rows)
        url = f"{settings.public_url}/v1/telemetry/summary?{DAYS}"
        summary = measure(url, headers=headers, requests_each=REQUESTS_EACH)
    with running(empty, environment=environment, answers_at=f"http://127.0.0.1:{empty_port}/empty"):
        nothing = measure(f"http://127.0.0.1:{empty_port}/empty", headers={}, requests_each=REQUESTS_EACH)
    return summary, nothing


def _a_reader(settings: Settings, *, rows: int) -> dict[str, str]:
    """Headers of an API key whose organization has the rows, built."""
    with httpx.Client(base_url=settings.public_url, headers={"Origin": settings.public_url}, timeout=60) as client:
        person = {"email": "bench@example.com", "password": "a long bench password", "organization": "Bench"}
        client.post("/auth/signup", json=person).raise_for_status()
        org_id = database_key("org", client.get("/v1/me").raise_for_status().json()["organization"]["id"])
        key = client.post("/v1/api-keys", json={"name": "bench", "scopes": ["read"]}).raise_for_status().json()["key"]
    assert org_id is not None
    with Database(database_urls(settings)) as database:
        fill(database, org_id=org_id, rows=rows)
        build(database, clock=SystemClock())
    return {"Authorization": f"Bearer {key}"}
