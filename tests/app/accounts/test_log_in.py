"""Log-in, sessions and their cookie, log-out, at the wire."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.cookies import SimpleCookie

import httpx
import pytest

from app.api.application import create_api
from app.context import ServerContext
from core.clock import FixedClock
from core.database import Database
from core.ids import token_hash
from tests.app.accounts.conftest import PASSWORD, Organization, Visit, audited, count, log_in, sign_up
from tests.app.serving import serving

pytestmark = pytest.mark.database

Found = Callable[..., Organization]
COOKIE = "carbonledger_session"


def test_logging_in_opens_a_session_and_logging_out_ends_it(found: Found, visit: Visit, database: Database) -> None:
    found("ada@example.org")
    client = visit()
    assert log_in(client, email=" ADA@example.org").status_code == 200
    assert client.get("/v1/me").json()["user"]["email"] == "ada@example.org"
    token = client.cookies[COOKIE]

    left = client.post("/auth/logout")
    assert (left.status_code, left.content) == (204, b"")
    assert COOKIE not in client.cookies
    assert client.get("/v1/me", headers={"Cookie": f"{COOKIE}={token}"}).status_code == 401
    assert audited(database)[2:] == [("user_1", "session.started", "user_1"), ("user_1", "session.ended", "user_1")]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(visit: Visit) -> None:
    cookie = SimpleCookie(sign_up(visit()).headers["set-cookie"])[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "lax", "/", "")
    assert (cookie["max-age"], cookie["domain"]) == (str(90 * 24 * 3600), "")


def test_the_cookie_stays_on_https_where_the_public_url_does(context: ServerContext) -> None:
    settings = context.settings.model_copy(update={"public_url": "https://ledger.example.org"})
    moved = ServerContext(settings, context.database, context.secrets, context.providers, context.clock)
    with serving(create_api(moved)) as url, httpx.Client(base_url=url) as client:
        cookie = SimpleCookie(sign_up(client).headers["set-cookie"])[COOKIE]
    assert cookie["secure"] is True


def test_the_database_holds_the_hash_of_a_session_only(found: Found, database: Database) -> None:
    token = found().client.cookies[COOKIE]
    with database.owner() as connection:
        rows = connection.execute("select token_hash from ops.sessions").fetchall()
    assert [row["token_hash"] for row in rows] == [token_hash(token)]


def test_a_planted_cookie_does_not_become_the_session(found: Found, visit: Visit) -> None:
    found("ada@example.org")
    client = visit()
    client.cookies.set(COOKIE, "planted-by-somebody-else")
    log_in(client).raise_for_status()
    assert client.get("/v1/me", headers={"Cookie": f"{COOKIE}=planted-by-somebody-else"}).status_code == 401


def test_logging_in_again_ends_the_session_that_the_browser_had(found: Found, database: Database) -> None:
    client = found("ada@example.org").client
    before = client.cookies[COOKIE]
    log_in(client).raise_for_status()
    assert client.cookies[COOKIE] != before
    assert client.get("/v1/me", headers={"Cookie": f"{COOKIE}={before}"}).status_code == 401
    assert count(database, "sessions") == 1


def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(found: Found, visit: Visit) -> None:
    found("ada@example.org")
    client = visit()
    wrong = log_in(client, email="ada@example.org", password="wrong and wrong")
    unknown = log_in(client, email="eve@example.org", password="wrong and wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}
    assert "wrong and wrong" not in wrong.text
    assert "set-cookie" not in wrong.headers


def test_half_of_a_surrogate_pair_is_a_wrong_password_like_any(found: Found) -> None:
    sent = json.dumps({"email": "ada@example.org", "password": PASSWORD + "\ud800"})  # httpx would refuse to spell it
    answer = found().client.post("/auth/login", content=sent, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong-password")


def test_the_tenth_wrong_password_is_the_last_for_a_quarter_of_an_hour(
    found: Found, visit: Visit, clock: FixedClock
) -> None:
    found("ada@example.org")
    client = visit()
    for _ in range(9):
        assert log_in(client, password="wrong and wrong").status_code == 401
    clock.advance(timedelta(minutes=5))
    assert log_in(client, password="wrong and wrong").status_code == 401
    refused = log_in(client, password=PASSWORD)
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (
        429,
        "too-many-attempts",
        "600",
    )
    clock.advance(timedelta(minutes=10) - timedelta(microseconds=1))
    assert log_in(client).status_code == 429
    clock.advance(timedelta(microseconds=1))
    assert log_in(client).status_code == 200


def test_a_stranger_who_fails_on_purpose_does_not_keep_the_owner_out(found: Found, visit: Visit) -> None:
    found("ada@example.org")
    stranger = visit(address="127.0.0.2")
    assert [log_in(stranger, password="wrong and wrong").status_code for _ in range(11)] == [401] * 10 + [429]
    assert log_in(visit()).status_code == 200


def test_a_success_forgets_the_failures_before_it(found: Found, visit: Visit) -> None:
    found("ada@example.org")
    client = visit()
    for _ in range(2):
        assert [log_in(client, password="wrong and wrong").status_code for _ in range(9)] == [401] * 9
        assert log_in(client).status_code == 200


def test_one_address_tries_a_hundred_times_whatever_the_account(visit: Visit, clock: FixedClock) -> None:
    client = visit()
    statuses = [log_in(client, email=f"nobody{number}@example.org").status_code for number in range(101)]
    assert statuses == [401] * 100 + [429]


def test_trying_in_parallel_gains_nothing(found: Found, visit: Visit) -> None:
    found("ada@example.org")
    clients = [visit() for _ in range(15)]
    with ThreadPoolExecutor(15) as pool:
        statuses = list(pool.map(lambda client: log_in(client, password="wrong and wrong").status_code, clients))
    assert sorted(statuses) == [401] * 10 + [429] * 5


def test_a_session_that_is_used_rolls_forward_up_to_ninety_days(found: Found, clock: FixedClock) -> None:
    client = found().client
    for _ in range(6):
        clock.advance(timedelta(days=13))
        assert client.get("/v1/me").status_code == 200
    clock.advance(timedelta(days=12) - timedelta(seconds=1))
    assert client.get("/v1/me").status_code == 200
    clock.advance(timedelta(seconds=1))
    assert client.get("/v1/me").status_code == 401


def test_a_session_that_rests_ends_after_fourteen_days(found: Found, clock: FixedClock) -> None:
    client = found().client
    clock.advance(timedelta(days=14) - timedelta(seconds=1))
    token = client.cookies[COOKIE]
    clock.advance(timedelta(seconds=1))
    answer = client.get("/v1/me", headers={"Cookie": f"{COOKIE}={token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")


def test_logging_in_clears_the_persons_expired_sessions(
    found: Found, visit: Visit, clock: FixedClock, database: Database
) -> None:
    found("ada@example.org")
    clock.advance(timedelta(days=15))
    log_in(visit()).raise_for_status()
    assert count(database, "sessions") == 1
