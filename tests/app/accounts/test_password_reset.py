"""Password reset by mail, at the wire."""

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
NEW_PASSWORD = "nine quiet otters"


def ask(client: httpx.Client, email: str = "ada@example.org") -> httpx.Response:
    return client.post("/auth/password-reset", json={"email": email})


def confirm(client: httpx.Client, token: str, password: str = NEW_PASSWORD) -> httpx.Response:
    return client.post("/auth/password-reset/confirm", json={"token": token, "password": password})


def test_a_link_sets_the_password_and_ends_every_session(found: Found, visit: Visit, database: Database) -> None:
    owner = found("ada@example.org").client
    elsewhere = visit()
    log_in(elsewhere).raise_for_status()
    client = visit()

    assert ask(client, " Ada@example.org").status_code == 202
    confirmed = confirm(client, token_in_mail(database, "ada@example.org"))
    assert (confirmed.status_code, confirmed.content, "set-cookie" in confirmed.headers) == (204, b"", False)

    assert [each.get("/v1/me").status_code for each in (owner, elsewhere)] == [401, 401]
    assert log_in(client, password=PASSWORD).status_code == 401
    assert log_in(client, password=NEW_PASSWORD).status_code == 200
    assert ("user_1", "password.reset", "user_1") in audited(database)


def test_a_link_works_once(found: Found, visit: Visit, database: Database) -> None:
    found()
    client = visit()
    ask(client)
    token = token_in_mail(database, "ada@example.org")
    assert [confirm(client, token).status_code, confirm(client, token, "another long one").status_code] == [204, 422]
    assert log_in(client, password=NEW_PASSWORD).status_code == 200


def test_using_one_link_uses_up_the_others(found: Found, visit: Visit, database: Database) -> None:
    found()
    client = visit()
    ask(client)
    first = token_in_mail(database, "ada@example.org")
    ask(client)
    second = token_in_mail(database, "ada@example.org")
    assert first != second
    assert [confirm(client, second).status_code, confirm(client, first).status_code] == [204, 422]


def test_a_link_lasts_an_hour(found: Found, visit: Visit, database: Database, clock: FixedClock) -> None:
    found()
    client = visit()
    ask(client)
    clock.advance(timedelta(hours=1))
    answer = confirm(client, token_in_mail(database, "ada@example.org"))
    assert (answer.status_code, answer.json()["code"]) == (422, "unusable-link")
    assert log_in(client).status_code == 200


def test_a_weak_password_leaves_the_link_usable(found: Found, visit: Visit, database: Database) -> None:
    found()
    client = visit()
    ask(client)
    token = token_in_mail(database, "ada@example.org")
    refused = confirm(client, token, "password123")
    assert (refused.status_code, refused.json()["code"]) == (422, "weak-password")
    assert "password123" not in refused.text
    assert confirm(client, token).status_code == 204


def test_an_unknown_email_gets_the_same_answer_and_no_mail(found: Found, visit: Visit, database: Database) -> None:
    found("ada@example.org")
    client = visit()
    known, unknown = ask(client, "ada@example.org"), ask(client, "eve@example.org")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"null")
    assert (count(database, "outbox"), count(database, "password_resets")) == (1, 1)


def test_an_account_is_mailed_three_times_an_hour_whether_it_exists_or_not(found: Found, visit: Visit) -> None:
    found("ada@example.org")
    client = visit()
    for email in ("ada@example.org", "eve@example.org"):
        assert [ask(client, email).status_code for _ in range(4)] == [202, 202, 202, 429]


def test_a_reset_lets_its_person_in_who_had_tried_too_often(found: Found, visit: Visit, database: Database) -> None:
    found()
    client = visit()
    assert [log_in(client, password="wrong and wrong").status_code for _ in range(11)][-1] == 429
    ask(client)
    confirm(client, token_in_mail(database, "ada@example.org"))
    assert log_in(client, password=NEW_PASSWORD).status_code == 200


def test_the_database_holds_the_hash_of_a_link_and_the_mail_only(
    found: Found, visit: Visit, database: Database
) -> None:
    found()
    ask(visit())
    token = token_in_mail(database, "ada@example.org")
    with database.owner() as connection:
        resets = connection.execute("select * from ops.password_resets").fetchall()
        mails = connection.execute("select holds_secret, title from ops.outbox").fetchall()
    assert [row["token_hash"] for row in resets] == [token_hash(token)]
    assert mails == [{"holds_secret": True, "title": "Reset your CarbonLedger password"}]


@pytest.mark.parametrize("token", ["", "never-issued", "\u0000", "x" * 10_000])
def test_a_token_that_was_never_issued_is_refused(visit: Visit, token: str) -> None:
    answer = confirm(visit(), token)
    assert (answer.status_code, answer.json()["code"]) == (422, "unusable-link")
    assert NEW_PASSWORD not in answer.text
