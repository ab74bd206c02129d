"""Payments that are taken back: before the close, after it, and a dispute that is won. Scenario 25, all three."""

import pytest

from billing.holds import lift_hold
from tests.billing.scenarios.story import CLOSED, MILLION_TOKENS, MILLION_TOKENS_GRAMS, Story, at

pytestmark = pytest.mark.database


def charge_of(story: Story) -> str:
    """What was paid for the first period."""
    charges = story.stripe.charges.list({"customer": story.shop.customer_of(story.tenant)}).data
    return str(charges[-1].id)


def hold(story: Story) -> str | None:
    row = story.shop.row("select hold_reason from ops.billing_accounts where org_id = %s", story.tenant.org_id)
    return None if row["hold_reason"] is None else str(row["hold_reason"]).partition(":")[0]


def alerts(story: Story) -> list[str]:
    """What operators were told, by kind."""
    return [alert.rpartition(":")[0] for alert in story.shop.alerts()]


def test_scenario_25_a_refund_within_the_48_hours_retires_nothing(story: Story) -> None:
    story.imports_credits(tonnes=1)
    story.buys()
    story.lives_until("2026-12-01T02:00:00")
    story.stripe.refunds.create({"charge": charge_of(story)})
    story.closes_at("2026-12-03T00:00:00")
    november, december = story.paid_periods()
    assert story.states_of(november) == ["open", "reconciling", "failed"]
    assert (november["failure"], november["retire_grams"]) == ("reversed", None)
    assert december["state"] == "open"
    assert (hold(story), alerts(story)) == ("refund", ["hold:refund"])
    story.lives_until("2026-12-20T00:00:00")
    assert story.paid_periods()[0] == november
    assert (story.allotted(), story.notices()) == ({}, ["payment_reversed"])


def test_scenario_25_a_refund_after_closing_holds_what_follows_until_an_operator_lifts_it(story: Story) -> None:
    story.imports_credits(tonnes=1)
    story.buys()
    story.lives_until("2026-12-01T02:00:00")
    story.closes_at("2026-12-03T00:00:00")
    (closed, _) = story.paid_periods()
    story.goes_to("2026-12-10T00:00:00")
    story.stripe.refunds.create({"charge": charge_of(story)})
    story.lives_until("2026-12-10T01:00:00")
    assert story.paid_periods()[0] == closed  # what was retired cannot be taken back
    assert (hold(story), alerts(story)) == ("refund", ["hold:refund"])
    story.uses(MILLION_TOKENS, on="2026-12-05T10:00:00")
    story.lives_until("2027-01-01T02:00:00")
    story.closes_at("2027-01-03T00:00:00")
    december = story.paid_periods()[1]
    assert (december["state"], december["retire_grams"]) == ("frozen", MILLION_TOKENS_GRAMS)
    assert story.allotted() == {}
    with story.database.worker() as connection:
        assert lift_hold(connection, org_id=story.tenant.org_id)
    story.goes_to("2027-01-03T01:00:00")
    story.closes(build=False)
    december = story.paid_periods()[1]
    assert story.states_of(december) == CLOSED
    assert story.allotted() == {december["id"]: MILLION_TOKENS_GRAMS}
    assert (story.notices(), alerts(story)) == ([], ["hold:refund"])


def test_scenario_25_a_dispute_that_is_won_lets_the_period_close_after_all(story: Story) -> None:
    story.imports_credits(tonnes=1)
    story.buys()
    story.uses(MILLION_TOKENS, on="2026-11-15T10:00:00")
    story.lives_until("2026-12-01T02:00:00")
    dispute = story.shop.stripe.dispute(charge=charge_of(story))
    story.lives_until("2026-12-03T00:00:00")
    november = story.paid_periods()[0]
    assert (november["state"], november["failure"]) == ("failed", "reversed")
    assert (hold(story), alerts(story), story.notices()) == ("dispute", ["hold:dispute"], ["payment_reversed"])
    story.goes_to("2026-12-20T00:00:00")
    story.shop.stripe.dispute(dispute=dispute["id"], status="won")
    story.hears()
    november = story.paid_periods()[0]
    assert (november["state"], november["close_at"], hold(story)) == ("reconciling", at("2026-12-03T00:00:00"), None)
    story.closes_at("2026-12-20T00:01:00")
    november = story.paid_periods()[0]
    assert story.states_of(november) == ["open", "reconciling", "failed", "reconciling", *CLOSED[2:]]
    assert story.allotted() == {november["id"]: MILLION_TOKENS_GRAMS}
    assert story.notices() == ["payment_reversed", "payment_recovered"]
