"""Changes of plan in a running period: credit and bill by the second, paid at once, pending, later, or not at all."""

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
from tests.stripe_process import FAILING_CARD, GOOD_CARD

MIDDLE = utc(2026, 11, 25, 12)
"""15 of the 30 days from the tenth to the tenth have passed."""
END = utc(2026, 12, 10, 12)

AT_ONCE = {"proration_behavior": "always_invoice", "payment_behavior": "pending_if_incomplete"}


@pytest.fixture
def starter(subscriber: Subscriber) -> Subscriber:
    """Starter since the tenth of November; now is the middle of the period."""
    subscriber.subscribe("carbonledger_starter_monthly")
    subscriber.advance(MIDDLE)
    return subscriber


def plan(subscriber: Subscriber) -> str | None:
    return item_of(subscriber.subscription()).price.lookup_key


def amounts(invoice: stripe.Invoice) -> list[int]:
    return [line.amount for line in invoice.lines.data]


def test_an_upgrade_is_billed_at_once_and_leaves_the_period_as_it_is(starter: Subscriber) -> None:
    changed = starter.change("carbonledger_growth_monthly", **AT_ONCE)
    assert (changed.status, changed.pending_update, plan(starter)) == ("active", None, "carbonledger_growth_monthly")
    assert period_of(changed) == (START, END)
    bill = starter.invoices()[1]
    assert (bill.billing_reason, bill.status, amounts(bill)) == ("subscription_update", "paid", [-1_450, 4_950])
    assert (prorations(bill), line_periods(bill)) == ([True, True], [(MIDDLE, END)] * 2)
    starter.advance(utc(2026, 12, 10, 13))
    assert amounts(starter.invoices()[2]) == [9_900]


def test_an_upgrade_with_a_bad_card_waits_for_its_payment(starter: Subscriber) -> None:
    starter.use_card(FAILING_CARD)
    pending = starter.change("carbonledger_growth_monthly", **AT_ONCE)
    assert (pending.status, plan(starter)) == ("active", "carbonledger_starter_monthly")
    assert pending.pending_update is not None
    assert pending.pending_update.expires_at == seconds(utc(2026, 11, 26, 11))
    bill = starter.invoices()[1]
    assert (bill.status, bill.next_payment_attempt) == ("open", None)
    starter.use_card(GOOD_CARD)
    starter.api.invoices.pay(bill.id)
    assert (plan(starter), starter.subscription().pending_update) == ("carbonledger_growth_monthly", None)
    assert len(starter.events("customer.subscription.pending_update_applied")) == 1


def test_a_pending_change_is_dropped_after_23_hours(starter: Subscriber) -> None:
    starter.use_card(FAILING_CARD)
    starter.change("carbonledger_growth_monthly", **AT_ONCE)
    starter.advance(utc(2026, 11, 26, 11))
    assert (plan(starter), starter.subscription().pending_update) == ("carbonledger_starter_monthly", None)
    assert starter.invoices()[1].status == "void"
    assert len(starter.events("customer.subscription.pending_update_expired")) == 1


def test_error_if_incomplete_changes_nothing(starter: Subscriber) -> None:
    starter.use_card(FAILING_CARD)
    with pytest.raises(stripe.CardError):
        starter.change(
            "carbonledger_growth_monthly", proration_behavior="always_invoice", payment_behavior="error_if_incomplete"
        )
    assert (plan(starter), len(starter.invoices())) == ("carbonledger_starter_monthly", 1)


def test_without_a_behavior_the_change_holds_and_the_renewal_carries_it(starter: Subscriber) -> None:
    starter.change("carbonledger_growth_monthly")
    assert (plan(starter), len(starter.invoices())) == ("carbonledger_growth_monthly", 1)
    assert len(starter.api.invoice_items.list({"customer": starter.customer, "pending": True}).data) == 2
    starter.advance(utc(2026, 12, 10, 13))
    renewal = starter.invoices()[1]
    assert (amounts(renewal), prorations(renewal)) == ([-1_450, 4_950, 9_900], [True, True, False])


def test_a_downgrade_credits_the_customer_whose_next_invoice_is_less(starter: Subscriber) -> None:
    starter.change("carbonledger_scale_monthly", **AT_ONCE)
    starter.change("carbonledger_starter_monthly", **AT_ONCE)
    credit = starter.invoices()[2]
    assert (credit.status, credit.total, credit.amount_due) == ("paid", 1_450 - 14_950, 0)
    assert starter.api.customers.retrieve(starter.customer).balance == -13_500
    starter.advance(utc(2026, 12, 10, 13))
    renewal = starter.invoices()[3]
    assert (renewal.total, renewal.amount_due, renewal.ending_balance) == (2_900, 0, -10_600)


def test_no_proration_bills_nothing_now(starter: Subscriber) -> None:
    starter.change("carbonledger_growth_monthly", proration_behavior="none")
    starter.advance(utc(2026, 12, 10, 13))
    assert [amounts(invoice) for invoice in starter.invoices()] == [[2_900], [9_900]]


def test_an_annual_price_restarts_the_cycle_and_is_billed_whole(starter: Subscriber) -> None:
    changed = starter.change("carbonledger_starter_annual", **AT_ONCE)
    assert changed.billing_cycle_anchor == seconds(MIDDLE)
    assert period_of(changed) == (MIDDLE, utc(2027, 11, 25, 12))
    bill = starter.invoices()[1]
    assert (amounts(bill), prorations(bill), bill.status) == ([-1_450, 29_000], [True, False], "paid")
    assert line_periods(bill) == [(MIDDLE, END), (MIDDLE, utc(2027, 11, 25, 12))]


def test_the_anchor_can_be_set_to_now(starter: Subscriber) -> None:
    changed = starter.change(billing_cycle_anchor={"type": "now"}, proration_behavior="always_invoice")
    assert period_of(changed) == (MIDDLE, utc(2026, 12, 25, 12))
    assert amounts(starter.invoices()[1]) == [-1_450, 2_900]


def test_credit_in_a_short_first_period_is_of_the_whole_months_price(subscriber: Subscriber) -> None:
    subscriber.subscribe("carbonledger_starter_monthly", billing_cycle_anchor=seconds(utc(2026, 12, 1)))
    subscriber.advance(utc(2026, 11, 16))
    subscriber.change("carbonledger_growth_monthly", **AT_ONCE)
    # 15 of November's 30 days are left
    assert amounts(subscriber.invoices()[1]) == [-1_450, 4_950]


def test_a_plan_changed_in_a_trial_costs_nothing_before_its_end(subscriber: Subscriber) -> None:
    subscriber.subscribe("carbonledger_starter_monthly", trial_period_days=14)
    subscriber.change("carbonledger_growth_monthly", **AT_ONCE)
    subscriber.advance(utc(2026, 11, 24, 13))
    assert [invoice.total for invoice in subscriber.invoices()] == [0, 9_900]


def test_a_change_with_a_strangers_card_changes_nothing(starter: Subscriber) -> None:
    stranger = Subscriber(starter.sandbox)
    card = stranger.use_card(GOOD_CARD)
    with pytest.raises(stripe.InvalidRequestError):
        starter.change("carbonledger_growth_monthly", default_payment_method=card)
    assert plan(starter) == "carbonledger_starter_monthly"


def test_pending_updates_refuse_what_stripe_refuses(starter: Subscriber) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        starter.change("carbonledger_growth_monthly", metadata={"tier": "growth"}, **AT_ONCE)
    assert refused.value.param == "metadata"
    assert plan(starter) == "carbonledger_starter_monthly"
