"""Sign-up, at the wire."""

from collections.abc import Callable

import pytest

from core.clock import FixedClock
from core.database import Database
from tests.app.accounts.conftest import PASSWORD, Organization, Visit, audited, count, sign_up

pytestmark = pytest.mark.database

Found = Callable[..., Organization]


def test_signing_up_makes_an_organization_its_default_project_and_its_owner(visit: Visit, database: Database) -> None:
    client = visit()
    answer = sign_up(client, email="  Ada@Example.org ", organization=" Analytical Engines ")
    assert answer.status_code == 201
    assert answer.json() == {
        "user": {"id": "user_1", "email": "ada@example.org", "display_name": None},
        "api_key_id": None,
        "organization": {"id": "org_1", "name": "Analytical Engines", "tier": "free", "role": "owner"},
        "role": "owner",
        "scopes": [],
        "permissions": [
            "api_keys:read",
            "api_keys:write",
            "audit:read",
            "billing:read",
            "billing:write",
            "connections:read",
            "connections:write",
            "members:read",
            "members:write",
            "notices:read",
            "notifications:write",
            "organization:delete",
            "projects:read",
            "projects:write",
            "receipts:read",
            "telemetry:read",
        ],
        "organizations": [{"id": "org_1", "name": "Analytical Engines", "tier": "free", "role": "owner"}],
    }
    assert client.get("/v1/me").json() == answer.json()
    with database.tenant(1) as connection:
        projects = connection.execute("select name, is_default from ops.projects").fetchall()
    assert projects == [{"name": "Default", "is_default": True}]
    assert audited(database) == [
        ("user_1", "organization.created", "org_1"),
        ("user_1", "session.started", "user_1"),
    ]


def test_a_taken_email_is_refused_and_makes_nothing(found: Found, visit: Visit, database: Database) -> None:
    found("ada@example.org")
    answer = sign_up(visit(), email="ADA@example.org", organization="Another")
    assert (answer.status_code, answer.json()["code"]) == (409, "email-taken")
    assert (count(database, "organizations"), count(database, "users"), count(database, "sessions")) == (1, 1, 1)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"password": "ninechars"}, "weak-password"),
        ({"password": "password123"}, "weak-password"),
        ({"password": "QwertyUiop"}, "weak-password"),
        ({"password": "aaaaaaaaaaaaab"}, "weak-password"),
        ({"password": "x1" * 501}, "weak-password"),
        ({"email": "long.enough@example.org", "password": "Long.Enough@example.org"}, "weak-password"),
        ({"email": "long.enough@example.org", "password": "long.enough"}, "weak-password"),
        ({"email": "ada"}, "unusable-email"),
        ({"email": "ada@example.org\nBcc: all@example.org"}, "unusable-email"),
        ({"email": f"{'a' * 250}@example.org"}, "unusable-email"),
        ({"organization": "  "}, "invalid-input"),
        ({"organization": "two\nlines"}, "invalid-input"),
        ({"organization": "x" * 121}, "invalid-input"),
        ({"organization": None}, "invalid-input"),
        ({"password": 1234567890123}, "invalid-input"),
        ({"admin": True}, "invalid-input"),
    ],
)
def test_what_cannot_be_used_is_refused_and_not_repeated(
    visit: Visit, database: Database, fields: dict[str, object], code: str
) -> None:
    answer = sign_up(visit(), **fields)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    for secret in (PASSWORD, str(fields.get("password", PASSWORD))):
        assert secret not in answer.text
    assert "set-cookie" not in answer.headers
    assert (count(database, "organizations"), count(database, "users"), count(database, "projects")) == (0, 0, 0)


@pytest.mark.parametrize(
    "body", [b'{"email": "\\ud800", "password": "half a surrogate \\ud800", "organization": "x"}', b"{"]
)
def test_a_body_that_is_no_text_is_refused(visit: Visit, body: bytes) -> None:
    answer = visit().post("/auth/signup", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert "half a surrogate" not in answer.text


def test_an_address_signs_up_twenty_times_an_hour(visit: Visit, clock: FixedClock) -> None:
    client = visit()
    statuses = [sign_up(client, email=f"ada{number}@example.org").status_code for number in range(21)]
    assert statuses == [201] * 20 + [429]
    assert sign_up(visit(address="127.0.0.2"), email="ada20@example.org").status_code == 201


def test_the_password_is_stored_as_argon2id_with_the_set_cost(found: Found, database: Database) -> None:
    found()
    with database.owner() as connection:
        row = connection.execute("select password_hash from ops.users").fetchone()
    assert row is not None
    assert row["password_hash"].startswith("$argon2id$v=19$m=8192,t=2,p=1$")
