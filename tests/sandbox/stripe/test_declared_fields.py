"""Everything that the sandbox returns, held against stripe-python's declarations: fails when the SDK's shapes move."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.stripe.declared_fields import class_of, disagreements
from tests.sandbox.stripe.subscriber import Subscriber, utc
from tests.stripe_process import API_KEY, FAILING_CARD, GOOD_CARD, StripeSandbox

LISTS = {
    "billing_portal.configuration": "billing_portal/configurations",
    "charge": "charges",
    "checkout.session": "checkout/sessions?expand[]=data.line_items&expand[]=data.subscription",
    "credit_note": "credit_notes",
    "customer": "customers?expand[]=data.subscriptions&test_clock={clock}",
    "dispute": "disputes",
    "event": "events",
    "invoice": "invoices?expand[]=data.payments",
    "invoice_payment": "invoice_payments",
    "invoiceitem": "invoiceitems",
    "payment_intent": "payment_intents",
    "payment_method": "payment_methods?customer={customer}",
    "price": "prices?expand[]=data.product",
    "product": "products",
    "refund": "refunds",
    "subscription": "subscriptions?status=all&expand[]=data.latest_invoice",
    "subscription_item": "subscription_items?subscription={subscription}",
    "test_helpers.test_clock": "test_helpers/test_clocks",
    "webhook_endpoint": "webhook_endpoints",
}


def lived_through(sandbox: StripeSandbox) -> Subscriber:
    """A customer to whom everything has happened that the sandbox plays."""
    subscriber = Subscriber(sandbox)
    api = subscriber.api
    sandbox.pay_checkout(str(subscriber.checkout("carbonledger_starter_monthly").url))
    api.checkout.sessions.expire(subscriber.checkout("carbonledger_starter_trial", trial_period_days=14).id)
    subscriber.checkout()
    subscriber.change("carbonledger_scale_monthly")
    subscriber.change(
        "carbonledger_growth_monthly", proration_behavior="always_invoice", payment_behavior="pending_if_incomplete"
    )
    intents = api.payment_intents.list({"customer": subscriber.customer}).data
    api.refunds.create({"payment_intent": intents[-1].id, "amount": 100})
    api.credit_notes.create({"invoice": subscriber.invoices()[0].id, "amount": 500, "refund_amount": 200})
    sandbox.dispute(invoice=subscriber.invoices()[0].id)
    failing = subscriber.use_card(FAILING_CARD)
    subscriber.change(default_payment_method=failing)
    subscriber.change(pause_collection={"behavior": "void"}, cancel_at_period_end=True)
    subscriber.change(pause_collection="", cancel_at_period_end=False)
    subscriber.advance(utc(2026, 12, 11))
    trial = Subscriber(sandbox, card=GOOD_CARD)
    trial.subscribe("carbonledger_starter_trial", trial_from_plan=True)
    pending = Subscriber(sandbox)
    pending.subscribe("carbonledger_starter_monthly")
    pending.use_card(FAILING_CARD)
    pending.change(
        "carbonledger_growth_monthly", proration_behavior="always_invoice", payment_behavior="pending_if_incomplete"
    )
    sandbox.add_endpoint("http://127.0.0.1:9/hook", ["invoice.paid"])
    return subscriber


def get(sandbox: StripeSandbox, path: str) -> dict[str, Any]:
    answer = sandbox.http.get(f"/v1/{path}", headers={"Authorization": f"Bearer {API_KEY}"}).raise_for_status()
    body: dict[str, Any] = answer.json()
    return body


def every_object(sandbox: StripeSandbox, path: str) -> Iterator[dict[str, Any]]:
    joint = "&" if "?" in path else "?"
    page = get(sandbox, f"{path}{joint}limit=100")
    yield from page["data"]
    while page["has_more"]:
        page = get(sandbox, f"{path}{joint}limit=100&starting_after={page['data'][-1]['id']}")
        yield from page["data"]


@pytest.fixture(scope="module")
def subscriber(running_stripe: StripeSandbox) -> Subscriber:
    running_stripe.reset()
    return lived_through(running_stripe)


@pytest.mark.parametrize("kind", LISTS)
def test_objects_have_the_declared_fields_and_no_others(subscriber: Subscriber, kind: str) -> None:
    path = LISTS[kind].format(
        clock=subscriber.clock, customer=subscriber.customer, subscription=subscriber.subscription().id
    )
    found = list(every_object(subscriber.sandbox, path))
    assert {thing["object"] for thing in found} == {kind}
    assert sorted({wrong for thing in found for wrong in disagreements(thing, class_of(thing))}) == []


def test_what_webhooks_carry_has_the_declared_fields_too(subscriber: Subscriber) -> None:
    carried = [event["data"]["object"] for event in every_object(subscriber.sandbox, "events")]
    assert sorted({wrong for thing in carried for wrong in disagreements(thing, class_of(thing))}) == []
    assert {thing["object"] for thing in carried} == {
        "charge",
        "checkout.session",
        "credit_note",
        "customer",
        "dispute",
        "invoice",
        "invoice_payment",
        "invoiceitem",
        "payment_intent",
        "payment_method",
        "refund",
        "subscription",
        "test_helpers.test_clock",
    }


def test_answers_that_no_list_shows(subscriber: Subscriber) -> None:
    api: Any = subscriber.api
    portal: Any = {"customer": subscriber.customer, "flow_data": {"type": "payment_method_update"}}
    made = [
        api.billing_portal.sessions.create(portal),
        api.webhook_endpoints.create({"url": "http://127.0.0.1:9/hook", "enabled_events": ["*"]}),
        api.checkout.sessions.line_items.list(api.checkout.sessions.list().data[0].id).data[0],
        api.invoices.line_items.list(subscriber.invoices()[0].id).data[0],
        api.customers.search({"query": "email:'ada@example.org'"}).data[0],
    ]
    answers = [one.to_dict(for_json=True) for one in made]
    assert sorted({wrong for one in answers for wrong in disagreements(one, class_of(one))}) == []


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda it: it["items"]["data"][0].pop("current_period_end"), "items.data[0].current_period_end is missing"),
        (lambda it: it.update(current_period_end=1), "current_period_end is unknown"),
        (lambda it: it.update(status="frozen"), "status is 'frozen'"),
        (lambda it: it.update(created="yesterday"), "created is a str, not a int"),
    ],
    ids=["missing", "unknown", "value", "type"],
)
def test_the_comparison_sees_what_is_wrong(subscriber: Subscriber, spoil: Any, complaint: str) -> None:
    subscription = get(subscriber.sandbox, f"subscriptions/{subscriber.subscription().id}")
    spoil(subscription)
    assert disagreements(subscription, class_of(subscription)) == [f"Subscription.{complaint}"]
