"""Writes that another site makes a browser send, at the wire."""

from collections.abc import Callable

import httpx
import pytest

from tests.app.accounts.conftest import ORIGIN, PASSWORD, Organization, Visit, sign_up

pytestmark = pytest.mark.database

Found = Callable[..., Organization]

WRITES = [
    ("POST", "/v1/api-keys", {"name": "k", "scopes": ["read"]}),
    ("DELETE", "/v1/api-keys/key_1", None),
    ("PATCH", "/v1/members/user_1", {"role": "viewer"}),
    ("DELETE", "/v1/members/user_1", None),
    ("POST", "/v1/invitations", {"email": "bob@example.org", "role": "member"}),
    ("DELETE", "/v1/invitations/inv_1", None),
    ("POST", "/auth/logout", {}),
    ("POST", "/auth/switch-organization", {"organization": "org_1"}),
    ("POST", "/auth/login", {"email": "ada@example.org", "password": PASSWORD}),
    ("POST", "/auth/signup", {"email": "eve@example.org", "password": PASSWORD, "organization": "Eve"}),
]
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:9999"},
    {"Origin": "https://127.0.0.1:8321"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://evil.127.0.0.1:8321", "Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_no_write_by_cookie_comes_from_another_site(
    found: Found, method: str, path: str, body: dict[str, object] | None
) -> None:
    client = found().client
    answer = client.request(method, path, json=body, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")
    assert client.get("/v1/me").json()["role"] == "owner"


@pytest.mark.parametrize("headers", FOREIGN)
def test_an_origin_is_foreign_unless_it_is_the_public_one(found: Found, visit: Visit, headers: dict[str, str]) -> None:
    client = visit(origin=None)
    sign_up(client).raise_for_status()
    answer = client.post("/v1/api-keys", json={"name": "k", "scopes": ["read"]}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": ORIGIN},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost:8321", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_our_pages_and_programs_without_a_browser_may_write(visit: Visit, headers: dict[str, str]) -> None:
    client = visit(origin=None)
    sign_up(client).raise_for_status()
    answer = client.post("/v1/api-keys", json={"name": "k", "scopes": ["read"]}, headers=headers)
    assert answer.status_code == 201


def test_a_foreign_form_gets_the_page_again_and_changes_nothing(found: Found) -> None:
    client = found().client
    answer = client.post("/auth/logout", data={"x": ""}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "This write did not come from" in answer.text
    assert client.get("/v1/me").status_code == 200


def test_json_dressed_as_a_simple_request_is_not_read(visit: Visit) -> None:
    body = b'{"email": "eve@example.org", "password": "seven green herons", "organization": "Eve"}'
    answer: httpx.Response = visit(origin=None).post(
        "/auth/signup", content=body, headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 422
    assert "seven green herons" not in answer.text
