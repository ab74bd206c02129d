"""A server on loopback with a fresh database, a clock that stands still, and visitors with cookies of their own."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.application import create_api
from app.context import ServerContext
from core.clock import FixedClock
from core.database import Database
from core.secret_store import secret_store
from core.settings import Settings
from tests.app.serving import serving

ORIGIN = "http://127.0.0.1:8321"
PASSWORD = "seven green herons"


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home, public_url=ORIGIN, password_memory_mib=8)


@pytest.fixture
def context(settings: Settings, database: Database, clock: FixedClock) -> ServerContext:
    return ServerContext(settings, database, secret_store(settings), {}, clock)


@pytest.fixture
def server(context: ServerContext) -> Iterator[str]:
    with serving(create_api(context)) as url:
        yield url


Visit = Callable[..., httpx.Client]


@pytest.fixture
def visit(server: str) -> Iterator[Visit]:
    """A browser or program of its own: `visit()`, `visit(api_key=…)`, `visit(address="127.0.0.2")`."""
    with ExitStack() as open_clients:

        def visit(
            *, api_key: str | None = None, address: str = "127.0.0.1", origin: str | None = ORIGIN
        ) -> httpx.Client:
            headers = {} if origin is None else {"Origin": origin}
            if api_key is not None:
                headers["Authorization"] = f"Bearer {api_key}"
            transport = httpx.HTTPTransport(local_address=address)
            return open_clients.enter_context(
                httpx.Client(base_url=server, headers=headers, transport=transport, timeout=60)
            )

        yield visit


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization and its owner, signed in."""

    client: httpx.Client
    email: str
    org_id: str
    user_id: str

    @property
    def org_key(self) -> int:
        return int(self.org_id.removeprefix("org_"))


@pytest.fixture
def found(visit: Visit) -> Callable[..., Organization]:
    """Sign somebody up: `found()`, `found("eve@example.org")`."""

    def found(email: str = "ada@example.org", organization: str = "Analytical Engines") -> Organization:
        client = visit()
        me = sign_up(client, email=email, organization=organization).raise_for_status().json()
        return Organization(client, email, me["organization"]["id"], me["user"]["id"])

    return found


@pytest.fixture
def join(visit: Visit, database: Database) -> Callable[..., httpx.Client]:
    """Invite somebody to an organization and let them accept: `join(organization, "bob@example.org", "member")`."""

    def join(organization: Organization, email: str, role: str) -> httpx.Client:
        invited_as = "admin" if role == "owner" else role
        organization.client.post("/v1/invitations", json={"email": email, "role": invited_as}).raise_for_status()
        client = visit()
        accepted = client.post(
            "/auth/accept-invitation", json={"token": token_in_mail(database, email), "password": PASSWORD}
        ).raise_for_status()
        if role == "owner":
            member = accepted.json()["user"]["id"]
            organization.client.patch(f"/v1/members/{member}", json={"role": "owner"}).raise_for_status()
        return client

    return join


def sign_up(client: httpx.Client, **fields: Any) -> httpx.Response:
    given = {"email": "ada@example.org", "password": PASSWORD, "organization": "Analytical Engines"}
    return client.post("/auth/signup", json=given | fields)


def log_in(client: httpx.Client, *, email: str = "ada@example.org", password: str = PASSWORD) -> httpx.Response:
    return client.post("/auth/login", json={"email": email, "password": password})


def token_in_mail(database: Database, email: str) -> str:
    """The token of the link in the latest mail to this address."""
    with database.owner() as connection:
        row = connection.execute(
            "select body from ops.outbox where channel = 'email' and recipient = %s order by id desc limit 1", [email]
        ).fetchone()
    assert row is not None
    found = re.search(re.escape(ORIGIN) + r"/auth/(?:reset|invitation)\?token=([\w-]{43})\n", row["body"])
    assert found is not None
    return found[1]


def audited(database: Database) -> list[tuple[str, str, str]]:
    """(actor, act, subject) of all organizations, oldest first."""
    with database.owner() as connection:
        rows = connection.execute("select actor, act, subject from ops.audit_log order by id").fetchall()
    return [(row["actor"], row["act"], row["subject"]) for row in rows]


def count(database: Database, table: str) -> int:
    with database.owner() as connection:
        row = connection.execute(f"select count(*) as rows from ops.{table}".encode()).fetchone()
    assert row is not None
    return int(row["rows"])
