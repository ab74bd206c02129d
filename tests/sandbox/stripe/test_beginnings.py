"""Beginnings that are not paid at once: trials, incomplete subscriptions, and pauses of collection."""

from datetime import timedelta

import pytest
import stripe

from tests.sandbox.stripe.subscriber import (
    START,
    Subscriber,
    instant,
    line_periods,
    period_of,
    prorations,
    seconds,
    utc,
)
from tests.stripe_process import FAILING_CARD, GOOD_CARD, StripeSandbox


def test_a_trial_is_free_and_then_a_cycle_begins(subscriber: Subscriber) -> None:
    subscription = subscriber.subscribe("carbonledger_starter_trial", trial_from_plan=True)
    assert (subscription.status, subscription.trial_end) == ("trialing", seconds(START + timedelta(days=14)))
    assert subscriber.bills() == [("subscription_create", "paid", 0)]
    subscriber.advance(utc(2026, 11, 24, 13))
    assert subscriber.subscription().status == "active"
    assert subscriber.bills()[1] == ("subscription_cycle", "paid", 2_900)
    assert line_periods(subscriber.invoices()[1]) == [(utc(2026, 11, 24, 12), utc(2026, 12, 24, 12))]
    warned = subscriber.events("customer.subscription.trial_will_end")
    assert [instant(event.created) for event in warned] == [utc(2026, 11, 21, 12)]


def test_a_trial_may_end_in_a_short_period_up_to_an_anchor(subscriber: Subscriber) -> None:
    anchor, trial_end = utc(2026, 12, 1), utc(2026, 11, 24, 12)
    subscriber.subscribe(trial_end=seconds(trial_end), billing_cycle_anchor=seconds(anchor))
    subscriber.advance(utc(2026, 12, 1, 1))
    short, full = subscriber.invoices()[1:]
    # 6.5 of 30 days: 9900 × 6.5 / 30
    assert (short.total, line_periods(short), prorations(short)) == (2_145, [(trial_end, anchor)], [True])
    assert (full.total, line_periods(full)) == (9_900, [(anchor, utc(2027, 1, 1))])


@pytest.mark.parametrize(
    ("rule", "status", "event"),
    [
        ("cancel", "canceled", "customer.subscription.deleted"),
        ("pause", "paused", "customer.subscription.paused"),
        ("create_invoice", "past_due", "invoice.payment_failed"),
    ],
)
def test_a_trial_that_ends_without_a_card_follows_its_settings(
    sandbox: StripeSandbox, rule: str, status: str, event: str
) -> None:
    subscriber = Subscriber(sandbox, card=None)
    settings = {"end_behavior": {"missing_payment_method": rule}}
    subscriber.subscribe("carbonledger_starter_monthly", trial_period_days=14, trial_settings=settings)
    subscriber.advance(utc(2026, 11, 24, 13))
    assert (subscriber.subscription().status, len(subscriber.events(event))) == (status, 1)


def test_a_trial_can_be_ended_now_or_moved(subscriber: Subscriber) -> None:
    subscriber.subscribe("carbonledger_starter_monthly", trial_period_days=14)
    moved = subscriber.change(trial_end=seconds(utc(2026, 12, 1)))
    assert (moved.billing_cycle_anchor, period_of(moved)) == (seconds(utc(2026, 12, 1)), (START, utc(2026, 12, 1)))
    subscriber.advance(utc(2026, 11, 20))
    ended = subscriber.change(trial_end="now")
    assert (ended.status, period_of(ended)) == ("active", (utc(2026, 11, 20), utc(2026, 12, 20)))


def test_a_paused_subscription_resumes_with_a_cycle_of_its_own(sandbox: StripeSandbox) -> None:
    subscriber = Subscriber(sandbox, card=None)
    settings = {"end_behavior": {"missing_payment_method": "pause"}}
    paused = subscriber.subscribe("carbonledger_starter_monthly", trial_period_days=14, trial_settings=settings)
    subscriber.advance(utc(2026, 12, 1))
    subscriber.use_card(GOOD_CARD)
    subscriber.api.subscriptions.resume(paused.id)
    subscriber.advance(utc(2026, 12, 1, 1))
    assert subscriber.subscription().status == "active"
    assert line_periods(subscriber.invoices()[1]) == [(utc(2026, 12, 1), utc(2027, 1, 1))]


@pytest.mark.parametrize(
    ("behavior", "status"), [("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")]
)
def test_while_collection_is_paused_invoices_are_made_and_not_collected(
    subscriber: Subscriber, behavior: str, status: str
) -> None:
    subscriber.subscribe()
    subscriber.change(pause_collection={"behavior": behavior, "resumes_at": seconds(utc(2027, 1, 1))})
    subscriber.advance(utc(2027, 1, 10, 13))
    assert subscriber.subscription().status == "active"
    assert [invoice.status for invoice in subscriber.invoices()] == ["paid", status, "paid"]


def test_a_first_payment_that_fails_leaves_it_incomplete_and_expires_after_23_hours(sandbox: StripeSandbox) -> None:
    subscriber = Subscriber(sandbox, card=FAILING_CARD)
    assert subscriber.subscribe().status == "incomplete"
    subscriber.advance(START + timedelta(hours=22, minutes=59))
    assert subscriber.subscription().status == "incomplete"
    subscriber.advance(START + timedelta(hours=23))
    assert subscriber.subscription().status == "incomplete_expired"
    assert subscriber.bills() == [("subscription_create", "void", 9_900)]


def test_an_incomplete_subscription_becomes_active_when_its_invoice_is_paid(sandbox: StripeSandbox) -> None:
    subscriber = Subscriber(sandbox, card=FAILING_CARD)
    subscriber.subscribe()
    subscriber.use_card(GOOD_CARD)
    subscriber.api.invoices.pay(subscriber.invoices()[0].id)
    assert subscriber.subscription().status == "active"


def test_error_if_incomplete_makes_no_subscription(sandbox: StripeSandbox) -> None:
    subscriber = Subscriber(sandbox, card=FAILING_CARD)
    with pytest.raises(stripe.CardError):
        subscriber.subscribe(payment_behavior="error_if_incomplete")
    assert subscriber.api.subscriptions.list({"customer": subscriber.customer, "status": "all"}).data == []
    assert subscriber.invoices() == []
