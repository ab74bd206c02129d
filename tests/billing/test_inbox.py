"""Events are hints: whichever come, in whatever order and however often, the mirrors say what Stripe says now."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.worker import Worker
from billing.stripe_events import ATTEMPTS, process_due
from billing.stripe_gateway import StripeGateway
from tests.app.tenants import Tenant
from tests.billing.shop import OPENED_ON, Shop
from tests.stripe_process import API_KEY

pytestmark = pytest.mark.database

NEW_YEAR = datetime.fromisoformat("2027-01-01T02:00:00+00:00")
DECEMBER = datetime.fromisoformat("2026-12-01T02:00:00+00:00")


def put(
    shop: Shop, event_id: str, about: dict[str, Any], *, kind: str = "invoice.paid", is_livemode: bool = False
) -> None:
    """An event in the inbox, as if Stripe had sent it."""
    body = {
        "id": event_id, "object": "event", "type": kind, "api_version": None, "livemode": is_livemode,
        "created": int(shop.clock.now().timestamp()), "data": {"object": about},
    }  # fmt: skip
    with shop.database.before_tenant() as connection:
        connection.execute(
            "select ops.receive_stripe_event(%s, %s, null, %s, %s, %s, %s)",
            [event_id, kind, is_livemode, about.get("customer"), json.dumps(body).encode(), shop.clock.now()],
        )


def event(shop: Shop, event_id: str) -> dict[str, Any]:
    return dict(
        shop.row(
            "select state, attempts, next_attempt_at, last_error from ops.stripe_events where event_id = %s", event_id
        )
    )


def mirrored(shop: Shop) -> list[dict[str, Any]]:
    return shop.rows(
        "select status, attempt_count, amount_paid_cents, billing_reason from ops.invoices order by created_at"
    )


def test_scenario_15_the_same_event_five_times_with_four_workers(shop: Shop, ada: Tenant) -> None:
    shop.stripe.configure(duplicate=5, parallel=4)
    url = shop.post(ada, "checkout", tier="starter").json()["url"]
    shop.stripe.pay_checkout(url)
    shop.deliver()
    with ThreadPoolExecutor(4) as workers:
        finished = list(workers.map(lambda _: process_due(shop.database, shop.gateway, now=OPENED_ON), range(4)))
    events = shop.rows("select state, attempts from ops.stripe_events")
    assert sum(finished) == len(events)
    assert {row["state"] for row in events} == {"done"}
    assert max(row["attempts"] for row in events) == 1
    assert len(shop.stripe.deliveries()) == 5 * len(events)
    assert len(shop.periods(ada)) == 3
    assert len(mirrored(shop)) == 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_scenario_16_a_failure_that_is_told_after_its_payment(shop: Shop, ada: Tenant, seed: int) -> None:
    subscription_id = shop.buy(ada)
    good = shop.use_card(ada, subscription_id, "tok_chargeCustomerFail")
    shop.go_to(DECEMBER)
    shop.stripe.client.v1.subscriptions.update(subscription_id, {"default_payment_method": good})
    shop.go_to(DECEMBER + timedelta(days=4))
    assert shop.hear("shuffle", seed=seed) > 4
    assert mirrored(shop)[-1] == {
        "status": "paid", "attempt_count": 2, "amount_paid_cents": 2_900, "billing_reason": "subscription_cycle",
    }  # fmt: skip
    assert shop.get(ada, "subscription")["subscription"]["status"] == "active"
    assert shop.periods(ada)[2][:2] == ("paid", "open")


def test_each_failed_attempt_is_told_once_and_so_is_what_follows(shop: Shop, ada: Tenant) -> None:
    subscription_id = shop.buy(ada)
    shop.use_card(ada, subscription_id, "tok_chargeCustomerFail")
    tried = [DECEMBER, *(DECEMBER + timedelta(days=days) for days in (4, 9, 17))]
    for instant in tried:
        shop.go_to(instant)
        shop.hear()
        process_due(shop.database, shop.gateway, now=instant)
    invoice_id = shop.row("select stripe_invoice_id as id from ops.invoices where status <> 'paid'")["id"]
    assert [key for key in shop.notices(ada) if key.startswith("payment_failed")] == [
        f"payment_failed:{invoice_id}:attempt {attempt}" for attempt in (1, 2, 3, 4)
    ]
    assert f"subscription-ended:{subscription_id}" in shop.notices(ada)
    assert shop.get(ada, "subscription")["tier"]["code"] == "free"


def test_an_event_of_a_customer_who_is_none_of_ours_is_ignored(shop: Shop) -> None:
    put(shop, "evt_other", {"id": "in_9", "object": "invoice", "customer": "cus_somebody_else"})
    put(shop, "evt_nobody", {"id": "prod_1", "object": "product"}, kind="product.created")
    put(shop, "evt_kind", {"id": "cus_1", "object": "customer"}, kind="customer.created")
    assert process_due(shop.database, shop.gateway, now=OPENED_ON) == 3
    assert {row["state"] for row in shop.rows("select state from ops.stripe_events")} == {"ignored"}


def test_scenario_28_a_live_event_with_a_test_key_is_ignored(shop: Shop, ada: Tenant) -> None:
    shop.post(ada, "checkout", tier="starter")
    about = {"id": "in_1", "object": "invoice", "customer": shop.customer_of(ada)}
    put(shop, "evt_live", about, is_livemode=True)
    asked = len(shop.stripe.requests())
    assert process_due(shop.database, shop.gateway, now=OPENED_ON) == 1
    assert event(shop, "evt_live")["state"] == "ignored"
    assert len(shop.stripe.requests()) == asked  # nothing was fetched for it


def test_a_poison_event_is_counted_waits_longer_each_time_and_dies(shop: Shop, ada: Tenant) -> None:
    """Its customer has a subscription to something that no tier sells, so each attempt fails inside the transaction."""
    shop.post(ada, "checkout", tier="starter")
    customer_id = shop.customer_of(ada)
    odd = shop.stripe.client.v1.prices.create(
        {"currency": "usd", "unit_amount": 500, "recurring": {"interval": "month"}, "product_data": {"name": "Odd"}}
    )
    shop.subscribe_at_stripe(ada, price_id=odd.id)
    put(shop, "evt_poison", {"id": "in_1", "object": "invoice", "customer": customer_id})
    put(shop, "evt_fine", {"id": "in_9", "object": "invoice", "customer": "cus_somebody_else"})
    now, waits = OPENED_ON, []
    for attempt in range(1, ATTEMPTS + 1):
        process_due(shop.database, shop.gateway, now=now)
        state = event(shop, "evt_poison")
        assert (state["attempts"], state["last_error"]) == (attempt, "unknown-price")
        waits.append(int((state["next_attempt_at"] - now).total_seconds()) // 60)
        now = state["next_attempt_at"]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert event(shop, "evt_poison")["state"] == "dead"
    assert event(shop, "evt_fine")["state"] == "ignored"
    assert shop.alerts() == ["stripe-event:dead:evt_poison"]
    assert shop.rows("select 1 from ops.subscriptions") == []
    assert process_due(shop.database, shop.gateway, now=now + timedelta(days=1)) == 0


def test_a_price_that_lost_its_lookup_key_keeps_it_as_metadata(shop: Shop, ada: Tenant) -> None:
    """Stripe moves a lookup key from the price of old to the new one; who pays the old one has the same tier."""
    shop.post(ada, "checkout", tier="starter")
    prices = shop.stripe.client.v1.prices
    old = prices.create(
        {"currency": "usd", "unit_amount": 500, "recurring": {"interval": "month"}, "product_data": {"name": "Old"}}
    )
    shop.subscribe_at_stripe(ada, price_id=old.id)
    put(shop, "evt_1", {"id": "in_1", "object": "invoice", "customer": shop.customer_of(ada)})
    process_due(shop.database, shop.gateway, now=OPENED_ON)
    assert event(shop, "evt_1")["last_error"] == "unknown-price"
    prices.update(old.id, {"metadata": {"carbonledger_lookup_key": "carbonledger_scale_monthly"}})
    process_due(shop.database, shop.gateway, now=OPENED_ON + timedelta(minutes=1))
    assert event(shop, "evt_1")["state"] == "done"
    assert shop.get(ada, "subscription")["tier"]["code"] == "scale"
    assert [period[0] for period in shop.periods(ada)] == ["free", "paid", "free"]


def test_an_event_that_we_cannot_read_dies_alone(shop: Shop) -> None:
    with shop.database.before_tenant() as connection:
        connection.execute(
            "select ops.receive_stripe_event('evt_odd', 'x', null, false, null, %s, %s)", [b"{", OPENED_ON]
        )
    now = OPENED_ON
    for _ in range(ATTEMPTS):
        process_due(shop.database, shop.gateway, now=now)
        now += timedelta(hours=1)
    assert event(shop, "evt_odd") | {"next_attempt_at": None} == {
        "state": "dead", "attempts": ATTEMPTS, "next_attempt_at": None, "last_error": "JSONDecodeError",
    }  # fmt: skip


def test_while_stripe_is_out_of_reach_events_wait_and_none_dies(shop: Shop, ada: Tenant) -> None:
    shop.post(ada, "checkout", tier="starter")
    put(shop, "evt_1", {"id": "in_1", "object": "invoice", "customer": shop.customer_of(ada)})
    impatient = StripeGateway(API_KEY, api_base=shop.stripe.url, retries=0)
    shop.stripe.fail_next(method="GET", path="/v1/invoices", status=503, times=ATTEMPTS + 2)
    now = OPENED_ON
    for _ in range(ATTEMPTS + 2):
        assert process_due(shop.database, impatient, now=now) == 0
        now += timedelta(hours=1)
    assert event(shop, "evt_1")["state"] == "pending"
    assert event(shop, "evt_1")["last_error"] == "stripe-unavailable"
    assert shop.alerts() == ["stripe-event:stuck:evt_1"]  # told once
    assert process_due(shop.database, impatient, now=now) == 1
    impatient.close()


def test_one_fetch_serves_all_events_of_a_customer_that_wait(shop: Shop, ada: Tenant) -> None:
    """At midnight of the first, every organization renews with half a dozen events each."""
    url = shop.post(ada, "checkout", tier="starter").json()["url"]
    shop.stripe.pay_checkout(url)
    shop.deliver()
    asked = len(shop.stripe.requests())
    assert process_due(shop.database, shop.gateway, now=OPENED_ON) > 4
    paths = [request["path"] for request in shop.stripe.requests()[asked:]]
    price_id = shop.gateway.price_of("carbonledger_starter_monthly").id
    assert paths == ["/v1/invoices", "/v1/subscriptions", f"/v1/prices/{price_id}", "/v1/charges"]


def test_an_event_whose_process_was_killed_is_done_by_another_later(shop: Shop, ada: Tenant) -> None:
    shop.post(ada, "checkout", tier="starter")
    put(shop, "evt_1", {"id": "in_1", "object": "invoice", "customer": shop.customer_of(ada)})
    with shop.database.worker() as connection:  # claimed, and then nothing more
        connection.execute(
            "update ops.stripe_events set attempts = 1, next_attempt_at = %s", [OPENED_ON + timedelta(minutes=10)]
        )
    assert process_due(shop.database, shop.gateway, now=OPENED_ON + timedelta(minutes=9)) == 0
    assert process_due(shop.database, shop.gateway, now=OPENED_ON + timedelta(minutes=10)) == 1
    assert event(shop, "evt_1")["state"] == "done"


def test_an_event_again_changes_nothing_and_tells_nobody(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    before = shop.rows("select * from ops.billing_period_moves"), shop.notices(ada), mirrored(shop)
    put(shop, "evt_again", {"id": "in_1", "object": "invoice", "customer": shop.customer_of(ada)})
    assert process_due(shop.database, shop.gateway, now=OPENED_ON) == 1
    assert (shop.rows("select * from ops.billing_period_moves"), shop.notices(ada), mirrored(shop)) == before


def test_the_worker_beside_the_server_does_all_of_it(shop: Shop, ada: Tenant) -> None:
    url = shop.post(ada, "checkout", tier="growth").json()["url"]
    shop.stripe.pay_checkout(url)  # no webhook arrives; its first pass is a sweep
    worker = Worker(shop.context)
    assert worker.bill() is True
    assert shop.get(ada, "subscription")["tier"]["code"] == "growth"
    assert worker.bill() is False
