"""A ledger with its dashboard in this process: a clock that stands, sandbox providers, the real poll and build.

For what takes days in the world: usage that comes after a change of the mapping is read once the clock has been moved.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import streamlit as st
import uvicorn
from pydantic import SecretStr

from app.context import ServerContext
from app.server import create_server
from core.clock import FixedClock
from core.database import Database
from core.secret_store import secret_store
from core.settings import Settings
from ingestion.connections import ConnectionView, connect
from ingestion.poll import poll_due, poll_sync_request
from ingestion.sync_requests import claim_sync_request, finish_sync, mark_building
from ingestion.usage_row import ProviderName
from ingestion.windows import Cause
from tests.app.tenants import Tenant, a_tenant
from tests.ingestion.world import PATIENCE, clients_at
from tests.sandbox_process import SandboxHandle, admin_key, start_sandbox
from warehouse.build import build

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""A Wednesday: invented usage rests at the weekend."""
SINCE = NOON - timedelta(days=2)
SEEDS = {"openai": 11, "anthropic": 12, "openrouter": 13}


@dataclass
class Ledger:
    """`ada` owns what is looked at; `bob` is somebody else."""

    url: str
    context: ServerContext
    clock: FixedClock
    sandbox: SandboxHandle
    ada: Tenant
    bob: Tenant

    def connect(self, tenant: Tenant, provider: str, *, label: str, project_id: int | None = None) -> ConnectionView:
        return connect(
            self.context.database,
            self.context.providers,
            self.context.secrets,
            org_id=tenant.org_id,
            provider=ProviderName(provider),
            api_key=SecretStr(admin_key(provider) if tenant is self.ada else f"{admin_key(provider)}-bob"),
            label=label,
            project_id=project_id,
            now=self.clock.now(),
        )

    def read(self, cause: Cause | None = None) -> None:
        """What the worker does: every sync request, or the polls of a cause, then a build."""
        parts = (self.context.database, self.context.providers, self.context.secrets, self.clock)
        if cause is not None:
            poll_due(*parts, cause=cause, patience=PATIENCE)
        requests = []
        while request := claim_sync_request(self.context.database, now=self.clock.now()):
            poll_sync_request(*parts, request, patience=PATIENCE)
            mark_building(self.context.database, request.id, now=self.clock.now())
            requests.append(request)
        build(self.context.database, clock=self.clock)
        for request in requests:
            finish_sync(self.context.database, request.id, now=self.clock.now())

    def advance(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.sandbox.set_clock(self.clock.now())

    @contextmanager
    def api(self, tenant: Tenant) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.url, headers=tenant.by_key, timeout=60) as client:
            yield client


@contextmanager
def a_ledger(database: Database, home: Path) -> Iterator[Ledger]:
    """Nothing is connected yet. One at a time: Streamlit serves one context a process."""
    clock = FixedClock(NOON)
    with _listening() as (listening, url), start_sandbox(_sandbox()) as sandbox:
        settings = Settings(home=home, public_url=url, password_memory_mib=8, _env_file=None)
        context = ServerContext(settings, database, secret_store(settings), clients_at(sandbox.base_urls), clock)
        ada, bob = a_tenant(database, "Ada", now=NOON), a_tenant(database, "Bob", now=NOON)
        with _serving(context, listening):
            yield Ledger(url, context, clock, sandbox, ada, bob)
        st.cache_data.clear()  # the next ledger of this process may have the same numbers for other organizations


def _sandbox() -> dict[str, Any]:
    accounts = [
        {
            "provider": provider,
            "organization_id": f"org-{provider}-{whose}",
            "keys": [{"key": f"{admin_key(provider)}{ending}"}],
            "projects": 2,
            "api_keys": 1,
            "requests_per_minute": None,
            "usage": {
                "generate": {"seed": seed, "starts_at": SINCE.isoformat(), "requests_per_hour": 60, "growth_percent": 0}
            },
        }
        for provider, seed in SEEDS.items()
        for whose, ending in (("ada", ""), ("bob", "-bob"))
    ]
    return {"now": NOON.isoformat(), "accounts": accounts}


@contextmanager
def _listening() -> Iterator[tuple[socket.socket, str]]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield listening, f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def _serving(context: ServerContext, listening: socket.socket) -> Iterator[None]:
    application = create_server(context, surface="api and dashboard")
    config = uvicorn.Config(
        application, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=60)
    assert not thread.is_alive()
