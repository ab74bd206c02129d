"""What repairs missed webhooks: the sweep over Stripe's events, and the daily look at the invoices. Scenario 18."""

from datetime import datetime, timedelta

import pytest

from billing.stripe_events import process_due
from billing.sweep import compare_due, is_due, sweep, sweep_due
from tests.app.tenants import Tenant
from tests.billing.shop import OPENED_ON, Shop

pytestmark = pytest.mark.database

DECEMBER = datetime.fromisoformat("2026-12-01T02:00:00+00:00")


def test_scenario_18_the_endpoint_was_down_for_four_days(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    sweep(shop.database, shop.gateway, now=OPENED_ON)
    shop.go_to(DECEMBER + timedelta(days=4))  # the renewal's webhooks are held, and never come
    assert shop.get(ada, "subscription")["subscription"]["current_period_ended_at"] == "2026-12-01T00:00:00Z"
    missed = sweep(shop.database, shop.gateway, now=shop.clock.now())
    assert missed > 0
    assert process_due(shop.database, shop.gateway, now=shop.clock.now()) == missed
    assert shop.get(ada, "subscription")["subscription"]["current_period_ended_at"] == "2027-01-01T00:00:00Z"
    assert shop.periods(ada)[2][0] == "paid"
    came = shop.rows("select came_by, state, count(*) as events from ops.stripe_events group by 1, 2 order by 1")
    assert came[0] == {"came_by": "sweep", "state": "done", "events": missed}
    # And when Stripe delivers after all, nothing happens twice.
    moves = shop.rows("select * from ops.billing_period_moves")
    shop.deliver()
    assert process_due(shop.database, shop.gateway, now=shop.clock.now()) == 0
    assert shop.rows("select * from ops.billing_period_moves") == moves


def test_a_sweep_finds_nothing_new_where_all_webhooks_came(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    assert sweep(shop.database, shop.gateway, now=OPENED_ON) == 0


def test_a_sweep_goes_on_where_the_last_one_ended_less_an_hour(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    sweep(shop.database, shop.gateway, now=OPENED_ON)
    assert shop.row("select reached_at from ops.sync_cursors where name = 'stripe-events'")["reached_at"] == OPENED_ON
    with shop.database.owner() as connection:
        connection.execute("delete from ops.stripe_events")
    shop.go_to(OPENED_ON + timedelta(days=1))
    assert sweep(shop.database, shop.gateway, now=shop.clock.now()) > 0  # within the hour before the cursor
    with shop.database.owner() as connection:
        connection.execute("update ops.sync_cursors set reached_at = %s", [OPENED_ON + timedelta(hours=1, seconds=1)])
        connection.execute("delete from ops.stripe_events")
    assert sweep(shop.database, shop.gateway, now=shop.clock.now()) == 0


def test_more_events_than_a_page_holds_are_all_found(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    for _ in range(60):
        shop.post(ada, "cancel")
        shop.post(ada, "resume")
    events = shop.stripe.client.v1.events.list({"type": "customer.subscription.updated", "limit": 100})
    assert events.has_more
    assert sweep(shop.database, shop.gateway, now=OPENED_ON) >= 120


def test_a_sweep_is_due_every_quarter_of_an_hour_and_a_comparison_every_day(shop: Shop) -> None:
    assert is_due(shop.database, now=OPENED_ON)
    assert sweep_due(shop.database, shop.gateway, now=OPENED_ON) == 0
    assert compare_due(shop.database, shop.gateway, now=OPENED_ON) == 0
    assert not is_due(shop.database, now=OPENED_ON + timedelta(minutes=14))
    assert sweep_due(shop.database, shop.gateway, now=OPENED_ON + timedelta(minutes=14)) is None
    assert is_due(shop.database, now=OPENED_ON + timedelta(minutes=15))
    assert sweep_due(shop.database, shop.gateway, now=OPENED_ON + timedelta(minutes=15)) == 0
    assert compare_due(shop.database, shop.gateway, now=OPENED_ON + timedelta(hours=23)) is None
    assert compare_due(shop.database, shop.gateway, now=OPENED_ON + timedelta(days=1)) == 0


def test_the_comparison_repairs_what_no_event_told_and_says_so(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    assert compare_due(shop.database, shop.gateway, now=OPENED_ON) == 0
    shop.go_to(DECEMBER)
    assert compare_due(shop.database, shop.gateway, now=DECEMBER) == 1
    assert shop.get(ada, "subscription")["subscription"]["current_period_ended_at"] == "2027-01-01T00:00:00Z"
    assert shop.alerts() == ["stripe-drift:2026-12-01"]
    assert compare_due(shop.database, shop.gateway, now=DECEMBER + timedelta(days=1)) == 0
