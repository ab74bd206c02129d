"""Keys and schema at their fixed addresses: for anybody, from any page, cacheable."""

import json

import httpx
import pytest
from carbonledger.verify.schema import receipt_schema_bytes
from carbonledger.verify.trust import Trust

from app.context import ServerContext
from core.did_web import DidWeb
from receipts.keys.published import published_keys
from receipts.keys.signing_keys import create_keys, revoke
from tests.conftest import NOON

pytestmark = pytest.mark.database

OF_KEYS = {
    "/.well-known/jwks.json": "application/jwk-set+json",
    "/.well-known/did.json": "application/did+json",
    "/.well-known/key-history.json": "application/json",
}
SCHEMA = "/schemas/receipt-1.json"
EVERY = OF_KEYS | {SCHEMA: "application/schema+json"}


@pytest.fixture
def keys(context: ServerContext) -> list[str]:
    """Ids of the receipt key and the log key."""
    create_keys(context.database, context.secrets, DidWeb.parse("ledger.example"), now=NOON)
    with context.database.before_tenant() as connection:
        return [key.kid for key in published_keys(connection)]


@pytest.mark.parametrize("path", OF_KEYS)
def test_before_the_first_key_there_is_nothing(api: httpx.Client, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("path", EVERY)
def test_they_are_for_anybody_and_cacheable(api: httpx.Client, keys: list[str], path: str) -> None:
    answer = api.get(path, headers={"Origin": "https://auditor.example"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == EVERY[path]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == f"public, max-age={86400 if path == SCHEMA else 300}"
    assert "Set-Cookie" not in answer.headers
    for known in (answer.headers["ETag"], f'"other", W/{answer.headers["ETag"]}'):
        again = api.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == answer.headers["ETag"]
        assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert api.get(path, headers={"If-None-Match": '"other"'}).content == answer.content


def test_they_name_the_keys(api: httpx.Client, keys: list[str]) -> None:
    receipt_key, log_key = keys
    assert [key["kid"] for key in api.get("/.well-known/jwks.json").json()["keys"]] == [receipt_key]
    document = api.get("/.well-known/did.json").json()
    assert (document["id"], document["assertionMethod"]) == (
        "did:web:ledger.example", [f"did:web:ledger.example#{receipt_key}"]
    )  # fmt: skip
    trust = Trust.from_key_history(api.get("/.well-known/key-history.json").content)
    assert (list(trust.receipt_keys), [key.kid for key in trust.log_keys]) == ([receipt_key], [log_key])


def test_a_revocation_changes_what_is_cached(api: httpx.Client, context: ServerContext, keys: list[str]) -> None:
    before = {path: api.get(path).headers["ETag"] for path in OF_KEYS}
    revoke(context.database, context.secrets, keys[0], reason="stolen", now=NOON)
    for path, known in before.items():
        assert api.get(path, headers={"If-None-Match": known}).status_code == 200
    assert "stolen" not in api.get("/.well-known/key-history.json").text


def test_no_private_half_is_published(api: httpx.Client, context: ServerContext, keys: list[str]) -> None:
    with context.database.owner() as connection:
        rows = connection.execute("select secret_arn from ops.signing_keys").fetchall()
    for path in EVERY:
        told = api.get(path).text
        for row in rows:
            assert row["secret_arn"] not in told
            assert context.secrets.get(row["secret_arn"]).get_secret_value() not in told


def test_the_schema_is_the_librarys_and_needs_no_key(api: httpx.Client) -> None:
    answer = api.get(SCHEMA)
    assert answer.content == receipt_schema_bytes()
    assert json.loads(answer.content)["title"] == "Carbon receipt, version 1"
