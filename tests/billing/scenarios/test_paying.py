"""Renewals that are paid, late, or never. Scenarios 3 to 7, 13 and 14."""

import pytest

from tests.billing.credits.ledger import settle_all
from tests.billing.scenarios.story import (
    CLOSED,
    MILLION_TOKENS,
    MILLION_TOKENS_GRAMS,
    MILLION_TOKENS_MICROGRAMS,
    Story,
    at,
)

pytestmark = pytest.mark.database

NOVEMBER = "2026-11-10 09:00 to 2026-12-01 00:00"
DECEMBER = "2026-12-01 00:00 to 2027-01-01 00:00"


def test_scenario_03_nothing_is_retired_a_minute_before_the_48_hours_are_over(story: Story) -> None:
    story.imports_credits(tonnes=1)
    story.buys()
    story.lives_until("2026-12-01T00:00:00")
    story.closes_at("2026-12-02T23:59:00")
    assert story.spans()[:2] == [
        ("free", "waived", " to 2026-11-10 09:00"),
        ("paid", "reconciling", NOVEMBER),
    ]
    november = story.paid_periods()[0]
    assert november["close_at"] == at("2026-12-03T00:00:00")
    assert (november["frozen_at"], november["retire_grams"], november["seal_arrival_id"]) == (None, None, None)
    assert (story.allotted(), story.notices(), story.shop.alerts()) == ({}, [], [])


def test_scenario_04_after_48_hours_the_emissions_are_retired_in_whole_grams(story: Story) -> None:
    story.imports_credits(tonnes=2, status="Held")
    story.buys()
    story.uses(MILLION_TOKENS, on="2026-11-15T10:00:00")
    story.lives_until("2026-12-01T00:00:00")
    story.closes_at("2026-12-03T00:00:00")
    assert story.paid_periods()[0]["state"] == "retiring"
    with story.database.worker() as connection:  # the registry shows what was ordered
        (retirement,) = settle_all(connection)
    story.goes_to("2026-12-03T00:05:00")
    story.closes(build=False)
    november = story.paid_periods()[0]
    assert (november["state"], november["closed_at"]) == ("closed", at("2026-12-03T00:05:00"))
    assert november["co2e_micrograms_central"] == MILLION_TOKENS_MICROGRAMS
    assert november["retire_grams"] == MILLION_TOKENS_GRAMS
    assert november["carry_out_micrograms"] == MILLION_TOKENS_GRAMS * 1_000_000 - MILLION_TOKENS_MICROGRAMS
    assert story.states_of(november) == ["open", "reconciling", "frozen", "retiring", "retired", "closed"]
    assert story.allotted() == {november["id"]: MILLION_TOKENS_GRAMS}
    units = story.shop.rows("select id, state, upper(units) - lower(units) as units from ops.retirements")
    assert units == [{"id": retirement, "state": "retired", "units": 1}]
    assert (story.notices(), story.shop.alerts()) == ([], ["retire:carbonledger:ACR:2891:1-1:1"])


def test_scenario_05_a_renewal_fails_and_the_month_that_was_paid_closes(story: Story) -> None:
    story.imports_credits(tonnes=1)
    subscription_id = story.buys()
    story.uses(MILLION_TOKENS, on="2026-11-15T10:00:00")
    story.uses_card(subscription_id, "tok_chargeCustomerFail")
    story.lives_until("2026-12-01T02:00:00")
    assert story.spans()[1:3] == [("paid", "reconciling", NOVEMBER), ("paid", "failed", DECEMBER)]
    assert story.notices() == ["payment_failed attempt 1"]
    story.closes_at("2026-12-04T02:00:00")
    assert story.notices() == ["payment_failed attempt 1", "payment_failed attempt 2"]
    november, december = story.paid_periods()
    assert story.states_of(november) == CLOSED
    assert story.states_of(december) == ["open", "failed"]
    assert (december["failure"], december["retire_grams"]) == ("payment_failed", None)
    assert story.allotted() == {november["id"]: MILLION_TOKENS_GRAMS}


def test_scenario_06_a_retry_on_the_third_day_succeeds(story: Story) -> None:
    story.imports_credits(tonnes=1)
    subscription_id = story.buys()
    good = story.uses_card(subscription_id, "tok_chargeCustomerFail")
    story.lives_until("2026-12-01T02:00:00")
    story.stripe.subscriptions.update(subscription_id, {"default_payment_method": good})
    story.closes_at("2026-12-04T02:00:00")
    assert story.notices() == ["payment_failed attempt 1", "payment_recovered"]
    december = story.paid_periods()[1]
    assert (december["state"], december["failure"]) == ("open", None)
    assert december["paid_at"] == at("2026-12-04T01:00:00")
    story.uses(MILLION_TOKENS, on="2026-12-02T10:00:00")  # in the days in which it had failed
    story.lives_until("2027-01-01T00:00:00")
    assert story.paid_periods()[1]["close_at"] == at("2027-01-03T00:00:00")
    story.closes_at("2027-01-03T00:00:00")
    november, december, january = story.paid_periods()
    assert story.states_of(november) == CLOSED
    assert story.states_of(december) == ["open", "failed", "open", "reconciling", "frozen", "retired", "closed"]
    assert january["state"] == "open"
    assert story.allotted() == {december["id"]: MILLION_TOKENS_GRAMS}
    assert story.notices() == ["payment_failed attempt 1", "payment_recovered"]


def test_scenario_07_retries_are_exhausted_and_it_is_paid_by_hand_nine_days_later(story: Story) -> None:
    story.imports_credits(tonnes=1)
    subscription_id = story.buys()
    good = story.uses_card(subscription_id, "tok_chargeCustomerFail")
    for instant in ("2026-12-01T02:00:00", "2026-12-04T02:00:00", "2026-12-09T02:00:00"):
        story.lives_until(instant)
    story.closes_at("2026-12-16T02:00:00")
    assert story.spans()[1:] == [
        ("paid", "closed", NOVEMBER),
        ("paid", "failed", "2026-12-01 00:00 to 2026-12-16 01:00"),
        ("free", "open", "2026-12-16 01:00 to "),
    ]
    failures = [f"payment_failed attempt {attempt}" for attempt in (1, 2, 3, 4)]
    assert sorted(story.notices()) == [*failures, "subscription-ended"]
    story.uses(MILLION_TOKENS, on="2026-12-10T10:00:00")
    story.uses(9 * MILLION_TOKENS, on="2026-12-20T10:00:00")  # when nothing was paid for any more
    story.goes_to("2026-12-25T01:00:00")
    invoice = story.shop.row("select stripe_invoice_id as id from ops.invoices where status <> 'paid'")["id"]
    story.stripe.invoices.pay(invoice, {"payment_method": good})
    story.hears()
    december = story.paid_periods()[1]
    assert (december["state"], december["close_at"]) == ("reconciling", at("2026-12-27T01:00:00"))
    assert december["coverage_grams"] == -(-250_000 * 16 // 31)
    story.closes_at("2026-12-27T01:00:00")
    december = story.paid_periods()[1]
    assert story.states_of(december) == ["open", "failed", "reconciling", "frozen", "retired", "closed"]
    assert december["co2e_micrograms_central"] == MILLION_TOKENS_MICROGRAMS
    assert story.allotted() == {december["id"]: MILLION_TOKENS_GRAMS}
    assert sorted(story.notices()) == [*failures, "payment_recovered", "subscription-ended"]


def test_scenario_13_paused_collection_voids_the_next_month(story: Story) -> None:
    story.imports_credits(tonnes=1)
    subscription_id = story.buys()
    story.stripe.subscriptions.update(subscription_id, {"pause_collection": {"behavior": "void"}})
    story.lives_until("2026-12-01T02:00:00")
    story.closes_at("2026-12-03T00:00:00")
    story.lives_until("2027-01-01T02:00:00")
    story.closes_at("2027-02-15T00:00:00")
    assert story.invoices() == [("subscription_create", "paid"), *[("subscription_cycle", "void")] * 3]
    november, *unpaid = story.paid_periods()
    assert story.states_of(november) == CLOSED
    assert [(period["state"], period["failure"]) for period in unpaid] == [("failed", "void")] * 3
    assert story.allotted() == {}
    assert story.notices() == ["payment_failed void"] * 3


def test_scenario_14_a_first_payment_that_fails_for_23_hours_leaves_the_free_tier(story: Story) -> None:
    price = story.shop.gateway.price_of("carbonledger_starter_monthly")
    story.shop.subscribe_at_stripe(story.tenant, price_id=price.id, payment_behavior="default_incomplete")
    story.lives_until("2026-11-11T07:59:00")
    assert story.spans() == [("free", "open", " to ")]
    story.lives_until("2026-11-11T09:00:00")
    (subscription,) = story.stripe.subscriptions.list(
        {"customer": story.shop.customer_of(story.tenant), "status": "all"}
    ).data
    assert subscription.status == "incomplete_expired"
    story.closes_at("2027-01-05T00:00:00")
    assert story.spans() == [("free", "open", " to ")]
    assert (story.allotted(), story.notices(), story.shop.alerts()) == ({}, [], [])
