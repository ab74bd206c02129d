"""A ledger with its dashboard in this process: a clock that stands, sandbox providers, the real poll and build.

For what takes days in the world: usage that comes after a change of the mapping is read once the clock has been moved.
"""

import socket
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import streamlit as st
import uvicorn
from pydantic import SecretStr

from app.accounts.accept_invitation import accept_invitation
from app.accounts.invitations import invite
from app.accounts.principal import Principal
from app.context import ServerContext
from app.server import create_server
from core.clock import FixedClock, floor_to_hour
from core.database import Database, fetch_one
from core.ids import public_id
from core.secret_store import secret_store
from core.settings import Settings
from ingestion.connections import ConnectionView, change_endpoint, connect, list_connections
from ingestion.poll import poll_due, poll_sync_request
from ingestion.projects import create_project
from ingestion.sync_requests import claim_sync_request, finish_sync, mark_building
from ingestion.usage_row import ProviderName
from ingestion.windows import Cause
from tests.app.tenants import PASSWORD, Tenant, a_tenant
from tests.ingestion.world import PATIENCE, clients_at
from tests.sandbox_process import SandboxHandle, admin_key, start_sandbox
from warehouse.build import build

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""A Wednesday: invented usage rests at the weekend."""
SINCE = NOON - timedelta(days=2)
LABELS = {"openai": "OpenAI production", "anthropic": "Anthropic assistants", "openrouter": "OpenRouter experiments"}
SEEDS = {"openai": 11, "anthropic": 12, "openrouter": 13}
NEWCOMERS_KEYS = (f"{admin_key('openai')}-newcomer", f"{admin_key('openai')}-newcomer-2")
"""Two keys of one account that nobody has connected."""


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

    def connection_of(self, provider: str) -> ConnectionView:
        """Ada's."""
        found = list_connections(self.context.database, self.ada.org_id)
        return next(connection for connection in found if connection.provider == provider)

    def mapping_path(self, provider: str) -> str:
        return f"/mapping?connection={public_id('conn', self.connection_of(provider).id)}"

    def a_project(self, name: str) -> str:
        """The public id of a new one of Ada's."""
        made = create_project(
            self.context.database, org_id=self.ada.org_id, name=name, actor="user_1", now=self.clock.now()
        )
        return public_id("proj", made.id)

    def read_by_day(self, connection: ConnectionView) -> None:
        """Its usage comes in buckets a day wide from now on."""
        change_endpoint(
            self.context.database,
            self.context.providers,
            self.context.secrets,
            org_id=connection.org_id,
            connection_id=connection.id,
            usage_endpoint="activity",
            now=self.clock.now(),
        )

    def read(self, cause: Cause | None = None) -> None:
        """What the worker does: every sync request, or the polls of a cause, then a build."""
        with ThreadPoolExecutor(1) as worker:  # Playwright's loop runs in the test's own thread, and polls have theirs
            worker.submit(self._read, cause).result()

    def _read(self, cause: Cause | None) -> None:
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

    def advance_to_the_hour(self) -> datetime:
        """The instant that it is then: a bucket begins."""
        passed = self.clock.now() - floor_to_hour(self.clock.now())
        if passed:
            self.advance(timedelta(hours=1) - passed)
        return self.clock.now()

    def a_viewer(self, email: str) -> str:
        """The session token of somebody whom Ada has invited to look."""
        database, now = self.context.database, self.clock.now()
        ada = Principal(org_id=self.ada.org_id, user_id=self.ada.user_id, role="owner")
        invite(database, ada, email=email, role="viewer", public_url=self.url, now=now)
        with database.owner() as connection:
            mail = fetch_one(connection, "select body from ops.outbox where recipient = %s", [email])["body"]
        token = mail.partition("token=")[2].split()[0]
        return accept_invitation(
            database, token=token, password=PASSWORD, address="127.0.0.1", memory_mib=8, now=now
        ).token

    @contextmanager
    def api(self, tenant: Tenant) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.url, headers=tenant.by_key, timeout=60) as client:
            yield client


def asked(client: httpx.Client, path: str, **parameters: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(path, params=parameters).raise_for_status().json()
    return answer


@contextmanager
def a_ledger(database: Database, home: Path) -> Iterator[Ledger]:
    """Nothing is connected yet. One at a time: Streamlit serves one context a process."""
    clock = FixedClock(NOON)
    with _listening() as (listening, url), start_sandbox(_sandbox()) as sandbox:
        settings = Settings(
            home=home, public_url=url, password_memory_mib=8, allow_private_targets=True, _env_file=None
        )
        context = ServerContext(settings, database, secret_store(settings), clients_at(sandbox.base_urls), clock)
        ada, bob = a_tenant(database, "Ada", now=NOON), a_tenant(database, "Bob", now=NOON)
        with _serving(context, listening):
            yield Ledger(url, context, clock, sandbox, ada, bob)
        st.cache_data.clear()  # the next ledger of this process may have the same numbers for other organizations


def _sandbox() -> dict[str, Any]:
    accounts = [
        _account(provider, whose, keys=[f"{admin_key(provider)}{ending}"], seed=seed)
        for provider, seed in SEEDS.items()
        for whose, ending in (("ada", ""), ("bob", "-bob"))
    ]
    accounts.append(_account("openai", "newcomer", keys=NEWCOMERS_KEYS, seed=14))
    return {"now": NOON.isoformat(), "accounts": accounts}


def _account(provider: str, whose: str, *, keys: Iterable[str], seed: int) -> dict[str, Any]:
    usage = {"seed": seed, "starts_at": SINCE.isoformat(), "requests_per_hour": 60, "growth_percent": 0}
    return {
        "provider": provider,
        "organization_id": f"org-{provider}-{whose}",
        "keys": [{"key": key} for key in keys],
        "projects": 2,
        "api_keys": 1,
        "requests_per_minute": None,
        "usage": {"generate": usage},
    }


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
