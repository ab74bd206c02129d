"""Idempotency-Key on POST: carried out once, answered the same again."""

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from app.api.idempotency import KEPT_FOR, LEASE, InvalidIdempotencyKeyError, claim
from app.context import ServerContext
from core.clock import FixedClock
from core.database import fetch_one
from tests.app.api.conftest import SECOND_KEY
from tests.app.tenants import PASSWORD, Tenant, a_tenant
from tests.conftest import NOON
from tests.sandbox_process import admin_key

pytestmark = pytest.mark.database

Connect = Callable[..., httpx.Response]


@pytest.fixture
def connect(connecting: httpx.Client, ada: Tenant) -> Connect:
    def post(key: str, *, tenant: Tenant = ada, api_key: str = admin_key("openai")) -> httpx.Response:
        body = {"provider": "openai", "api_key": api_key}
        return connecting.post("/v1/connections", json=body, headers=tenant.by_key | {"Idempotency-Key": key})

    return post


def test_the_same_request_again_gets_the_same_reply(connect: Connect, provider_context: ServerContext) -> None:
    first, second = connect("k1"), connect("k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second.headers["Location"] == first.headers["Location"]
    assert ("Idempotent-Replayed" in first.headers, second.headers["Idempotent-Replayed"]) == (False, "true")
    with provider_context.database.worker() as connection:
        assert fetch_one(connection, "select count(*) from ops.connections")["count"] == 1


def test_the_same_key_for_another_request_is_refused(connect: Connect) -> None:
    connect("k1")
    refused = connect("k1", api_key=SECOND_KEY)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")


def test_the_same_key_of_another_organization_is_another_key(connect: Connect, provider_context: ServerContext) -> None:
    bob = a_tenant(provider_context.database, "Bob", now=NOON)
    first, second = connect("k1"), connect("k1", tenant=bob)
    assert (first.status_code, second.status_code) == (201, 201)
    assert "Idempotent-Replayed" not in second.headers


def test_a_colleague_is_not_shown_the_reply(connect: Connect, connecting: httpx.Client, ada: Tenant) -> None:
    connect("k1")
    body = {"provider": "openai", "api_key": admin_key("openai")}
    headers = ada.by_cookie | {"Idempotency-Key": "k1"}
    refused = connecting.post("/v1/connections", json=body, headers=headers)
    assert refused.json()["code"] == "idempotency-key-reused"


def test_a_refused_request_may_be_sent_again(connect: Connect) -> None:
    codes = [connect("k1", api_key="sk-admin-unknown-to-them").json()["code"] for _ in range(2)]
    assert codes == ["key-refused", "key-refused"]
    assert connect("k1").status_code == 201


def test_a_request_that_is_being_carried_out_is_not_begun_again(
    connect: Connect, provider_context: ServerContext, ada: Tenant
) -> None:
    """Eight at once: one is carried out; the others are told to wait, or get its reply."""
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(connect, ["k1"] * 8))
    fresh = [each for each in answers if each.status_code == 201 and "Idempotent-Replayed" not in each.headers]
    assert len(fresh) == 1
    for each in answers:
        assert each.content == fresh[0].content or each.json()["code"] == "request-in-flight"
    with provider_context.database.worker() as connection:
        assert fetch_one(connection, "select count(*) from ops.connections")["count"] == 1


def test_a_claim_whose_process_died_is_taken_over_after_the_lease(
    connecting: httpx.Client, provider_context: ServerContext, ada: Tenant, clock: FixedClock
) -> None:
    address = f"/v1/connections/{a_connection(connecting, ada)}/sync"
    headers = ada.by_key | {"Idempotency-Key": "k1"}
    first = connecting.post(address, headers=headers)
    with provider_context.database.owner() as connection:
        connection.execute("update ops.idempotent_replies set status = null, body = null where key = 'k1'")
    assert connecting.post(address, headers=headers).json()["code"] == "request-in-flight"
    clock.advance(LEASE)
    again = connecting.post(address, headers=headers)
    assert (again.status_code, again.json()) == (202, first.json())
    assert "Idempotent-Replayed" not in again.headers


def test_a_reply_is_forgotten_after_a_day(connect: Connect, provider_context: ServerContext, clock: FixedClock) -> None:
    connect("k1")
    clock.advance(KEPT_FOR - timedelta(seconds=1))
    assert connect("k1").headers["Idempotent-Replayed"] == "true"
    clock.advance(timedelta(seconds=1))
    assert connect("k1").json()["code"] == "account-already-connected"


def test_a_reply_that_held_a_secret_is_not_shown_twice(api: httpx.Client, context: ServerContext) -> None:
    ada = a_tenant(context.database, "Ada", now=NOON)
    headers = ada.by_cookie | {"Idempotency-Key": "k1"}
    body = {"name": "ci", "scopes": ["read"]}
    made = api.post("/v1/api-keys", json=body, headers=headers)
    again = api.post("/v1/api-keys", json=body, headers=headers)
    assert (made.status_code, again.status_code, again.json()["code"]) == (201, 409, "reply-held-a-secret")
    assert made.json()["key"] not in again.text
    with context.database.tenant(ada.org_id) as connection:
        kept = fetch_one(connection, "select status, body from ops.idempotent_replies")
        assert fetch_one(connection, "select count(*) from ops.api_keys where name = 'ci'")["count"] == 1
    assert kept == {"status": 201, "body": None}


def test_who_is_removed_while_the_body_is_on_its_way_is_nobody(api: httpx.Client, context: ServerContext) -> None:
    ada = a_tenant(context.database, "Ada", now=NOON)

    def body() -> Iterator[bytes]:
        yield b'{"name": "ci", '
        with httpx.Client(base_url=api.base_url) as elsewhere:
            for _ in range(50):  # what the server does as soon as it has the headers, it has done by now
                elsewhere.get("/health/live")
            elsewhere.post("/auth/logout", headers=ada.by_cookie).raise_for_status()
        yield b'"scopes": ["read"]}'

    headers = ada.by_cookie | {"Idempotency-Key": "k1", "Content-Type": "application/json"}
    refused = api.post("/v1/api-keys", content=body(), headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "not-authenticated")


def test_what_is_kept_is_nothing_to_try_passwords_on(api: httpx.Client, context: ServerContext) -> None:
    ada = a_tenant(context.database, "Ada", now=NOON)
    body = json.dumps({"present_password": PASSWORD.get_secret_value(), "new_password": "a longer phrase than before"})
    headers = ada.by_cookie | {"Idempotency-Key": "k1", "Content-Type": "application/json"}
    replies = [api.post("/v1/me/password", content=body, headers=headers) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [204, 204]
    assert replies[1].headers["Idempotent-Replayed"] == "true"
    with context.database.tenant(ada.org_id) as connection:
        kept = fetch_one(connection, "select request_hash from ops.idempotent_replies")["request_hash"]
    guess = ["POST", "/v1/me/password", "", f"user_{ada.user_id}", hashlib.sha256(body.encode()).hexdigest()]
    assert bytes(kept) != hashlib.sha256(json.dumps(guess).encode()).digest()


@pytest.mark.parametrize("key", ["", "x" * 256, "bell\u0007", "snow☃"])
def test_a_key_is_visible_ascii_of_at_most_255_characters(context: ServerContext, key: str) -> None:
    with pytest.raises(InvalidIdempotencyKeyError):
        claim(context.database, 1, key, b"", now=NOON)


def a_connection(client: httpx.Client, tenant: Tenant) -> str:
    body = {"provider": "openai", "api_key": admin_key("openai")}
    identifier: str = client.post("/v1/connections", json=body, headers=tenant.by_key).json()["id"]
    return identifier
