"""Idempotency keys, and requests that fail on demand before or after their work is done."""

from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.stripe.subscriber import START, utc
from tests.stripe_process import API_KEY, StripeSandbox

EMAIL: Any = {"email": "ada@example.org"}
MISTAKEN: Any = {"e_mail": "ada@example.org"}
KEY: Any = {"idempotency_key": "customer:1"}


def customers(sandbox: StripeSandbox) -> int:
    return len(sandbox.client.v1.customers.list({"limit": 100}).data)


def test_a_repeated_key_replays_the_first_answer(sandbox: StripeSandbox) -> None:
    headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": "customer:1"}
    first, second = (sandbox.http.post("/v1/customers", data=EMAIL, headers=headers) for _ in range(2))
    assert first.content == second.content
    assert (first.headers.get("idempotent-replayed"), second.headers["idempotent-replayed"]) == (None, "true")
    assert first.headers["request-id"] != second.headers["request-id"]
    assert customers(sandbox) == 1


def test_a_key_with_other_parameters_is_an_idempotency_error(sandbox: StripeSandbox) -> None:
    sandbox.client.v1.customers.create(EMAIL, KEY)
    with pytest.raises(stripe.IdempotencyError) as refused:
        sandbox.client.v1.customers.create({"email": "grace@example.org"}, KEY)
    assert refused.value.http_status == 400
    assert customers(sandbox) == 1


def test_a_refusal_is_replayed_too(sandbox: StripeSandbox) -> None:
    customer = sandbox.client.v1.customers.create(EMAIL).id
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            sandbox.client.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": customer}, KEY)
    assert [request["status"] for request in sandbox.requests()] == [200, 402, 402]


def test_a_malformed_request_does_not_use_the_key_up(sandbox: StripeSandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.customers.create(MISTAKEN, KEY)
    assert sandbox.client.v1.customers.create(EMAIL, KEY).email == "ada@example.org"


def test_after_a_day_a_key_is_forgotten(sandbox: StripeSandbox) -> None:
    """So a key alone does not guard a repetition on the next day: look first."""
    sandbox.set_clock(START)
    first = sandbox.client.v1.customers.create(EMAIL, KEY)
    sandbox.set_clock(utc(2026, 11, 11, 12))
    assert sandbox.client.v1.customers.create(EMAIL, KEY).id == first.id
    sandbox.set_clock(utc(2026, 11, 11, 12, 0, 1))
    assert sandbox.client.v1.customers.create(EMAIL, KEY).id != first.id


def test_a_request_can_fail_before_anything_is_done(sandbox: StripeSandbox) -> None:
    sandbox.fail_next(method="POST", path="/v1/customers", status=503)
    with pytest.raises(stripe.APIError):
        sandbox.client.v1.customers.create(EMAIL, KEY)
    assert sandbox.client.v1.customers.create(EMAIL, KEY).email == "ada@example.org"
    assert customers(sandbox) == 1


def test_a_saved_failure_is_replayed(sandbox: StripeSandbox) -> None:
    sandbox.fail_next(method="POST", saved=True)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            sandbox.client.v1.customers.create(EMAIL, KEY)
    assert customers(sandbox) == 0


def test_an_answer_can_be_lost_after_all_was_done(sandbox: StripeSandbox) -> None:
    sandbox.fail_next(method="POST", when="after")
    with pytest.raises(stripe.APIConnectionError):
        sandbox.client.v1.customers.create(EMAIL, KEY)
    assert customers(sandbox) == 1
    found = sandbox.client.v1.customers.create(EMAIL, KEY)
    assert (found.email, customers(sandbox)) == ("ada@example.org", 1)


def test_rate_limits(sandbox: StripeSandbox) -> None:
    sandbox.fail_next(status=429, times=2)
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError):
            sandbox.client.v1.customers.list()
    assert customers(sandbox) == 0


def test_an_unknown_fault_is_refused(sandbox: StripeSandbox) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        sandbox.fail_next(when="sometimes")
