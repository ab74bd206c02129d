"""What goes wrong around a close: lost webhooks, no stock, nothing or less than nothing to retire, the other mode's
events. Scenarios 18, 21, 24 and 28."""

import json

import pytest

from billing.stripe_events import process_due
from billing.stripe_gateway import StripeGateway
from billing.sweep import sweep_due
from tests.billing.scenarios.issuer import with_keys
from tests.billing.scenarios.story import (
    CLOSED,
    MILLION_TOKENS,
    MILLION_TOKENS_GRAMS,
    MILLION_TOKENS_MICROGRAMS,
    Story,
    at,
)
from tests.billing.test_webhooks import signed

pytestmark = pytest.mark.database


def test_scenario_18_a_purchase_that_no_webhook_told_of_closes_late_and_once(story: Story) -> None:
    story.imports_credits(tonnes=1)
    story.closes()
    story.goes_to("2026-11-29T00:00:00")
    url = story.shop.post(story.tenant, "checkout", tier="starter").json()["url"]
    assert story.shop.stripe.pay_checkout(url).status_code == 303
    story.uses(MILLION_TOKENS, on="2026-11-30T10:00:00")
    story.goes_to("2026-12-03T00:00:00")  # and Stripe's webhooks do not come
    assert story.spans() == []
    story.goes_to("2026-12-03T00:15:00")
    now = story.shop.clock.now()
    missed = sweep_due(story.database, story.shop.gateway, now=now)
    assert missed
    assert process_due(story.database, story.shop.gateway, now=now) == missed
    story.closes(build=False)
    assert story.spans()[1] == ("paid", "reconciling", "2026-11-29 00:00 to 2026-12-01 00:00")
    story.closes_at("2026-12-03T00:20:00")  # the free time before it; and Stripe delivers after all
    story.closes_at("2026-12-03T00:25:00")
    november, december = story.paid_periods()
    assert story.states_of(november) == CLOSED
    assert november["closed_at"] == at("2026-12-03T00:25:00")
    assert story.allotted() == {november["id"]: MILLION_TOKENS_GRAMS}
    assert december["state"] == "open"
    assert story.invoices() == [("subscription_create", "paid"), ("subscription_cycle", "paid")]
    assert (story.notices(), story.shop.alerts()) == ([], [])


def test_scenario_21_a_stock_that_is_short_gives_nothing_until_it_is_filled(story: Story) -> None:
    issuer = with_keys(story)
    story.imports_credits(tonnes=1)
    story.buys("scale")
    story.uses(4_000 * MILLION_TOKENS, on="2026-11-15T10:00:00")  # 1.15 t, of which there is one
    story.lives_until("2026-12-01T02:00:00")
    story.closes_at("2026-12-03T00:00:00")
    for instant in ("2026-12-03T01:00:00", "2026-12-03T02:00:00"):
        story.goes_to(instant)
        assert story.closes(build=False) == 1  # looked at each hour
    november = story.paid_periods()[0]
    assert (november["state"], november["retire_grams"]) == ("awaiting_credits", 1_152_527)
    assert story.allotted() == {}
    assert (issuer.issues(), issuer.receipts()) == (0, [])
    assert [alert for alert in story.shop.alerts() if alert.startswith("credits_short")] == [
        f"credits_short:{november['id']}"
    ]
    story.goes_to("2026-12-03T02:10:00")
    story.imports_credits(tonnes=1, first_unit=2)
    story.closes(build=False)  # at once, not at the next hour
    november = story.paid_periods()[0]
    assert november["closed_at"] == at("2026-12-03T02:10:00")
    assert story.states_of(november) == ["open", "reconciling", "frozen", "awaiting_credits", "retired", "closed"]
    by_block = story.shop.rows("select upper(grams) - lower(grams) as grams from ops.allocations order by block_id")
    assert [row["grams"] for row in by_block] == [1_000_000, 152_527]
    left = story.shop.rows("select free_grams from ops.credit_balances order by block_id")
    assert [row["free_grams"] for row in left] == [0, 2_000_000 - 1_152_527]
    assert story.notices() == []
    issuer.issues()
    assert [receipt["retired_grams"] for receipt in issuer.receipts()] == [1_152_527]


def test_scenario_24_zero_emissions_close_with_nothing_retired(story: Story) -> None:
    story.imports_credits(tonnes=1)
    story.buys()
    story.lives_until("2026-12-01T00:00:00")
    story.closes_at("2026-12-03T00:00:00")
    november = story.paid_periods()[0]
    assert story.states_of(november) == CLOSED
    assert (november["has_usage_data"], november["known_hours"], november["missing_hours"]) == (True, 495, 0)
    assert (november["co2e_micrograms_central"], november["retire_grams"]) == (0, 0)
    assert (november["carry_out_micrograms"], november["not_covered_micrograms"]) == (0, 0)
    assert (story.allotted(), story.notices(), story.shop.alerts()) == ({}, [], [])


def test_scenario_24_negative_emissions_are_carried_and_never_retired(story: Story) -> None:
    story.imports_credits(tonnes=1)
    story.buys()
    story.uses(MILLION_TOKENS, on="2026-11-15T10:00:00")
    story.lives_until("2026-12-01T00:00:00")
    story.closes_at("2026-12-03T00:00:00")
    story.uses(0, on="2026-11-15T10:00:00")  # the provider takes it back, too late for November
    story.lives_until("2027-01-01T00:00:00")
    story.closes_at("2027-01-03T00:00:00")
    november, december = story.paid_periods()[:2]
    assert story.states_of(december) == CLOSED
    assert december["co2e_micrograms_central"] == -MILLION_TOKENS_MICROGRAMS
    assert december["retire_grams"] == 0
    assert december["carry_in_micrograms"] == november["carry_out_micrograms"]
    assert december["carry_out_micrograms"] == MILLION_TOKENS_GRAMS * 1_000_000
    assert story.allotted() == {november["id"]: MILLION_TOKENS_GRAMS}  # what was retired stays retired
    assert (story.notices(), story.shop.alerts()) == ([], [])


def test_scenario_28_an_event_of_the_other_mode_is_taken_and_ignored(story: Story) -> None:
    story.buys()
    before = story.spans()
    assert posted(story, "evt_live", is_livemode=True) == 204
    asked = len(story.shop.stripe.requests())
    assert process_due(story.database, story.shop.gateway, now=story.shop.clock.now()) == 1
    assert posted(story, "evt_test", is_livemode=False) == 204
    live = StripeGateway("sk_live_1", api_base=story.shop.stripe.url)
    assert process_due(story.database, live, now=story.shop.clock.now()) == 1
    live.close()
    ignored = story.shop.rows("select event_id from ops.stripe_events where state = 'ignored' order by event_id")
    assert [row["event_id"] for row in ignored] == ["evt_live", "evt_test"]
    assert len(story.shop.stripe.requests()) == asked  # nothing was fetched for either
    assert story.spans() == before


def posted(story: Story, event_id: str, *, is_livemode: bool) -> int:
    """The status of an event that is signed with our endpoint's secret, as Stripe would send it."""
    now = story.shop.clock.now()
    about = {"id": "in_1", "object": "invoice", "customer": story.shop.customer_of(story.tenant)}
    event = {
        "id": event_id, "object": "event", "type": "invoice.paid", "api_version": None, "livemode": is_livemode,
        "created": int(now.timestamp()), "data": {"object": about},
    }  # fmt: skip
    body = json.dumps(event).encode()
    header = {"Stripe-Signature": signed(story.shop, body)}
    return story.shop.api.post("/webhooks/stripe", content=body, headers=header).status_code
