"""A key that cannot be connected: its own problem, what to do about it, nothing stored, nothing repeated."""

import logging

import httpx
import pytest

from app.context import ServerContext
from core.database import Database
from tests.app.api.conftest import NO_SCOPE_KEY, PROJECT_KEY, REVOKED_KEY, SECOND_KEY
from tests.app.tenants import PUBLIC_URL, Tenant
from tests.sandbox_process import SandboxHandle, admin_key

pytestmark = pytest.mark.database

TABLES_OF_A_CONNECTION = ("connections", "provider_accounts", "workloads", "sync_requests", "usage_streams")


def connect(client: httpx.Client, tenant: Tenant, **changes: object) -> httpx.Response:
    body = {"provider": "openai", "api_key": admin_key("openai")} | changes
    return client.post("/v1/connections", json=body, headers=tenant.by_key)


def assert_nothing_stored(context: ServerContext) -> None:
    with context.database.worker() as connection:
        for table in TABLES_OF_A_CONNECTION:
            assert connection.execute(f"select * from ops.{table}".encode()).fetchall() == []
    vault = context.settings.home_path / "vault"
    assert [file.name for file in vault.glob("*") if file.name != "vault.key"] == []


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        ("sk-admin-nobody-knows-this-one", 422, "key-refused"),
        (REVOKED_KEY, 422, "key-refused"),
        (PROJECT_KEY, 422, "wrong-key-kind"),
        (NO_SCOPE_KEY, 422, "missing-scope"),
    ],
)
def test_a_key_that_does_not_read_usage(
    connecting: httpx.Client, ada: Tenant, provider_context: ServerContext, key: str, status: int, code: str
) -> None:
    refused = connect(connecting, ada, api_key=key)
    problem = refused.json()
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert (refused.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"{PUBLIC_URL}/problems/{code}"
    assert connecting.get(problem["type"].removeprefix(PUBLIC_URL)).status_code == 200
    assert key not in refused.text
    assert_nothing_stored(provider_context)


@pytest.mark.parametrize(
    ("fault", "code", "wait"),
    [
        ({"kind": "server_error"}, "provider-unavailable", "30"),
        ({"kind": "rate_limited", "parameters": {"retry_after": 17}}, "rate-limited", "17"),
    ],
)
def test_a_provider_that_does_not_answer(
    connecting: httpx.Client,
    ada: Tenant,
    provider_context: ServerContext,
    sandbox: SandboxHandle,
    fault: dict[str, object],
    code: str,
    wait: str,
) -> None:
    sandbox.faults([{"provider": "openai"} | fault])
    refused = connect(connecting, ada)
    assert (refused.status_code, refused.json()["code"]) == (503, code)
    assert refused.headers["Retry-After"] == wait
    assert_nothing_stored(provider_context)


@pytest.mark.parametrize(
    ("changes", "location"),
    [
        ({"provider": "mistral"}, "body.provider"),
        ({"provider": None}, "body.provider"),
        ({"api_key": ""}, "body.api_key"),
        ({"api_key": 17}, "body.api_key"),
        ({"api_key": ["sk-admin-in-a-list"]}, "body.api_key"),
        ({"api_key": "sk-admin-with a space"}, "body.api_key"),
        ({"api_key": "sk-admin-with\nheader"}, "body.api_key"),
        ({"api_key": "sk-admin-" + "x" * 600}, "body.api_key"),
        ({"label": "x" * 201}, "body.label"),
        ({"sk-admin-as-a-field-name": "x"}, "body"),
    ],
)
def test_input_that_does_not_fit_is_named_and_not_repeated(
    connecting: httpx.Client, ada: Tenant, provider_context: ServerContext, changes: dict[str, object], location: str
) -> None:
    refused = connect(connecting, ada, **changes)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "invalid-input")
    assert [each["location"] for each in problem["errors"]] == [location]
    assert "sk-admin" not in refused.text
    assert_nothing_stored(provider_context)


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'"sk-admin-text"', b"\xff\xfe", b'{"provider": "openai",}'])
def test_a_body_that_is_no_connection(
    connecting: httpx.Client, ada: Tenant, provider_context: ServerContext, body: bytes
) -> None:
    headers = ada.by_key | {"Content-Type": "application/json"}
    refused = connecting.post("/v1/connections", content=body, headers=headers)
    assert refused.status_code in {400, 422}
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert "sk-admin" not in refused.text
    assert_nothing_stored(provider_context)


def test_a_label_or_project_that_cannot_be_is_refused_before_the_key_is_used(
    connecting: httpx.Client, ada: Tenant, provider_context: ServerContext, sandbox: SandboxHandle
) -> None:
    sandbox.forget_requests()
    codes = [
        connect(connecting, ada, label="bell \u0007").json()["code"],
        connect(connecting, ada, project_id="proj_999999").json()["code"],
        connect(connecting, ada, project_id="conn_1").json()["code"],
    ]
    assert codes == ["invalid-label", "unknown-project", "unknown-project"]
    assert sandbox.requests() == []
    assert_nothing_stored(provider_context)


def test_no_key_is_ever_answered_logged_or_stored(
    connecting: httpx.Client, ada: Tenant, provider_context: ServerContext, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = connect(connecting, ada)
    address = made.headers["Location"]
    answers = [
        made,
        connect(connecting, ada),
        connect(connecting, ada, api_key=PROJECT_KEY),
        connect(connecting, ada, api_key=REVOKED_KEY, provider="anthropic"),
        connect(connecting, ada, api_key=NO_SCOPE_KEY, provider=1),
        connecting.patch(address, json={"api_key": SECOND_KEY}, headers=ada.by_key),
        connecting.patch(address, json={"api_key": REVOKED_KEY}, headers=ada.by_key),
        connecting.get("/v1/connections", headers=ada.by_key),
        connecting.post(address + "/sync", headers=ada.by_key | {"Idempotency-Key": "once"}),
        connecting.delete(address, headers=ada.by_key),
    ]
    seen = "".join(f"{answer.headers} {answer.text}" for answer in answers)
    seen += caplog.text + everything_in(provider_context.database)
    for key in (admin_key("openai"), PROJECT_KEY, REVOKED_KEY, NO_SCOPE_KEY, SECOND_KEY, ada.write_key):
        assert key not in seen
        assert key[-12:] not in seen


def everything_in(database: Database) -> str:
    """Every row of every table of ours, as text."""
    with database.owner() as connection:
        tables = connection.execute(
            "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('ops', 'raw')"
        ).fetchall()
        rows = [str(connection.execute(f"select * from {table['name']}".encode()).fetchall()) for table in tables]
    assert len(tables) > 20
    return "".join(rows)
