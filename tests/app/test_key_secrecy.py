"""A provider key is in one place only, sealed in the vault; everything else that is written is searched for it."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.api.application import create_api
from app.context import ServerContext
from core.clock import FixedClock
from core.database import Connection, Database, connect
from core.secret_store import secret_store
from core.settings import Settings
from ingestion.poll import poll_due, poll_sync_request
from ingestion.sync_requests import claim_sync_request, finish_sync
from tests.app.serving import serving
from tests.app.tenants import PUBLIC_URL, a_tenant
from tests.conftest import NOON
from tests.ingestion.world import PATIENCE, clients_at
from tests.sandbox_process import SandboxHandle, admin_key, an_account, start_sandbox
from warehouse.build import build

pytestmark = pytest.mark.database

PROVIDERS = ("openai", "anthropic", "openrouter")


def the_keys(provider: str) -> dict[str, str]:
    """One key of each kind; the part behind the prefix is what the search is for."""
    prefix = admin_key(provider)
    kinds = ("admin", "no_scope", "project", "revoked")
    return {kind: f"{prefix}-{kind}-Zq7pVx2WmRk9" for kind in kinds} | {"renewed": f"{prefix}-renewed-Zq7pVx2WmRk9"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxHandle]:
    accounts = [
        an_account(
            provider,
            keys=[
                {"key": key, "kind": "admin" if kind == "renewed" else kind} for kind, key in the_keys(provider).items()
            ],
        )
        for provider in PROVIDERS
    ]
    with start_sandbox({"now": NOON.isoformat(), "accounts": accounts}) as sandbox:
        yield sandbox


@pytest.fixture
def context(home: Path, database_with_marts: Database, clock: FixedClock, sandbox: SandboxHandle) -> ServerContext:
    settings = Settings(home=home, public_url=PUBLIC_URL, password_memory_mib=8, _env_file=None)
    return ServerContext(settings, database_with_marts, secret_store(settings), clients_at(sandbox.base_urls), clock)


def test_a_key_is_nowhere_but_in_the_vault(
    context: ServerContext, sandbox: SandboxHandle, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tenant = a_tenant(context.database, "Secretive", now=NOON)
    with serving(create_api(context)) as url, httpx.Client(base_url=url, headers=tenant.by_key, timeout=60) as client:
        answers = [answer for provider in PROVIDERS for answer in _tell_every_key(client, provider)]
        _poll_and_build(context)
        for provider in PROVIDERS:
            sandbox.revoke(the_keys(provider)["renewed"])
        _poll_and_build(context, is_again=True)
        answers.append(client.get("/v1/connections"))
        for connection in answers[-1].json()["data"]:
            assert connection["status"] == "error", connection
            answers.append(client.delete(f"/v1/connections/{connection['id']}"))
        logs = caplog.text
        for provider in PROVIDERS:  # after the logs were taken: this client logs the URLs that it asks for
            key = the_keys(provider)["admin"]
            answers.append(client.get(f"/v1/connections/{key}"))
            answers.append(client.get("/v1/telemetry/summary", params={"group_by": key}))
            assert [answer.status_code for answer in answers[-2:]] == [404, 422]

    said = "\n".join(f"{answer.status_code} {answer.headers} {answer.text}" for answer in answers)
    with connect(context.database.urls.admin) as connection:
        stored = _everything_stored(connection)
    files = b"\n".join(file.read_bytes() for file in home.rglob("*") if file.is_file()).decode(errors="replace")
    for secret in [key for provider in PROVIDERS for key in the_keys(provider).values()]:
        for place, text in {"answers": said, "database": stored, "logs": logs, "files": files}.items():
            assert secret not in text, f"a key is in the {place}"
            assert secret[-12:] not in text, f"a part of a key is in the {place}"
    assert "Secretive" in stored
    assert "marts.fct_usage" in stored
    assert "/usage" in logs


def _tell_every_key(client: httpx.Client, provider: str) -> list[httpx.Response]:
    """Each key in the place where it belongs, and in places where it does not."""
    keys = the_keys(provider)
    answers = [
        client.post("/v1/connections", json={"provider": provider, "api_key": keys[kind]})
        for kind in ("revoked", "project", "no_scope")
    ]
    assert [answer.is_success for answer in answers] == [False, False, False], [answer.text for answer in answers]
    created = client.post(
        "/v1/connections",
        json={"provider": provider, "api_key": keys["admin"]},
        headers={"Idempotency-Key": f"connect-{provider}"},
    )
    assert created.status_code == 201, created.text
    path = f"/v1/connections/{created.json()['id']}"
    renewed = client.patch(path, json={"api_key": keys["renewed"]})
    assert renewed.status_code == 200, renewed.text
    misplaced = [
        client.post("/v1/connections", json={"provider": keys["admin"], "api_key": keys["admin"]}),
        client.post("/v1/connections", json={"provider": provider, "api_key": {"nested": keys["admin"]}}),
        client.post("/v1/connections", json={"provider": provider, "api_key": keys["admin"], keys["admin"]: 1}),
        client.post("/v1/connections", content=json.dumps({"api_key": keys["admin"]})[:-1]),
        client.patch(path, json={"api_key": [keys["admin"]]}),
    ]
    assert all(answer.status_code in {404, 422} for answer in misplaced), [answer.text for answer in misplaced]
    return [*answers, created, renewed, *misplaced, client.get(path), client.get("/health")]


def _poll_and_build(context: ServerContext, *, is_again: bool = False) -> None:
    parts = (context.database, context.providers, context.secrets, context.clock)
    if is_again:
        poll_due(*parts, cause="daily", patience=PATIENCE)
    while request := claim_sync_request(context.database, now=NOON):
        poll_sync_request(*parts, request, patience=PATIENCE)
        finish_sync(context.database, request.id, now=NOON)
    build(context.database, clock=context.clock)


def _everything_stored(connection: Connection) -> str:
    """Every row of every table, as text, under the table's name."""
    tables = connection.execute(
        "select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables"
        " where schemaname not in ('pg_catalog', 'information_schema')"
    ).fetchall()
    texts = []
    for table in tables:
        rows = connection.execute(f"select t::text as row from {table['name']} as t".encode()).fetchall()
        texts.append(f"{table['name']}\n" + "\n".join(row["row"] for row in rows))
    return "\n".join(texts)
