"""API keys, at the wire."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.clock import FixedClock
from core.database import Database
from core.ids import token_hash
from tests.app.accounts.conftest import Organization, Visit, audited

pytestmark = pytest.mark.database

Found = Callable[..., Organization]


def test_a_key_is_shown_once_and_speaks_for_its_organization(found: Found, visit: Visit, database: Database) -> None:
    ada = found()
    made = ada.client.post("/v1/api-keys", json={"name": " CI ", "scopes": ["write", "read"]})
    assert made.status_code == 201
    key = made.json()["key"]
    shown = {
        "id": "key_1",
        "name": "CI",
        "hint": key[-4:],
        "scopes": ["read", "write"],
        "created_by": "user_1",
        "created_at": "2026-11-22T12:00:00Z",
        "expires_at": None,
        "last_used_at": None,
    }
    assert made.json() == shown | {"key": key}
    assert key.startswith("cl_live_")
    assert len(key) == 51
    assert ada.client.get("/v1/api-keys").json() == {"data": [shown]}

    me = visit(api_key=key).get("/v1/me").json()
    assert (me["user"], me["api_key_id"], me["organization"]["id"], me["role"]) == (None, "key_1", ada.org_id, None)
    assert me["scopes"] == ["read", "write"]
    assert ada.client.get("/v1/api-keys").json()["data"][0]["last_used_at"] == "2026-11-22T12:00:00Z"
    with database.owner() as connection:
        rows = connection.execute("select key_hash from ops.api_keys").fetchall()
    assert [row["key_hash"] for row in rows] == [token_hash(key)]
    assert ("user_1", "api-key.created", "key_1") in audited(database)


def test_a_revoked_key_stops_at_once(found: Found, visit: Visit, database: Database) -> None:
    ada = found()
    key = ada.client.post("/v1/api-keys", json={"name": "k", "scopes": ["read"]}).json()["key"]
    program = visit(api_key=key)
    assert program.get("/v1/me").status_code == 200
    assert [ada.client.delete("/v1/api-keys/key_1").status_code for _ in range(2)] == [204, 204]
    assert program.get("/v1/me").status_code == 401
    assert ada.client.get("/v1/api-keys").json() == {"data": []}
    assert audited(database)[3:] == [("user_1", "api-key.revoked", "key_1")]


def test_a_key_stops_when_it_expires(found: Found, visit: Visit, clock: FixedClock) -> None:
    ada = found()
    given = {"name": "k", "scopes": ["read"], "expires_at": "2026-11-22T14:00:00+01:00"}
    made = ada.client.post("/v1/api-keys", json=given).json()
    assert made["expires_at"] == "2026-11-22T13:00:00Z"
    program = visit(api_key=made["key"])
    clock.advance(timedelta(hours=1) - timedelta(microseconds=1))
    assert program.get("/v1/me").status_code == 200
    clock.advance(timedelta(microseconds=1))
    assert program.get("/v1/me").status_code == 401


def test_use_is_noted_to_the_minute(found: Found, visit: Visit, clock: FixedClock) -> None:
    ada = found().client
    program = visit(api_key=ada.post("/v1/api-keys", json={"name": "k", "scopes": ["read"]}).json()["key"])
    noted = []
    for _ in range(3):
        program.get("/v1/me").raise_for_status()
        noted.append(ada.get("/v1/api-keys").json()["data"][0]["last_used_at"])
        clock.advance(timedelta(seconds=45))
    assert noted == ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z", "2026-11-22T12:01:30Z"]


@pytest.mark.parametrize(
    "given",
    [
        {"name": "k", "scopes": []},
        {"name": "k", "scopes": ["admin"]},
        {"name": "k", "scopes": "read"},
        {"name": "", "scopes": ["read"]},
        {"name": "two\nlines", "scopes": ["read"]},
        {"name": "x" * 81, "scopes": ["read"]},
        {"name": "k", "scopes": ["read"], "expires_at": "2026-11-22T12:00:00Z"},
        {"name": "k", "scopes": ["read"], "expires_at": "2026-12-22T12:00:00"},
        {"name": "k", "scopes": ["read"], "expires_at": "9999-12-31T23:59:59-01:00"},
        {"name": "k", "scopes": ["read"], "key": "cl_live_of_my_own"},
    ],
)
def test_an_unusable_key_is_not_made(found: Found, given: dict[str, object]) -> None:
    ada = found().client
    answer = ada.post("/v1/api-keys", json=given)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    assert "cl_live_of_my_own" not in answer.text
    assert ada.get("/v1/api-keys").json() == {"data": []}


def test_a_repeated_request_does_not_show_the_key_again(found: Found) -> None:
    ada = found().client
    request = {"json": {"name": "k", "scopes": ["read"]}, "headers": {"Idempotency-Key": "once"}}
    first, second = (ada.post("/v1/api-keys", **request) for _ in range(2))  # type: ignore[arg-type]
    assert (first.status_code, second.status_code) == (201, 409)
    assert first.json()["key"] not in second.text
    assert len(ada.get("/v1/api-keys").json()["data"]) == 1


def test_the_key_wins_over_the_cookie_and_needs_no_origin(found: Found, visit: Visit) -> None:
    ada = found()
    key = ada.client.post("/v1/api-keys", json={"name": "k", "scopes": ["read", "write"]}).json()["key"]
    answer = ada.client.get("/v1/me", headers={"Authorization": f"Bearer {key}"})
    assert answer.json()["api_key_id"] == "key_1"
    refused = ada.client.get("/v1/me", headers={"Authorization": "Bearer cl_live_wrong"})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    elsewhere = visit(api_key=key, origin="https://evil.example")
    answer = elsewhere.post("/v1/invitations", json={"email": "bob@example.org", "role": "member"})
    assert answer.json()["code"] == "forbidden"
