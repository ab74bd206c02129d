"""Periods on a test clock: renewals, declines and their retries, ends of every kind."""

from datetime import datetime

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


def test_a_renewal_is_drafted_at_the_boundary_and_paid_an_hour_later(subscriber: Subscriber) -> None:
    subscriber.subscribe()
    subscriber.advance(utc(2026, 12, 10, 12, 30))
    draft = subscriber.invoices()[1]
    assert (draft.status, draft.billing_reason, draft.total) == ("draft", "subscription_cycle", 9_900)
    assert instant(draft.created) == utc(2026, 12, 10, 12)
    assert line_periods(draft) == [(utc(2026, 12, 10, 12), utc(2027, 1, 10, 12))]
    assert prorations(draft) == [False]
    assert (instant(draft.period_start), instant(draft.period_end)) == (START, utc(2026, 12, 10, 12))
    subscriber.advance(utc(2026, 12, 10, 13))
    paid = subscriber.invoices()[1]
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 9_900, 0)
    assert paid.status_transitions.paid_at == seconds(utc(2026, 12, 10, 13))
    assert period_of(subscriber.subscription()) == (utc(2026, 12, 10, 12), utc(2027, 1, 10, 12))


def test_advancing_a_year_at_once_plays_twelve_renewals_in_order(subscriber: Subscriber) -> None:
    subscriber.subscribe()
    subscriber.advance(utc(2027, 11, 10, 14))
    invoices = subscriber.invoices()
    assert [invoice.status for invoice in invoices] == ["paid"] * 13
    starts = [line_periods(invoice)[0][0] for invoice in invoices]
    assert starts == [utc(2026 + (10 + month) // 12, (10 + month) % 12 + 1, 10, 12) for month in range(13)]


def test_a_declined_renewal_is_tried_again_and_recovers_with_a_new_card(subscriber: Subscriber) -> None:
    subscriber.subscribe()
    subscriber.use_card(FAILING_CARD)
    subscriber.advance(utc(2026, 12, 10, 13))
    renewal = subscriber.invoices()[1]
    assert (renewal.status, renewal.attempt_count, subscriber.subscription().status) == ("open", 1, "past_due")
    assert renewal.next_payment_attempt == seconds(utc(2026, 12, 13, 13))
    subscriber.advance(utc(2026, 12, 13, 13))
    renewal = subscriber.invoices()[1]
    assert (renewal.attempt_count, renewal.next_payment_attempt) == (2, seconds(utc(2026, 12, 18, 13)))
    subscriber.use_card(GOOD_CARD)
    subscriber.advance(utc(2026, 12, 18, 13))
    renewal = subscriber.invoices()[1]
    assert (renewal.status, renewal.attempt_count, renewal.next_payment_attempt) == ("paid", 3, None)
    assert subscriber.subscription().status == "active"
    assert period_of(subscriber.subscription()) == (utc(2026, 12, 10, 12), utc(2027, 1, 10, 12))
    failed = [event.data.object["attempt_count"] for event in subscriber.events("invoice.payment_failed")]
    assert failed == [1, 2]


@pytest.mark.parametrize(
    ("after_retries", "status", "event"),
    [
        ("cancel", "canceled", "customer.subscription.deleted"),
        ("unpaid", "unpaid", "customer.subscription.updated"),
        ("past_due", "past_due", "customer.subscription.updated"),
    ],
)
def test_after_the_last_retry_the_accounts_rule_decides(
    subscriber: Subscriber, after_retries: str, status: str, event: str
) -> None:
    subscriber.sandbox.configure(retry_days=[3, 5], after_retries=after_retries)
    subscriber.subscribe()
    subscriber.use_card(FAILING_CARD)
    subscriber.advance(utc(2026, 12, 19))
    renewal = subscriber.invoices()[1]
    assert (renewal.status, renewal.attempt_count, renewal.auto_advance) == ("open", 3, False)
    assert subscriber.subscription().status == status
    assert subscriber.events(event)[-1].data.object["status"] == status


def test_an_invoice_can_be_paid_by_hand_after_its_subscription_was_canceled(subscriber: Subscriber) -> None:
    subscriber.subscribe()
    subscriber.use_card(FAILING_CARD)
    subscriber.advance(utc(2027, 1, 3))
    assert subscriber.subscription().status == "canceled"
    subscriber.use_card(GOOD_CARD)
    paid = subscriber.api.invoices.pay(subscriber.invoices()[1].id)
    assert (paid.status, paid.status_transitions.paid_at) == ("paid", seconds(utc(2027, 1, 3)))
    assert subscriber.subscription().status == "canceled"


def test_paying_a_failing_invoice_by_hand_is_refused_and_leaves_the_schedule(subscriber: Subscriber) -> None:
    subscriber.subscribe()
    subscriber.use_card(FAILING_CARD)
    subscriber.advance(utc(2026, 12, 11))
    renewal = subscriber.invoices()[1]
    with pytest.raises(stripe.CardError) as refused:
        subscriber.api.invoices.pay(renewal.id)
    assert (refused.value.code, refused.value.http_status) == ("card_declined", 402)
    after = subscriber.invoices()[1]
    assert (after.attempt_count, after.next_payment_attempt) == (2, renewal.next_payment_attempt)


def test_cancelling_at_the_period_end_bills_nothing_more(subscriber: Subscriber) -> None:
    subscriber.subscribe()
    asked = subscriber.change(cancel_at_period_end=True)
    assert (asked.status, asked.cancel_at) == ("active", seconds(utc(2026, 12, 10, 12)))
    subscriber.advance(utc(2026, 12, 12))
    ended = subscriber.subscription()
    assert (ended.status, ended.ended_at) == ("canceled", seconds(utc(2026, 12, 10, 12)))
    assert subscriber.bills() == [("subscription_create", "paid", 9_900)]
    assert len(subscriber.events("customer.subscription.deleted")) == 1


def test_a_cancellation_can_be_taken_back(subscriber: Subscriber) -> None:
    subscriber.subscribe()
    subscriber.change(cancel_at_period_end=True)
    kept = subscriber.change(cancel_at_period_end=False)
    assert (kept.cancel_at, kept.canceled_at) == (None, None)
    subscriber.advance(utc(2026, 12, 12))
    assert subscriber.subscription().status == "active"


def test_cancelling_at_once_ends_service_now_and_stops_collection(subscriber: Subscriber) -> None:
    subscriber.subscribe()
    subscriber.use_card(FAILING_CARD)
    subscriber.advance(utc(2026, 12, 11))
    ended = subscriber.api.subscriptions.cancel(subscriber.subscription().id)
    assert (ended.status, ended.ended_at) == ("canceled", seconds(utc(2026, 12, 11)))
    subscriber.advance(utc(2027, 2, 1))
    renewal = subscriber.invoices()[1]
    assert (renewal.status, renewal.attempt_count, renewal.auto_advance) == ("open", 1, False)


def test_an_anchor_on_the_first_makes_the_first_period_short_and_prorated(subscriber: Subscriber) -> None:
    subscription = subscriber.subscribe(billing_cycle_anchor=seconds(utc(2026, 12, 1)))
    assert period_of(subscription) == (START, utc(2026, 12, 1))
    first = subscriber.invoices()[0]
    # 20.5 of November's 30 days: 9900 × 20.5 / 30
    assert (first.status, first.total, prorations(first)) == ("paid", 6_765, [True])
    assert line_periods(first) == [(START, utc(2026, 12, 1))]
    subscriber.advance(utc(2026, 12, 1, 1))
    renewal = subscriber.invoices()[1]
    assert (renewal.total, prorations(renewal)) == (9_900, [False])
    assert line_periods(renewal) == [(utc(2026, 12, 1), utc(2027, 1, 1))]


def test_the_last_second_of_a_month_is_a_period_of_its_own(sandbox: StripeSandbox) -> None:
    subscriber = Subscriber(sandbox, now=utc(2026, 11, 30, 23, 59, 59))
    subscriber.subscribe(billing_cycle_anchor=seconds(utc(2026, 12, 1)))
    first = subscriber.invoices()[0]
    # 9900 / 2 592 000 s is less than half a cent
    assert (first.status, first.total, prorations(first)) == ("paid", 0, [True])
    subscriber.advance(utc(2026, 12, 1, 1))
    assert [line_periods(invoice)[0] for invoice in subscriber.invoices()] == [
        (utc(2026, 11, 30, 23, 59, 59), utc(2026, 12, 1)),
        (utc(2026, 12, 1), utc(2027, 1, 1)),
    ]


def test_an_anchor_on_the_31st_falls_on_the_last_day_of_shorter_months(sandbox: StripeSandbox) -> None:
    subscriber = Subscriber(sandbox, now=utc(2027, 1, 31, 10))
    subscriber.subscribe()
    subscriber.advance(utc(2027, 5, 31, 12))
    starts = [line_periods(invoice)[0][0] for invoice in subscriber.invoices()]
    days = [(1, 31), (2, 28), (3, 31), (4, 30), (5, 31)]
    assert starts == [utc(2027, month, day, 10) for month, day in days]


def test_an_annual_price_is_billed_once_a_year(subscriber: Subscriber) -> None:
    subscriber.subscribe("carbonledger_growth_annual")
    subscriber.advance(utc(2027, 11, 10, 13))
    assert subscriber.bills() == [("subscription_create", "paid", 99_000), ("subscription_cycle", "paid", 99_000)]
    assert line_periods(subscriber.invoices()[0]) == [(START, utc(2027, 11, 10, 12))]


@pytest.mark.parametrize(("hold_back", "paid_at"), [(0, utc(2026, 12, 10, 12)), (72 * 3600, utc(2026, 12, 13, 12))])
def test_finalisation_can_be_put_off_as_by_an_endpoint_that_does_not_answer(
    subscriber: Subscriber, hold_back: int, paid_at: datetime
) -> None:
    subscriber.sandbox.configure(finalise_after_seconds=hold_back)
    subscriber.subscribe()
    subscriber.advance(utc(2026, 12, 20))
    assert subscriber.invoices()[1].status_transitions.paid_at == seconds(paid_at)


def test_customers_without_a_test_clock_follow_the_servers_clock(sandbox: StripeSandbox) -> None:
    sandbox.set_clock(START)
    api = sandbox.client.v1
    customer = api.customers.create({"email": "ada@example.org"})
    method = api.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    api.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": sandbox.price("carbonledger_starter_monthly").id}],
            "default_payment_method": method.id,
        }
    )
    sandbox.advance(None, utc(2027, 1, 10, 14))
    assert [invoice.status for invoice in api.invoices.list({"customer": customer.id}).data] == ["paid"] * 3
