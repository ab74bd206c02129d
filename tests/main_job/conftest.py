"""A server over HTTP, its organization, and the sandbox that it polls: the main job as a program sees it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.application import create_api
from app.context import ServerContext
from core.clock import FixedClock
from core.database import Database
from core.secret_store import SecretStore, secret_store
from core.settings import Settings
from ingestion.poll import poll_due, poll_sync_request
from ingestion.providers.protocol import UsageProvider
from ingestion.sync_requests import claim_sync_request, finish_sync, mark_building
from ingestion.usage_row import ProviderName
from ingestion.windows import Cause
from tests.app.serving import serving
from tests.app.tenants import PUBLIC_URL, a_tenant
from tests.conftest import NOON
from tests.ingestion.conftest import module_sandbox  # noqa: F401 - a fixture, used by its name
from tests.ingestion.world import PATIENCE, clients_at
from tests.sandbox_process import SandboxHandle, admin_key
from warehouse.build import build


@dataclass
class MainJob:
    """Connect, poll, build, show. `client` speaks for one organization."""

    client: httpx.Client
    context: ServerContext
    clock: FixedClock
    sandbox: SandboxHandle

    def connect(self, provider: str, *, key: str | None = None) -> httpx.Response:
        return self.client.post("/v1/connections", json={"provider": provider, "api_key": key or admin_key(provider)})

    def poll(self, cause: Cause) -> None:
        """The polls of a cause, without the build that follows."""
        poll_due(*self._parts(), cause=cause, patience=PATIENCE)

    def run(self, cause: Cause | None = None) -> None:
        """What the server's worker does: every sync request, or the polls of a cause, then a build."""
        if cause is not None:
            self.poll(cause)
        parts = self._parts()
        requests = []
        while request := claim_sync_request(self.context.database, now=self.clock.now()):
            poll_sync_request(*parts, request, patience=PATIENCE)
            mark_building(self.context.database, request.id, now=self.clock.now())
            requests.append(request)
        build(self.context.database, clock=self.clock)
        for request in requests:
            finish_sync(self.context.database, request.id, now=self.clock.now())

    def _parts(self) -> tuple[Database, Mapping[ProviderName, UsageProvider], SecretStore, FixedClock]:
        # Clients are fresh: a rate limit of calls a minute is real time, ours is not.
        return self.context.database, clients_at(self.sandbox.base_urls), self.context.secrets, self.clock

    def advance(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.sandbox.set_clock(self.clock.now())

    def summary(self, **parameters: str) -> dict[str, Any]:
        span = {"start": "2026-11-01", "end": "2026-11-24"}
        answer = self.client.get("/v1/telemetry/summary", params=span | parameters).raise_for_status()
        body: dict[str, Any] = answer.json()
        return body


@pytest.fixture
def database(database_with_marts: Database) -> Database:
    return database_with_marts


@pytest.fixture
def job(
    database: Database,
    clock: FixedClock,
    home: Path,
    module_sandbox: SandboxHandle,  # noqa: F811 - the fixture that is imported above
) -> Iterator[MainJob]:
    """A server that is up, and a sandbox without faults at noon."""
    module_sandbox.clear_faults()
    module_sandbox.set_clock(NOON)
    settings = Settings(home=home, public_url=PUBLIC_URL, password_memory_mib=8, _env_file=None)
    context = ServerContext(settings, database, secret_store(settings), clients_at(module_sandbox.base_urls), clock)
    tenant = a_tenant(database, "Replayed", now=clock.now())
    with serving(create_api(context)) as url, httpx.Client(base_url=url, headers=tenant.by_key, timeout=60) as client:
        yield MainJob(client, context, clock, module_sandbox)
