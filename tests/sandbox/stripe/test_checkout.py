"""Checkout sessions, paid by posting the page's form."""

from datetime import timedelta
from typing import Any

import pytest
import stripe

from tests.sandbox.stripe.subscriber import (
    START,
    Subscriber,
    item_of,
    line_periods,
    period_of,
    prorations,
    seconds,
    utc,
)
from tests.stripe_process import DECLINED_CARD, FAILING_CARD, StripeSandbox

ANCHORED: dict[str, Any] = {
    "billing_cycle_anchor": seconds(utc(2026, 12, 1)),
    "proration_behavior": "create_prorations",
}


def test_a_good_card_completes_the_session_and_starts_the_subscription(subscriber: Subscriber) -> None:
    session = subscriber.checkout(**ANCHORED, metadata={"organization": "o1"})
    assert "Due today: $67.65" in subscriber.sandbox.http.get(str(session.url)).text
    paid = subscriber.sandbox.pay_checkout(str(session.url))
    assert (paid.status_code, paid.headers["location"]) == (303, f"http://127.0.0.1:9/welcome?session={session.id}")
    done = subscriber.api.checkout.sessions.retrieve(session.id, {"expand": ["subscription", "line_items"]})
    assert (done.status, done.payment_status, done.amount_total, done.url) == ("complete", "paid", 6_765, None)
    subscription = done.subscription
    assert isinstance(subscription, stripe.Subscription)
    assert (subscription.status, subscription.metadata.to_dict()) == ("active", {"organization": "o1"})
    assert period_of(subscription) == (START, utc(2026, 12, 1))
    assert (prorations(subscriber.invoices()[0]), line_periods(subscriber.invoices()[0])) == (
        [True],
        [(START, utc(2026, 12, 1))],
    )
    completed = subscriber.events("checkout.session.completed")
    assert [event.data.object["subscription"] for event in completed] == [subscription.id]


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        (DECLINED_CARD, "Your card was declined."),
        (FAILING_CARD, "Your card was declined."),
        ("4000 0000 0000 9995", "Your card has insufficient funds."),
        ("4000 0025 0000 3155", "This transaction requires authentication."),
        ("4242 4242 4242 4241", "Your card number is incorrect."),
        ("4111 1111 1111 1111", "used a non test card"),
        ("", "Your card number is incorrect."),
    ],
)
def test_a_bad_card_leaves_the_session_open_and_nothing_else(subscriber: Subscriber, card: str, sentence: str) -> None:
    session = subscriber.checkout(**ANCHORED)
    page = subscriber.sandbox.pay_checkout(str(session.url), card)
    assert page.status_code == 402
    assert sentence in page.text.partition('<p role="alert">')[2]
    assert card == "" or card not in page.text
    assert subscriber.api.checkout.sessions.retrieve(session.id).status == "open"
    assert subscriber.api.subscriptions.list({"customer": subscriber.customer, "status": "all"}).data == []
    assert subscriber.sandbox.pay_checkout(str(session.url)).status_code == 303


def test_a_session_is_paid_once(subscriber: Subscriber) -> None:
    session = subscriber.checkout()
    subscriber.sandbox.pay_checkout(str(session.url))
    again = subscriber.sandbox.pay_checkout(str(session.url))
    assert (again.status_code, "all done" in again.text) == (200, True)
    assert len(subscriber.invoices()) == 1


def test_a_session_expires_after_a_day_or_on_request(subscriber: Subscriber) -> None:
    first, second = subscriber.checkout(), subscriber.checkout()
    assert subscriber.api.checkout.sessions.expire(second.id).status == "expired"
    subscriber.advance(START + timedelta(hours=24))
    assert subscriber.api.checkout.sessions.retrieve(first.id).status == "expired"
    assert subscriber.sandbox.pay_checkout(str(first.url)).status_code == 410
    expired = [event.data.object["id"] for event in subscriber.events("checkout.session.expired")]
    assert expired == [second.id, first.id]


def test_paid_after_its_anchor_has_passed_it_bills_the_whole_cycle_from_there(sandbox: StripeSandbox) -> None:
    """docs.stripe.com/payments/checkout/billing-cycle says so of sessions that are open while their anchor passes."""
    subscriber = Subscriber(sandbox, now=utc(2026, 11, 30, 23, 59, 59))
    session = subscriber.checkout(**ANCHORED)
    subscriber.advance(utc(2026, 12, 1, 0, 5))
    subscriber.sandbox.pay_checkout(str(session.url))
    first = subscriber.invoices()[0]
    assert (first.total, prorations(first)) == (9_900, [False])
    assert line_periods(first) == [(utc(2026, 12, 1), utc(2027, 1, 1))]


def test_a_trial_takes_the_card_and_no_money(subscriber: Subscriber) -> None:
    session = subscriber.checkout("carbonledger_starter_trial", trial_period_days=14)
    page = subscriber.sandbox.http.get(str(session.url)).text
    assert ("Start trial" in page, "Due today: $0.00" in page) == (True, True)
    subscriber.sandbox.pay_checkout(str(session.url))
    done = subscriber.api.checkout.sessions.retrieve(session.id)
    assert (done.payment_status, subscriber.subscription().status) == ("no_payment_required", "trialing")
    subscriber.advance(utc(2026, 11, 24, 13))
    assert [invoice.total for invoice in subscriber.invoices()] == [0, 2_900]


def test_without_a_customer_the_page_asks_for_an_address_and_makes_one(sandbox: StripeSandbox) -> None:
    price = sandbox.price("carbonledger_starter_monthly").id
    session = sandbox.client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": price, "quantity": 1}],
            "success_url": "http://127.0.0.1:9/ok",
            "client_reference_id": "organization-1",
        }
    )
    assert 'name="email"' in sandbox.http.get(str(session.url)).text
    sandbox.pay_checkout(str(session.url), email="grace@example.org")
    done = sandbox.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["customer"]})
    assert isinstance(done.customer, stripe.Customer)
    assert (done.customer.email, done.client_reference_id) == ("grace@example.org", "organization-1")


@pytest.mark.parametrize(
    ("data", "param"),
    [
        ({"billing_cycle_anchor": seconds(START)}, "subscription_data[billing_cycle_anchor]"),
        ({"billing_cycle_anchor": seconds(utc(2026, 12, 11))}, "subscription_data[billing_cycle_anchor]"),
        ({**ANCHORED, "trial_period_days": 14}, "subscription_data[billing_cycle_anchor]"),
        ({"trial_end": seconds(START + timedelta(hours=47))}, "subscription_data[trial_end]"),
    ],
    ids=["past", "later than a cycle", "with a trial", "short trial"],
)
def test_times_that_stripe_refuses_are_refused(subscriber: Subscriber, data: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        subscriber.checkout(**data)
    assert refused.value.param == param


def test_an_initial_period_can_be_given_for_free(subscriber: Subscriber) -> None:
    session = subscriber.checkout(billing_cycle_anchor=seconds(utc(2026, 12, 1)), proration_behavior="none")
    subscriber.sandbox.pay_checkout(str(session.url))
    subscriber.advance(utc(2026, 12, 1, 1))
    assert [invoice.total for invoice in subscriber.invoices()] == [0, 9_900]
    assert item_of(subscriber.subscription()).current_period_start == seconds(utc(2026, 12, 1))
