"""What people settle for themselves, at the wire: name, password, sessions."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from core.clock import FixedClock
from core.database import Database
from tests.app.accounts.conftest import PASSWORD, Organization, Visit, audited, log_in

pytestmark = pytest.mark.database

Found = Callable[..., Organization]
Join = Callable[..., httpx.Client]
NEW_PASSWORD = "nine quiet otters"


def change(client: httpx.Client, *, present: str = PASSWORD, new: str = NEW_PASSWORD) -> httpx.Response:
    return client.post("/v1/me/password", json={"present_password": present, "new_password": new})


def test_a_changed_password_ends_every_other_session_and_is_the_only_one(
    found: Found, visit: Visit, database: Database
) -> None:
    owner, elsewhere = found("ada@example.org").client, visit()
    log_in(elsewhere).raise_for_status()

    assert (changed := change(owner)).status_code == 204, changed.text
    assert [each.get("/v1/me").status_code for each in (owner, elsewhere)] == [200, 401]
    assert log_in(elsewhere, password=PASSWORD).status_code == 401
    assert log_in(elsewhere, password=NEW_PASSWORD).status_code == 200
    assert audited(database)[-2] == ("user_1", "password.changed", "user_1")


def test_a_change_uses_up_open_reset_links(found: Found, visit: Visit, database: Database) -> None:
    owner, stranger = found("ada@example.org").client, visit()
    stranger.post("/auth/password-reset", json={"email": "ada@example.org"}).raise_for_status()
    change(owner).raise_for_status()
    with database.owner() as connection:
        assert connection.execute("select 1 from ops.password_resets where used_at is null").fetchall() == []


def test_a_change_needs_the_present_password_and_a_good_new_one(found: Found) -> None:
    owner = found().client
    refused = [change(owner, present="not the password"), change(owner, new="password123"), change(owner, new="x")]
    assert [(each.status_code, each.json()["code"]) for each in refused] == [
        (422, "wrong-present-password"),
        (422, "weak-password"),
        (422, "weak-password"),
    ]
    assert change(owner).status_code == 204


def test_who_finds_a_browser_open_cannot_guess_for_long(found: Found, clock: FixedClock) -> None:
    owner = found().client
    guesses = [change(owner, present=f"wrong guess {number}").status_code for number in range(11)]
    assert guesses == [422] * 10 + [429]
    assert change(owner).status_code == 429
    clock.advance(timedelta(minutes=16))
    assert change(owner).status_code == 204


def test_a_person_is_signed_out_everywhere_else(found: Found, visit: Visit, database: Database) -> None:
    owner, elsewhere = found("ada@example.org").client, visit()
    log_in(elsewhere).raise_for_status()
    listed = owner.get("/v1/me/sessions").json()["data"]
    assert [(each["organization"], each["is_this"]) for each in listed].count(("Analytical Engines", True)) == 1
    assert len(listed) == 2

    assert owner.delete("/v1/me/sessions").status_code == 204
    assert [each.get("/v1/me").status_code for each in (owner, elsewhere)] == [200, 401]
    assert [each["is_this"] for each in owner.get("/v1/me/sessions").json()["data"]] == [True]
    assert audited(database)[-1] == ("user_1", "session.ended-elsewhere", "user_1")


def test_the_sessions_of_others_stay(found: Found, join: Join) -> None:
    organization = found()
    member = join(organization, "bob@example.org", "member")
    organization.client.delete("/v1/me/sessions").raise_for_status()
    assert member.get("/v1/me").status_code == 200


def test_a_display_name_is_given_and_taken_away(found: Found) -> None:
    owner = found().client
    named = owner.patch("/v1/me", json={"display_name": "  Ada L.  "}).json()
    assert named["user"] == {"id": "user_1", "email": "ada@example.org", "display_name": "Ada L."}
    assert owner.get("/v1/me").json()["user"]["display_name"] == "Ada L."
    for name in ("a\u0007b", "a\u2028b", "a\u2029b", "x" * 81):
        assert owner.patch("/v1/me", json={"display_name": name}).status_code == 422
    assert owner.patch("/v1/me", json={"display_name": None}).json()["user"]["display_name"] is None


def test_no_key_is_a_person(found: Found, visit: Visit) -> None:
    key = found().client.post("/v1/api-keys", json={"name": "k", "scopes": ["read", "write"]}).json()["key"]
    program = visit(api_key=key)
    answers = [
        change(program),
        program.patch("/v1/me", json={"display_name": "Robot"}),
        program.get("/v1/me/sessions"),
        program.delete("/v1/me/sessions"),
        program.get("/v1/notices"),
        program.post("/v1/notices/read"),
        program.get("/v1/audit-log"),
        program.get("/v1/audit-log.csv"),
    ]
    assert {answer.status_code for answer in answers} == {403}
