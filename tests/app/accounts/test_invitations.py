"""Invitations, at the wire."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from core.clock import FixedClock
from core.database import Database
from core.ids import token_hash
from tests.app.accounts.conftest import PASSWORD, Organization, Visit, audited, count, log_in, token_in_mail

pytestmark = pytest.mark.database

Found = Callable[..., Organization]
Join = Callable[..., httpx.Client]


def invite(client: httpx.Client, email: str = "bob@example.org", role: str = "member") -> httpx.Response:
    return client.post("/v1/invitations", json={"email": email, "role": role})


def accept(client: httpx.Client, token: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/auth/accept-invitation", json={"token": token, "password": password})


def test_an_invited_stranger_becomes_a_member_with_an_account(
    found: Found, visit: Visit, database: Database, clock: FixedClock
) -> None:
    ada = found("ada@example.org", "Analytical Engines")
    answer = invite(ada.client, " Bob@example.org", "viewer")
    assert answer.status_code == 201
    assert answer.json() == {
        "id": "inv_1",
        "email": "bob@example.org",
        "role": "viewer",
        "created_at": "2026-11-22T12:00:00Z",
        "expires_at": "2026-11-29T12:00:00Z",
    }
    token = token_in_mail(database, "bob@example.org")
    assert token not in answer.text

    bob = visit()
    accepted = accept(bob, token)
    assert accepted.status_code == 200
    assert accepted.json()["user"] == {"id": "user_2", "email": "bob@example.org", "display_name": None}
    assert (accepted.json()["organization"]["id"], accepted.json()["role"]) == (ada.org_id, "viewer")
    assert bob.get("/v1/me").json() == accepted.json()
    assert audited(database)[2:] == [
        ("user_1", "invitation.sent", "inv_1"),
        ("user_2", "invitation.accepted", "user_2"),
        ("user_2", "session.started", "user_2"),
    ]


def test_the_mail_names_who_invites_and_where_to(found: Found, database: Database) -> None:
    invite(found("ada@example.org", "Analytical Engines").client, "bob@example.org", "admin").raise_for_status()
    with database.owner() as connection:
        row = connection.execute("select recipient, title, body, holds_secret, org_id from ops.outbox").fetchone()
    assert row is not None
    assert row["title"] == "You are invited to Analytical Engines on CarbonLedger"
    assert row["body"].startswith("ada@example.org invites you to Analytical Engines on CarbonLedger, as admin.\n")
    assert (row["recipient"], row["holds_secret"], row["org_id"]) == ("bob@example.org", True, 1)


def test_somebody_with_an_account_accepts_with_its_password_and_keeps_both_organizations(
    found: Found, database: Database, visit: Visit
) -> None:
    ada, bob = found("ada@example.org", "Engines"), found("bob@example.org", "Bakery")
    invite(ada.client, "bob@example.org", "admin").raise_for_status()
    token = token_in_mail(database, "bob@example.org")
    assert accept(visit(), token, "not the password").status_code == 401

    client = visit()
    me = accept(client, token).json()
    assert (me["organization"]["id"], me["role"]) == (ada.org_id, "admin")
    assert [(each["name"], each["role"]) for each in me["organizations"]] == [("Bakery", "owner"), ("Engines", "admin")]
    assert count(database, "users") == 2

    switched = client.post("/auth/switch-organization", json={"organization": bob.org_id})
    assert (switched.status_code, switched.json()["organization"]["name"]) == (200, "Bakery")
    assert client.get("/v1/me").json()["role"] == "owner"
    again = visit()
    assert log_in(again, email="bob@example.org").json()["organization"]["name"] == "Bakery"


def test_signing_up_with_anothers_email_does_not_catch_their_invitation(
    found: Found, visit: Visit, database: Database
) -> None:
    ada = found("ada@example.org")
    squatter = found("bob@example.org", "Squatters").client
    invite(ada.client, "bob@example.org").raise_for_status()
    assert squatter.post("/auth/switch-organization", json={"organization": ada.org_id}).status_code == 404
    assert [each["name"] for each in squatter.get("/v1/me").json()["organizations"]] == ["Squatters"]
    assert accept(visit(), token_in_mail(database, "bob@example.org"), "bob does not know it").status_code == 401


def test_an_invitation_works_once(found: Found, visit: Visit, database: Database) -> None:
    ada = found()
    invite(ada.client).raise_for_status()
    token = token_in_mail(database, "bob@example.org")
    assert [accept(visit(), token).status_code for _ in range(2)] == [200, 422]
    bob = ada.client.get("/v1/members").json()["data"][1]["id"]
    ada.client.delete(f"/v1/members/{bob}").raise_for_status()
    assert accept(visit(), token).json()["code"] == "unusable-link"


def test_an_invitation_lasts_a_week(found: Found, visit: Visit, database: Database, clock: FixedClock) -> None:
    ada = found()
    invite(ada.client).raise_for_status()
    clock.advance(timedelta(days=7) - timedelta(seconds=1))
    assert len(ada.client.get("/v1/invitations").json()["data"]) == 1
    clock.advance(timedelta(seconds=1))
    assert ada.client.get("/v1/invitations").json()["data"] == []
    assert accept(visit(), token_in_mail(database, "bob@example.org")).json()["code"] == "unusable-link"
    assert count(database, "users") == 1


def test_inviting_again_replaces_the_first_link(found: Found, visit: Visit, database: Database) -> None:
    ada = found()
    invite(ada.client, role="member").raise_for_status()
    first = token_in_mail(database, "bob@example.org")
    invite(ada.client, role="admin").raise_for_status()
    second = token_in_mail(database, "bob@example.org")
    assert accept(visit(), first).status_code == 422
    assert accept(visit(), second).json()["role"] == "admin"


def test_a_withdrawn_invitation_is_dead(found: Found, visit: Visit, database: Database) -> None:
    ada = found()
    invitation = invite(ada.client).json()["id"]
    assert [ada.client.delete(f"/v1/invitations/{invitation}").status_code for _ in range(2)] == [204, 404]
    assert accept(visit(), token_in_mail(database, "bob@example.org")).status_code == 422


def test_a_member_is_not_invited_again(found: Found, join: Join) -> None:
    ada = found()
    join(ada, "bob@example.org", "viewer")
    answer = invite(ada.client, "BOB@example.org", "admin")
    assert (answer.status_code, answer.json()["code"]) == (409, "already-member")


@pytest.mark.parametrize(
    ("email", "role", "code"),
    [
        ("bob@example.org", "owner", "invalid-input"),
        ("bob@example.org", "emperor", "invalid-input"),
        ("bob", "member", "unusable-email"),
    ],
)
def test_an_unusable_invitation_is_refused(found: Found, database: Database, email: str, role: str, code: str) -> None:
    answer = invite(found().client, email, role)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (count(database, "invitations"), count(database, "outbox")) == (0, 0)


def test_one_mailbox_is_invited_five_times_a_day(found: Found) -> None:
    ada = found().client
    assert [invite(ada).status_code for _ in range(6)] == [201] * 5 + [429]


def test_guessing_the_password_behind_an_invitation_is_throttled_as_a_log_in(
    found: Found, visit: Visit, database: Database
) -> None:
    ada = found("ada@example.org")
    found("bob@example.org", "Bakery")
    invite(ada.client, "bob@example.org").raise_for_status()
    token = token_in_mail(database, "bob@example.org")
    client = visit()
    assert [accept(client, token, "wrong and wrong").status_code for _ in range(11)] == [401] * 10 + [429]


def test_the_database_holds_the_hash_of_an_invitation_and_the_mail_only(found: Found, database: Database) -> None:
    invite(found().client).raise_for_status()
    with database.owner() as connection:
        rows = connection.execute("select token_hash from ops.invitations").fetchall()
    assert [row["token_hash"] for row in rows] == [token_hash(token_in_mail(database, "bob@example.org"))]


def test_the_mail_of_an_invitation_is_not_for_the_others_of_the_organization(found: Found, database: Database) -> None:
    ada = found()
    invite(ada.client).raise_for_status()
    with database.tenant(ada.org_key) as connection:
        assert connection.execute("select * from ops.outbox").fetchall() == []
