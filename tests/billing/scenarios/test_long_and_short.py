"""Years, trials, months of other lengths, and the last second of one. Scenarios 11, 12 and 26."""

import pytest

from tests.billing.scenarios.story import CLOSED, MILLION_TOKENS, MILLION_TOKENS_GRAMS, Story, at

pytestmark = pytest.mark.database


def test_scenario_11_a_month_of_a_year_closes_without_an_invoice_of_its_own(story: Story) -> None:
    story.imports_credits(tonnes=1)
    story.buys(interval="annual")
    story.lives_until("2026-12-01T02:00:00")
    billed = [("subscription_create", "paid"), ("subscription_cycle", "paid")]
    assert story.invoices() == billed
    story.closes_at("2026-12-03T00:00:00")
    story.lives_until("2027-01-01T00:00:00")
    story.closes_at("2027-01-03T00:00:00")
    story.uses(MILLION_TOKENS, on="2027-01-15T10:00:00")
    story.lives_until("2027-02-01T00:00:00")
    story.closes_at("2027-02-03T00:00:00")
    rest, december, january, february = story.paid_periods()
    assert [story.states_of(period) for period in (rest, december, january)] == [CLOSED] * 3
    assert (january["starts_at"], january["ends_at"]) == (at("2027-01-01T00:00:00"), at("2027-02-01T00:00:00"))
    assert january["closed_at"] == at("2027-02-03T00:00:00")
    assert january["settling_invoice_id"] == december["settling_invoice_id"] == february["settling_invoice_id"]
    assert january["settling_invoice_id"] != rest["settling_invoice_id"]
    assert story.allotted() == {january["id"]: MILLION_TOKENS_GRAMS}
    assert story.invoices() == billed
    assert (story.notices(), story.shop.alerts()) == ([], [])


def test_scenario_12_a_trial_of_fourteen_days_is_waived_and_the_first_paid_period_follows(story: Story) -> None:
    story.imports_credits(tonnes=1)
    story.subscribes_without_anchor("carbonledger_starter_trial", trial_period_days=14)
    story.closes()
    story.uses(MILLION_TOKENS, on="2026-11-15T10:00:00")
    story.closes_at("2026-11-24T12:00:00")
    assert story.spans() == [
        ("free", "waived", " to 2026-11-10 09:00"),
        ("trial", "waived", "2026-11-10 09:00 to 2026-11-24 09:00"),
        ("paid", "open", "2026-11-24 09:00 to 2026-12-24 09:00"),
        ("free", "open", "2026-12-24 09:00 to "),
    ]
    sealed = story.shop.rows(
        "select funding, disposition, output_tokens from ops.sealed_usage"
        " join ops.billing_periods as period on period.id = period_id"
    )
    assert sealed == [{"funding": "trial", "disposition": "waived", "output_tokens": MILLION_TOKENS}]
    assert (story.allotted(), story.notices(), story.shop.alerts()) == ({}, [], [])


def test_scenario_26_months_from_the_last_of_january_end_where_the_calendar_does(story: Story) -> None:
    story.goes_to("2027-01-31T10:00:00")
    story.subscribes_without_anchor("carbonledger_starter_monthly")
    story.closes()
    for instant in ("2027-02-28T12:00:00", "2027-03-31T12:00:00"):
        story.lives_until(instant)
        story.closes_at(instant.replace("T12", "T13"))
    assert [(state, span) for funding, state, span in story.spans() if funding == "paid"] == [
        ("closed", "2027-01-31 10:00 to 2027-02-28 10:00"),
        ("reconciling", "2027-02-28 10:00 to 2027-03-31 10:00"),
        ("open", "2027-03-31 10:00 to 2027-04-30 10:00"),
    ]
    assert {period["coverage_grams"] for period in story.paid_periods()} == {250_000}
    assert len(story.invoices()) == 3


def test_bought_in_the_last_second_of_a_month_it_covers_that_second_and_then_the_next_month(story: Story) -> None:
    story.imports_credits(tonnes=1)
    story.goes_to("2026-11-30T23:59:59")
    story.buys()
    story.lives_until("2026-12-01T02:00:00")
    assert story.spans() == [
        ("free", "waived", " to 2026-11-30 23:59"),
        ("paid", "reconciling", "2026-11-30 23:59 to 2026-12-01 00:00"),
        ("paid", "open", "2026-12-01 00:00 to 2027-01-01 00:00"),
        ("free", "open", "2027-01-01 00:00 to "),
    ]
    story.closes_at("2026-12-03T00:00:00")
    second, december = story.paid_periods()
    assert story.states_of(second) == CLOSED
    assert (second["has_usage_data"], second["retire_grams"]) == (False, 0)  # no hour begins in it
    assert (second["coverage_grams"], december["coverage_grams"]) == (8_334, 250_000)  # a day begun, a month
    assert story.allotted() == {}


def test_a_checkout_paid_after_its_anchor_covers_the_month_that_began_there(story: Story) -> None:
    story.imports_credits(tonnes=1)
    story.goes_to("2026-11-30T23:50:00")
    url = story.shop.post(story.tenant, "checkout", tier="starter").json()["url"]
    story.goes_to("2026-12-01T00:10:00")
    assert story.shop.stripe.pay_checkout(url).status_code == 303
    story.hears()
    story.closes()
    story.uses(MILLION_TOKENS, on="2026-12-01T00:00:00")
    story.lives_until("2027-01-01T00:00:00")
    story.closes_at("2027-01-03T00:00:00")
    assert story.spans()[:2] == [
        ("free", "waived", " to 2026-12-01 00:00"),
        ("paid", "closed", "2026-12-01 00:00 to 2027-01-01 00:00"),
    ]
    december = story.paid_periods()[0]
    assert december["coverage_grams"] == 250_000
    assert story.allotted() == {december["id"]: MILLION_TOKENS_GRAMS}
