"""The mouth of the inbox: what is let in, and what leaves no row. Scenario 17."""

import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import httpx
import pytest

from core.database import Database, DatabaseUrls, create_database
from core.ids import random_token
from core.settings import Settings
from tests.app.tenants import PUBLIC_URL
from tests.billing.shop import OPENED_ON, Shop, open_shop
from tests.conftest import _drop
from tests.stripe_process import StripeSandbox

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def shared_shop(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, template_database: str, stripe_sandbox: StripeSandbox
) -> Iterator[Shop]:
    """One for all: what is refused leaves nothing behind."""
    name = f"test_{random_token()[:12].lower().replace('-', '_')}"
    settings = Settings(home=tmp_path_factory.mktemp("webhooks"), public_url=PUBLIC_URL, _env_file=None)
    urls = DatabaseUrls(admin=create_database(postgres_url, name, template=template_database))
    with Database(urls, pool_size=4) as database, open_shop(settings, database, stripe_sandbox) as shop:
        yield shop
    _drop(postgres_url, name)


@pytest.fixture
def shop(shared_shop: Shop) -> Shop:
    """With an empty inbox."""
    with shared_shop.database.owner() as connection:
        connection.execute("delete from ops.stripe_events")
    return shared_shop


EVENT = {
    "id": "evt_1",
    "object": "event",
    "api_version": "2026-10-28.endive",
    "created": int(OPENED_ON.timestamp()),
    "data": {"object": {"id": "in_1", "object": "invoice", "customer": "cus_1"}},
    "livemode": False,
    "pending_webhooks": 1,
    "request": None,
    "type": "invoice.paid",
}
BODY = json.dumps(EVENT, indent=2).encode()


def secret_of(shop: Shop) -> str:
    secret = shop.context.settings.stripe_webhook_secret
    assert secret is not None
    return secret.get_secret_value()


def signed(shop: Shop, body: bytes, *, age: timedelta = timedelta(0), secret: str | None = None) -> str:
    at = int((shop.clock.now() - age).timestamp())
    key = (secret or secret_of(shop)).encode()
    return f"t={at},v1={hmac.new(key, f'{at}.'.encode() + body, sha256).hexdigest()}"


def send(shop: Shop, body: bytes, header: str | bytes | None) -> httpx.Response:
    encoded = header.encode() if isinstance(header, str) else header
    headers = [] if encoded is None else [(b"Stripe-Signature", encoded)]
    return shop.api.post("/webhooks/stripe", content=body, headers=headers)


def kept(shop: Shop) -> list[dict[str, object]]:
    return shop.rows(
        "select event_id, event_type, api_version, is_livemode, body, came_by, state from ops.stripe_events"
    )


def test_an_event_is_in_the_inbox_before_stripe_is_answered(shop: Shop) -> None:
    answer = send(shop, BODY, signed(shop, BODY))
    assert (answer.status_code, answer.content) == (204, b"")
    assert kept(shop) == [
        {
            "event_id": "evt_1",
            "event_type": "invoice.paid",
            "api_version": "2026-10-28.endive",
            "is_livemode": False,
            "body": BODY,
            "came_by": "webhook",
            "state": "pending",
        }
    ]


def test_the_same_event_again_is_taken_and_kept_once(shop: Shop) -> None:
    for _ in range(3):
        assert send(shop, BODY, signed(shop, BODY)).status_code == 204
    assert len(kept(shop)) == 1


@pytest.mark.parametrize("age", [timedelta(minutes=4, seconds=59), timedelta(minutes=-4, seconds=-59)])
def test_five_minutes_of_delay_or_of_a_fast_clock_are_let_through(shop: Shop, age: timedelta) -> None:
    assert send(shop, BODY, signed(shop, BODY, age=age)).status_code == 204


@pytest.mark.parametrize(
    "age", [timedelta(minutes=5, seconds=1), timedelta(minutes=-5, seconds=-1), timedelta(days=-1)]
)
def test_scenario_17_what_was_signed_long_ago_or_in_the_future_is_refused(shop: Shop, age: timedelta) -> None:
    refused(shop, BODY, signed(shop, BODY, age=age))


@pytest.mark.parametrize(
    "header",
    [None, "", "t=,v1=", "v1=abc", "t=1794300000", "t=abc,v1=abc", "garbage", "t=99999999999999999999,v1=00", "=", "☃"],
)
def test_scenario_17_a_signature_that_is_none_is_refused(shop: Shop, header: str | None) -> None:
    refused(shop, BODY, None if header is None else header.encode())


def test_scenario_17_another_secret_or_another_body_is_refused(shop: Shop) -> None:
    refused(shop, BODY, signed(shop, BODY, secret="whsec_somebody_elses"))
    refused(shop, BODY.replace(b"evt_1", b"evt_2"), signed(shop, BODY))
    refused(shop, json.dumps(EVENT).encode(), signed(shop, BODY))  # the same JSON, other bytes


def test_one_good_signature_among_several_is_enough(shop: Shop) -> None:
    """As while the endpoint's secret is rolled."""
    header = f"{signed(shop, BODY)},v1={'0' * 64}"
    assert send(shop, BODY, header).status_code == 204


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b"\xff", b'{"id": "evt_1"}', b'{"object": "v2.core.event"}']
)
def test_what_stripe_signed_and_we_cannot_read_is_refused(shop: Shop, body: bytes) -> None:
    answer = send(shop, body, signed(shop, body))
    assert answer.status_code in {400, 502}
    assert kept(shop) == []


def test_a_body_of_a_megabyte_is_not_read_to_its_end(shop: Shop) -> None:
    body = BODY + b" " * 600_000
    answer = send(shop, body, signed(shop, body))
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    assert kept(shop) == []


def test_a_refusal_repeats_neither_the_body_nor_the_secret(shop: Shop) -> None:
    answer = send(shop, BODY, "t=1,v1=deadbeef")
    for said in ("evt_1", "deadbeef", "cus_1", secret_of(shop)):
        assert said not in answer.text


@pytest.mark.parametrize("secret", [None, "", "   "])
def test_scenario_17_a_stripe_key_without_a_webhook_secret_is_no_setting(secret: str | None) -> None:
    with pytest.raises(ValueError, match="signing secret of its webhook endpoint") as refusal:
        Settings(_env_file=None, stripe_secret_key="sk_test_hunter2", stripe_webhook_secret=secret)
    assert "hunter2" not in str(refusal.value)


def refused(shop: Shop, body: bytes, header: str | bytes | None) -> None:
    answer = send(shop, body, header)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-signature")
    assert kept(shop) == []
