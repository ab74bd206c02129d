"""Members: list, roles, removal, at the wire."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.accounts.api_keys import create_api_key
from app.accounts.errors import ForbiddenError, NotAuthenticatedError
from app.accounts.invitations import invite
from app.accounts.members import change_role, remove_member
from app.accounts.principal import Principal
from core.database import Database
from core.errors import NotFoundError
from tests.app.accounts.conftest import ORIGIN, Organization, Visit, audited, count, token_in_mail
from tests.conftest import NOON

pytestmark = pytest.mark.database

Found = Callable[..., Organization]
Join = Callable[..., httpx.Client]


def test_members_are_listed_in_the_order_in_which_they_joined(found: Found, join: Join) -> None:
    ada = found("ada@example.org")
    bob = join(ada, "bob@example.org", "viewer")
    expected = [
        {
            "id": "user_1",
            "email": "ada@example.org",
            "display_name": None,
            "role": "owner",
            "joined_at": "2026-11-22T12:00:00Z",
        },
        {
            "id": "user_2",
            "email": "bob@example.org",
            "display_name": None,
            "role": "viewer",
            "joined_at": "2026-11-22T12:00:00Z",
        },
    ]
    assert ada.client.get("/v1/members").json() == bob.get("/v1/members").json() == {"data": expected}


def test_a_new_role_holds_from_the_next_request_on(found: Found, join: Join, database: Database) -> None:
    ada = found("ada@example.org")
    bob = join(ada, "bob@example.org", "viewer")
    assert bob.get("/v1/api-keys").status_code == 403
    changed = ada.client.patch("/v1/members/user_2", json={"role": "admin"})
    assert (changed.status_code, changed.json()["role"]) == (200, "admin")
    assert bob.get("/v1/api-keys").status_code == 200
    with database.owner() as connection:
        row = connection.execute("select * from ops.audit_log where act = 'member.role-changed'").fetchone()
    assert row is not None
    assert (row["actor"], row["subject"], row["reason"]) == ("user_1", "user_2", "viewer to admin")


def test_a_removed_member_is_out_at_once_and_so_are_their_keys_and_invitations(
    found: Found, join: Join, visit: Visit, database: Database
) -> None:
    ada = found("ada@example.org")
    bob = join(ada, "bob@example.org", "admin")
    key = bob.post("/v1/api-keys", json={"name": "bob's", "scopes": ["read"]}).json()["key"]
    bob.post("/v1/invitations", json={"email": "eve@example.org", "role": "admin"}).raise_for_status()
    program = visit(api_key=key)
    assert program.get("/v1/me").status_code == 200

    assert ada.client.delete("/v1/members/user_2").status_code == 204
    assert [bob.get("/v1/me").status_code, program.get("/v1/me").status_code] == [401, 401]
    eve = {"token": token_in_mail(database, "eve@example.org"), "password": "eve has a password"}
    assert visit().post("/auth/accept-invitation", json=eve).status_code == 422
    assert count(database, "sessions") == 1
    assert audited(database)[-2:] == [
        ("user_1", "api-key.revoked", "key_1"),
        ("user_1", "member.removed", "user_2"),
    ]


def test_a_demoted_admin_keeps_no_key_and_no_invitation_that_the_new_role_could_not_have(
    found: Found, join: Join, database: Database
) -> None:
    ada = found("ada@example.org")
    bob = join(ada, "bob@example.org", "admin")
    for scopes in (["read"], ["read", "write"]):
        bob.post("/v1/api-keys", json={"name": "bob's", "scopes": scopes}).raise_for_status()
    bob.post("/v1/invitations", json={"email": "bob@example.net", "role": "admin"}).raise_for_status()

    ada.client.patch("/v1/members/user_2", json={"role": "member"}).raise_for_status()
    assert [key["id"] for key in ada.client.get("/v1/api-keys").json()["data"]] == ["key_1", "key_2"]
    assert ada.client.get("/v1/invitations").json() == {"data": []}
    ada.client.patch("/v1/members/user_2", json={"role": "viewer"}).raise_for_status()
    assert [key["id"] for key in ada.client.get("/v1/api-keys").json()["data"]] == ["key_1"]
    assert audited(database)[-1] == ("user_1", "api-key.revoked", "key_2")


def test_a_removed_person_cannot_log_in_to_nowhere(found: Found, join: Join, visit: Visit) -> None:
    ada = found()
    join(ada, "bob@example.org", "member")
    ada.client.delete("/v1/members/user_2").raise_for_status()
    answer = visit().post("/auth/login", json={"email": "bob@example.org", "password": "seven green herons"})
    assert (answer.status_code, answer.json()["code"]) == (403, "no-organization")


def test_everybody_may_leave(found: Found, join: Join) -> None:
    ada = found()
    bob = join(ada, "bob@example.org", "viewer")
    assert bob.delete("/v1/members/user_2").status_code == 204
    assert bob.get("/v1/me").status_code == 401


def test_the_last_owner_stays_one(found: Found, join: Join) -> None:
    ada = found()
    join(ada, "bob@example.org", "admin")
    demoted = ada.client.patch("/v1/members/user_1", json={"role": "admin"})
    removed = ada.client.delete("/v1/members/user_1")
    assert [(each.status_code, each.json()["code"]) for each in (demoted, removed)] == [(409, "last-owner")] * 2
    assert ada.client.get("/v1/me").json()["role"] == "owner"


def test_an_owner_with_another_beside_them_may_step_down(found: Found, join: Join) -> None:
    ada = found()
    join(ada, "bob@example.org", "owner")
    assert ada.client.patch("/v1/members/user_1", json={"role": "member"}).status_code == 200
    assert ada.client.patch("/v1/members/user_2", json={"role": "member"}).status_code == 403


def test_two_owners_who_step_down_at_once_leave_one(found: Found, join: Join) -> None:
    ada = found()
    bob = join(ada, "bob@example.org", "owner")
    with ThreadPoolExecutor(2) as pool:
        statuses = list(
            pool.map(
                lambda who: who[0].patch(f"/v1/members/{who[1]}", json={"role": "viewer"}).status_code,
                [(ada.client, "user_1"), (bob, "user_2")],
            )
        )
    assert sorted(statuses) == [200, 409]


CHANGES: dict[str, Callable[[Database, Principal], object]] = {
    "own role": lambda database, bob: change_role(database, bob, 2, role="owner", now=NOON),
    "a colleague's role": lambda database, bob: change_role(database, bob, 3, role="owner", now=NOON),
    "removal": lambda database, bob: remove_member(database, bob, 3, now=NOON),
    "key": lambda database, bob: create_api_key(database, bob, name="k", scopes=["read"], expires_at=None, now=NOON),
    "invitation": lambda database, bob: invite(
        database, bob, email="x@example.org", role="admin", public_url=ORIGIN, now=NOON
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_who_lost_a_role_while_a_request_of_theirs_waited_acts_without_it(
    found: Found, join: Join, database: Database, change: Callable[[Database, Principal], object]
) -> None:
    ada = found("ada@example.org")
    join(ada, "bob@example.org", "owner")
    join(ada, "eve@example.org", "member")
    bob_of_before = Principal(org_id=ada.org_key, user_id=2, role="owner")
    ada.client.patch("/v1/members/user_2", json={"role": "viewer"}).raise_for_status()
    with pytest.raises(ForbiddenError):
        change(database, bob_of_before)
    ada.client.delete("/v1/members/user_2").raise_for_status()
    with pytest.raises((NotAuthenticatedError, NotFoundError)):
        change(database, bob_of_before)
    roles = [member["role"] for member in ada.client.get("/v1/members").json()["data"]]
    assert (roles, count(database, "api_keys")) == (["owner", "member"], 0)
    assert ada.client.get("/v1/invitations").json() == {"data": []}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/v1/members/user_1", {"role": "viewer"}),
        ("PATCH", "/v1/members/user_2", {"role": "owner"}),
        ("PATCH", "/v1/members/user_3", {"role": "owner"}),
        ("DELETE", "/v1/members/user_1", None),
    ],
)
def test_an_admin_can_neither_make_nor_unmake_an_owner(
    found: Found, join: Join, method: str, path: str, body: dict[str, str] | None
) -> None:
    ada = found()
    bob = join(ada, "bob@example.org", "admin")
    join(ada, "eve@example.org", "member")
    answer = bob.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    roles = [member["role"] for member in ada.client.get("/v1/members").json()["data"]]
    assert roles == ["owner", "admin", "member"]


@pytest.mark.parametrize("member", ["user_99", "user_0", "user_", "key_1", "user_99999999999999999999", "1"])
def test_a_member_that_is_not_there_is_not_found(found: Found, member: str) -> None:
    ada = found().client
    assert ada.patch(f"/v1/members/{member}", json={"role": "viewer"}).status_code == 404
    assert ada.delete(f"/v1/members/{member}").status_code == 404


def test_nothing_of_another_organization_is_seen_or_changed(found: Found, join: Join, database: Database) -> None:
    ada = found("ada@example.org", "Engines")
    join(ada, "bob@example.org", "member")
    key = ada.client.post("/v1/api-keys", json={"name": "k", "scopes": ["read"]}).json()["id"]
    invitation = ada.client.post("/v1/invitations", json={"email": "x@example.org", "role": "member"}).json()["id"]
    eve = found("eve@example.org", "Elsewhere").client

    assert [member["email"] for member in eve.get("/v1/members").json()["data"]] == ["eve@example.org"]
    assert eve.get("/v1/api-keys").json() == eve.get("/v1/invitations").json() == {"data": []}
    refusals = [
        eve.patch("/v1/members/user_2", json={"role": "viewer"}),
        eve.delete("/v1/members/user_2"),
        eve.delete(f"/v1/api-keys/{key}"),
        eve.delete(f"/v1/invitations/{invitation}"),
        eve.post("/auth/switch-organization", json={"organization": ada.org_id}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refusals] == [(404, "not-found")] * 5
    assert len(ada.client.get("/v1/members").json()["data"]) == 2
    assert [each["id"] for each in ada.client.get("/v1/api-keys").json()["data"]] == [key]
    assert [each["id"] for each in ada.client.get("/v1/invitations").json()["data"]] == [invitation]
