"""Refusals on the wire: RFC 9457, a page behind every type, nothing repeated, nothing logged of what was sent."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import httpx
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from app.api.application import METHODOLOGY_DOCS, create_api
from app.api.edge import MAX_BODY_BYTES
from app.api.problem_types import PROBLEM_TYPES
from app.context import ServerContext
from core.database import Database, DatabaseUrls
from core.errors import CarbonLedgerError
from ingestion.providers.registry import usage_providers
from tests.app.serving import serving
from tests.app.tenants import PUBLIC_URL, Tenant, a_tenant
from tests.app.world import World
from tests.conftest import NOON
from warehouse.docs_page import SERVED_FROM

pytestmark = pytest.mark.database

SECRET = "sk-admin-do-not-repeat-me"
PACKAGES = ("app.api", "app.accounts", "app.telemetry", "app.verification", "budgets", "core", "ingestion", "warehouse")
# Raised by commands and builds, never while a request is answered.
NOT_FOR_REQUESTS = {
    "error",
    "build-failed",
    "build-running",
    "costs-refused",
    "embedded-server",
    "migration-changed",
    "not-delivered",
    "unsupported-server",
    "target-removed",
    "unusable-recipient",
}


@pytest.fixture
def ada(context: ServerContext) -> Tenant:
    return a_tenant(context.database, "Ada", now=NOON)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"/{SECRET}", 404, "not-found"),
        ("GET", f"/v1/{SECRET}", 404, "not-found"),
        ("DELETE", "/health", 405, "method-not-allowed"),
        ("GET", "/v1/connections", 401, "not-authenticated"),
    ],
)
def test_a_refusal_is_a_problem(api: httpx.Client, method: str, path: str, status: int, code: str) -> None:
    answer = api.request(method, path)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": f"{PUBLIC_URL}/problems/{code}",
        "title": PROBLEM_TYPES[code].title,
        "status": status,
        "detail": answer.json()["detail"],
        "code": code,
        "request_id": answer.headers["X-Request-Id"],
    }
    assert answer.status_code == status
    assert SECRET not in answer.text


def test_a_method_that_is_not_allowed_says_which_are(api: httpx.Client) -> None:
    assert api.delete("/health").headers["Allow"] == "GET"


def test_who_is_not_known_is_told_how_to_be(api: httpx.Client) -> None:
    assert api.get("/v1/connections").headers["WWW-Authenticate"] == "Bearer"


def test_every_problem_type_has_its_page(api: httpx.Client) -> None:
    listed = api.get("/problems").text
    for code, problem in PROBLEM_TYPES.items():
        page = api.get(f"/problems/{code}")
        assert page.status_code == 200
        assert problem.title.split("'")[0] in page.text
        assert f'href="/problems/{code}"' in listed


def test_every_error_of_ours_is_listed() -> None:
    codes = {error.code for error in _subclasses(CarbonLedgerError)}
    assert codes - PROBLEM_TYPES.keys() == NOT_FOR_REQUESTS


def _subclasses(base: type[CarbonLedgerError]) -> Iterator[type[CarbonLedgerError]]:
    for package in PACKAGES:
        module = import_module(package)
        for found in walk_packages(module.__path__, f"{package}."):
            import_module(found.name)
    waiting = [base]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += [child for child in each.__subclasses__() if child.__module__.startswith(PACKAGES)]


def test_a_body_of_ten_megabytes_is_refused_unread(api: httpx.Client, ada: Tenant) -> None:
    answer = api.post("/v1/connections", content=b"x" * 10_000_000, headers=ada.by_key)
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_a_body_that_does_not_say_its_length_is_refused_when_it_is_too_long(api: httpx.Client, ada: Tenant) -> None:
    endless = (b"x" * 65_536 for _ in range(160))
    headers = ada.by_key | {"Content-Type": "application/json"}
    answer = api.post("/v1/connections", content=endless, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_the_longest_body_is_read(api: httpx.Client, ada: Tenant) -> None:
    body = json.dumps({"provider": "openai", "api_key": "k", "label": "x"}).encode()
    headers = ada.by_key | {"Content-Type": "application/json"}
    answer = api.post("/v1/connections", content=body.ljust(MAX_BODY_BYTES), headers=headers)
    assert answer.json()["code"] == "unknown-provider"  # this installation has none


def test_every_answer_carries_the_security_headers(api: httpx.Client) -> None:
    for path in ("/health", "/nowhere", "/problems", "/openapi.json"):
        headers = api.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_failure_of_ours_is_logged_by_its_place_and_answered_without_it(
    own_built_context: ServerContext, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with own_built_context.database.worker() as connection:
        connection.execute("drop table marts.fct_usage cascade")
    with serving(create_api(own_built_context)) as url, caplog.at_level(logging.DEBUG):
        parameters = {"model": SECRET, "group_by": "hour"}
        answer = httpx.get(f"{url}/v1/telemetry/summary", params=parameters, headers=world.ada.by_key)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    (record,) = [record for record in caplog.records if record.name == "carbonledger.api"]
    assert "UndefinedTable in GET /v1/telemetry/summary" in record.getMessage()
    assert answer.headers["X-Request-Id"] in record.getMessage()
    assert "summary.py" in record.getMessage()
    assert SECRET not in answer.text + record.getMessage()
    assert "fct_usage" not in answer.text


def test_what_is_for_the_operator_is_logged_and_not_answered(
    own_built_context: ServerContext, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    providers = usage_providers(own_built_context.settings)
    context = replace(own_built_context, providers=providers)
    arn = context.secrets.put("a", SecretStr(SECRET))
    vault = context.settings.home_path / "vault"
    (vault / "vault.key").write_bytes(b"0" * 32)
    with context.database.worker() as connection:
        connection.execute("update ops.connections set secret_arn = %s", [arn])
    address = f"/v1/connections/conn_{world.ada_anthropic.connection_id}"
    with serving(create_api(context)) as url:
        answer = httpx.patch(url + address, json={"usage_endpoint": "analytics"}, headers=world.ada.by_key)
    assert (answer.status_code, answer.json()["code"]) == (500, "vault-damaged")
    assert answer.json()["detail"] == PROBLEM_TYPES["vault-damaged"].meaning
    (record,) = [record for record in caplog.records if record.name == "carbonledger.api"]
    assert "vault-damaged" in record.getMessage()


def test_a_database_that_gives_up_is_unavailable(context: ServerContext, database_url: str, ada: Tenant) -> None:
    impatient = DatabaseUrls(admin=make_conninfo(database_url, options="-c lock_timeout=20"))
    with (
        Database(impatient) as database,
        serving(create_api(replace(context, database=database))) as url,
        context.database.owner() as connection,
    ):
        connection.execute("lock table ops.connections in access exclusive mode")
        answer = httpx.get(f"{url}/v1/connections", headers=ada.by_key)
    assert (answer.status_code, answer.json()["code"]) == (503, "database-unavailable")
    assert answer.headers["Retry-After"] == "30"


def test_a_write_by_cookie_has_to_come_from_our_pages(api: httpx.Client, ada: Tenant) -> None:
    body = {"provider": "openai", "api_key": "k"}
    for origin in ({"Origin": "http://evil.test"}, {"Origin": "null"}):
        answer = api.post("/v1/connections", json=body, headers=ada.by_cookie | origin)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")
    own = api.post("/v1/connections", json=body, headers=ada.by_cookie)
    assert own.json()["code"] == "unknown-provider"


def test_a_key_that_may_read_may_not_write(api: httpx.Client, ada: Tenant) -> None:
    body = {"provider": "openai", "api_key": "k"}
    answer = api.post("/v1/connections", json=body, headers=ada.by_read_key)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert api.get("/v1/connections", headers=ada.by_read_key).status_code == 200


def test_the_methodology_pages_are_served_from_where_they_are_built() -> None:
    assert METHODOLOGY_DOCS == SERVED_FROM


def test_the_methodology_pages_are_served_once_they_are_built(context: ServerContext, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>models</p>")
    with serving(create_api(context, methodology_docs=tmp_path)) as url:
        page = httpx.get(f"{url}/methodology/dbt/")
    assert page.text == "<p>models</p>"
    assert "script-src 'unsafe-inline'" in page.headers["Content-Security-Policy"]  # or the page stays blank
    with serving(create_api(context, methodology_docs=tmp_path / "none")) as url:
        assert httpx.get(f"{url}/methodology/dbt/").json()["code"] == "not-found"
