"""Subscriptions that end or become another one. Scenarios 8 to 10."""

from decimal import Decimal

import pytest

from tests.billing.scenarios.story import CLOSED, MILLION_TOKENS, MILLION_TOKENS_GRAMS, Story, at

pytestmark = pytest.mark.database

NOVEMBER = "2026-11-10 09:00 to 2026-12-01 00:00"
STARTER_GRAMS = 250_000 * 21 // 30
"""Coverage of the 21 days that are left of November when it is bought."""

MUCH = 1_000 * MILLION_TOKENS
MUCH_MICROGRAMS = 288_131_556_000
MUCH_GRAMS = 288_132


def test_scenario_08_cancelled_at_period_end_closes_and_free_time_follows(story: Story) -> None:
    story.imports_credits(tonnes=1)
    subscription_id = story.buys()
    story.uses(MILLION_TOKENS, on="2026-11-15T10:00:00")
    assert story.shop.post(story.tenant, "cancel").status_code == 200
    story.lives_until("2026-12-01T02:00:00")
    assert story.invoices() == [("subscription_create", "paid")]
    assert story.shop.notices(story.tenant) == [f"subscription-ended:{subscription_id}"]
    story.closes_at("2026-12-03T00:00:00")
    assert story.spans() == [
        ("free", "waived", " to 2026-11-10 09:00"),
        ("paid", "closed", NOVEMBER),
        ("free", "open", "2026-12-01 00:00 to "),
    ]
    (november,) = story.paid_periods()
    assert story.states_of(november) == CLOSED
    assert story.allotted() == {november["id"]: MILLION_TOKENS_GRAMS}
    assert story.invoices() == [("subscription_create", "paid")]
    assert story.notices() == ["subscription-ended"]


def test_scenario_09_an_upgrade_in_mid_month_covers_the_rest_of_it_by_days(story: Story) -> None:
    story.imports_credits(tonnes=1)
    story.buys()
    story.goes_to("2026-11-20T00:00:00")
    assert story.shop.post(story.tenant, "plan", tier="growth").json()["tier"] == "growth"
    story.hears()
    (november,) = story.paid_periods()
    assert (november["starts_at"], november["ends_at"], november["tier"]) == (
        at("2026-11-10T09:00:00"),
        at("2026-12-01T00:00:00"),
        "growth",
    )
    coverage_grams = STARTER_GRAMS - 91_667 + 366_667  # eleven thirtieths of either tier, rounded up
    assert november["coverage_grams"] == coverage_grams
    story.uses(MUCH, on="2026-11-15T10:00:00")
    story.lives_until("2026-12-01T02:00:00")
    story.closes_at("2026-12-03T00:00:00")
    november, december = story.paid_periods()
    assert story.states_of(november) == CLOSED
    causes = story.shop.rows("select cause from ops.billing_period_moves where period_id = %s", november["id"])
    assert [row["cause"] for row in causes].count("the plan changed to Growth") == 1
    assert (november["retire_grams"], november["not_covered_micrograms"]) == (MUCH_GRAMS, 0)
    assert story.allotted() == {november["id"]: MUCH_GRAMS}
    assert (december["tier"], december["coverage_grams"]) == ("growth", 1_000_000)
    assert story.invoices() == [
        ("subscription_create", "paid"),
        ("subscription_update", "paid"),
        ("subscription_cycle", "paid"),
    ]
    assert story.notices() == []


def test_scenario_09_an_upgrade_that_is_not_paid_covers_nothing_more(story: Story) -> None:
    story.imports_credits(tonnes=1)
    subscription_id = story.buys()
    (before,) = story.paid_periods()
    good = story.uses_card(subscription_id, "tok_chargeCustomerFail")
    story.goes_to("2026-11-20T00:00:00")
    assert story.shop.post(story.tenant, "plan", tier="growth").json()["is_waiting_for_payment"] is True
    story.hears()
    assert story.paid_periods() == [before]
    story.lives_until("2026-11-21T00:00:00")  # Stripe gives the change up after 23 hours
    assert story.paid_periods() == [before]
    story.stripe.subscriptions.update(subscription_id, {"default_payment_method": good})
    story.uses(MUCH, on="2026-11-15T10:00:00")
    story.lives_until("2026-12-01T02:00:00")
    story.closes_at("2026-12-03T00:00:00")
    november, december = story.paid_periods()
    assert story.states_of(november) == CLOSED
    assert (november["tier"], november["retire_grams"]) == ("starter", STARTER_GRAMS)
    assert november["not_covered_micrograms"] == MUCH_MICROGRAMS - Decimal(STARTER_GRAMS * 1_000_000)
    assert november["carry_out_micrograms"] == 0
    assert story.allotted() == {november["id"]: STARTER_GRAMS}
    assert (december["tier"], december["state"]) == ("starter", "open")


def test_scenario_10_monthly_to_annual_in_mid_month_begins_twelve_months_under_one_invoice(story: Story) -> None:
    story.imports_credits(tonnes=1)
    subscription_id = story.subscribes_without_anchor("carbonledger_starter_monthly")
    story.closes()
    assert story.spans()[1] == ("paid", "open", "2026-11-10 09:00 to 2026-12-10 09:00")
    story.uses(MILLION_TOKENS, on="2026-11-15T10:00:00")
    story.goes_to("2026-11-20T09:00:00")
    item = story.stripe.subscriptions.retrieve(subscription_id)["items"].data[0].id
    price = story.shop.gateway.price_of("carbonledger_starter_annual")
    story.stripe.subscriptions.update(
        subscription_id, {"items": [{"id": item, "price": price.id}], "proration_behavior": "always_invoice"}
    )
    story.lives_until("2026-11-20T10:00:00")
    story.closes_at("2026-11-22T09:00:00")
    cut, first = story.paid_periods()
    assert (cut["state"], cut["ends_at"], cut["coverage_grams"]) == ("closed", at("2026-11-20T09:00:00"), 83_334)
    assert story.allotted() == {cut["id"]: MILLION_TOKENS_GRAMS}
    assert (first["starts_at"], first["ends_at"]) == (at("2026-11-20T09:00:00"), at("2026-12-20T09:00:00"))
    story.lives_until("2027-11-20T08:00:00")
    _, *year = story.paid_periods()
    assert len(year) == 12
    assert len({period["settling_invoice_id"] for period in year}) == 1
    assert {period["coverage_grams"] for period in year} == {250_000}
    assert (year[-1]["starts_at"], year[-1]["ends_at"]) == (at("2027-10-20T09:00:00"), at("2027-11-20T09:00:00"))
    assert len(story.invoices()) == 2
    story.lives_until("2027-11-20T11:00:00")
    assert len(story.invoices()) == 3
    assert story.paid_periods()[-1]["starts_at"] == at("2027-11-20T09:00:00")
    assert (story.notices(), story.shop.alerts()) == ([], [])
