"""Webhooks: signed anew at each attempt, repeated, doubled, held and shuffled."""

import json

import httpx
import pytest
import stripe

from tests.sandbox.stripe.subscriber import START, Subscriber, utc
from tests.stripe_process import StripeSandbox
from tests.webhook_receiver import WebhookReceiver

HOUR = 3600


@pytest.fixture
def secret(sandbox: StripeSandbox, receiver: WebhookReceiver) -> str:
    """Of an endpoint that gets all events; the server's clock stands at START."""
    sandbox.set_clock(START)
    return sandbox.add_endpoint(receiver.url)


def kinds(receiver: WebhookReceiver) -> list[str]:
    return [json.loads(received.body)["type"] for received in receiver.received]


def test_each_event_arrives_in_order_with_a_signature_that_holds(
    sandbox: StripeSandbox, receiver: WebhookReceiver
) -> None:
    secret = sandbox.add_endpoint(receiver.url)
    subscriber = Subscriber(sandbox)
    subscriber.subscribe()
    sandbox.settle()
    events = [received.event(secret) for received in receiver.received]
    assert [event.type for event in events] == [
        "test_helpers.test_clock.created",
        "customer.created",
        "payment_method.attached",
        "customer.updated",
        "invoice.created",
        "customer.subscription.created",
        "payment_intent.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
    ]
    assert {event.api_version for event in events} == {stripe.api_version}
    assert {event.livemode for event in events} == {False}
    listed = sandbox.client.v1.events.list({"limit": 100}).data[::-1]
    assert [event.id for event in listed] == [event.id for event in events]


def test_an_altered_body_and_another_secret_are_refused(sandbox: StripeSandbox, receiver: WebhookReceiver) -> None:
    secret = sandbox.add_endpoint(receiver.url)
    sandbox.client.v1.customers.create({"email": "ada@example.org"})
    sandbox.settle()
    received = receiver.received[0]
    with pytest.raises(stripe.SignatureVerificationError):
        received.event("whsec_another")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(received.body + b" ", received.signature, secret)


def test_a_failed_delivery_is_repeated_and_signed_anew_then_given_up(
    sandbox: StripeSandbox, receiver: WebhookReceiver, secret: str
) -> None:
    receiver.status = 500
    sandbox.client.v1.customers.create({"email": "ada@example.org"})
    sandbox.settle()
    for hours in (1, 3, 30):
        sandbox.set_clock(utc(2026, 11, 10 + (12 + hours) // 24, (12 + hours) % 24))
        sandbox.settle()
    timestamps = [received.signature.partition(",")[0] for received in receiver.received]
    start = int(START.timestamp())
    assert timestamps == [f"t={start + hours * HOUR}" for hours in (0, 1, 3)]
    assert len({received.body for received in receiver.received}) == 1
    assert [(one["state"], one["statuses"]) for one in sandbox.deliveries()] == [("failed", [500, 500, 500])]


def test_an_endpoint_that_recovers_gets_the_event_at_the_next_attempt(
    sandbox: StripeSandbox, receiver: WebhookReceiver, secret: str
) -> None:
    receiver.status = 503
    sandbox.client.v1.customers.create({"email": "ada@example.org"})
    sandbox.settle()
    assert sandbox.client.v1.events.list().data[0].pending_webhooks == 1
    receiver.status = 204
    sandbox.set_clock(utc(2026, 11, 10, 13))
    sandbox.settle()
    assert [(one["state"], one["statuses"]) for one in sandbox.deliveries()] == [("delivered", [503, 204])]
    assert sandbox.client.v1.events.list().data[0].pending_webhooks == 0


def test_a_redirect_is_a_failure(sandbox: StripeSandbox, receiver: WebhookReceiver, secret: str) -> None:
    receiver.status = 302
    sandbox.client.v1.customers.create({"email": "ada@example.org"})
    sandbox.settle()
    assert [one["state"] for one in sandbox.deliveries()] == ["waiting"]


@pytest.mark.parametrize("order", ["reverse", "shuffle"])
def test_held_webhooks_are_released_doubled_and_out_of_order(
    sandbox: StripeSandbox, receiver: WebhookReceiver, secret: str, order: str
) -> None:
    sandbox.configure(hold=True, duplicate=2)
    for number in range(8):
        sandbox.client.v1.customers.create({"name": f"customer {number}"})
    sandbox.settle()
    assert receiver.received == []
    assert sandbox.release(order, seed=7) == 16  # type: ignore[arg-type]  # one of the orders
    names = [json.loads(received.body)["data"]["object"]["name"] for received in receiver.received]
    made = [f"customer {number}" for number in range(8) for _ in range(2)]
    assert sorted(names) == made
    assert names != made
    assert (names == made[::-1]) == (order == "reverse")
    assert sandbox.release() == 0


def test_webhooks_can_be_on_their_way_at_once(sandbox: StripeSandbox, receiver: WebhookReceiver, secret: str) -> None:
    sandbox.configure(parallel=4, duplicate=5)
    sandbox.client.v1.customers.create({"email": "ada@example.org"})
    sandbox.settle()
    assert kinds(receiver) == ["customer.created"] * 5


def test_an_event_is_delivered_again_on_demand(sandbox: StripeSandbox, receiver: WebhookReceiver, secret: str) -> None:
    sandbox.client.v1.customers.create({"email": "ada@example.org"})
    sandbox.settle()
    event = receiver.received[0].event(secret, tolerance_seconds=10**9)
    assert sandbox.redeliver(event.id) == 1
    assert [json.loads(received.body)["id"] for received in receiver.received] == [event.id] * 2


def test_what_nobody_took_is_delivered_again_on_demand(
    sandbox: StripeSandbox, receiver: WebhookReceiver, secret: str
) -> None:
    receiver.status = 500
    sandbox.client.v1.customers.create({"email": "ada@example.org"})
    sandbox.settle()
    receiver.status = 200
    assert (sandbox.redeliver(), sandbox.redeliver()) == (1, 0)


def test_an_endpoint_gets_the_events_that_it_asked_for(sandbox: StripeSandbox, receiver: WebhookReceiver) -> None:
    sandbox.add_endpoint(receiver.url, ["invoice.paid"])
    Subscriber(sandbox).subscribe()
    sandbox.settle()
    assert kinds(receiver) == ["invoice.paid"]


def test_a_disabled_or_deleted_endpoint_gets_nothing(sandbox: StripeSandbox, receiver: WebhookReceiver) -> None:
    sandbox.add_endpoint(receiver.url)
    endpoint = sandbox.client.v1.webhook_endpoints.list().data[0]
    assert "secret" not in endpoint  # shown once, in the answer that made it
    sandbox.client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    sandbox.client.v1.customers.create({"email": "ada@example.org"})
    sandbox.client.v1.webhook_endpoints.delete(endpoint.id)
    sandbox.client.v1.customers.create({"email": "ada@example.org"})
    sandbox.settle()
    assert receiver.received == []


def test_webhooks_stay_on_loopback(sandbox: StripeSandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.add_endpoint("http://192.0.2.1/hook")
    assert refused.value.param == "url"


def test_an_unknown_rule_is_refused(sandbox: StripeSandbox) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        sandbox.configure(holt=True)
