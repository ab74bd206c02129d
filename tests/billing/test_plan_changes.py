"""A running subscription: another tier, its end, and a second one beside it. Scenarios 8, 9 and 27."""

from datetime import datetime, timedelta

import pytest

from tests.app.tenants import Tenant
from tests.billing.shop import OPENED_ON, Shop

pytestmark = pytest.mark.database

DECEMBER = datetime.fromisoformat("2026-12-01T02:00:00+00:00")


def test_scenario_9_an_upgrade_in_mid_month_with_a_good_card(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    spans = shop.periods(ada)
    shop.go_to(OPENED_ON + timedelta(days=5))
    answer = shop.post(ada, "plan", tier="scale")
    assert answer.json() == {
        "tier": "scale",
        "status": "active",
        "is_waiting_for_payment": False,
        "cancels_at": None,
        "current_period_ended_at": "2026-12-01T00:00:00Z",
    }
    shop.hear()
    assert shop.get(ada, "subscription")["tier"]["code"] == "scale"
    assert shop.periods(ada) == spans
    invoice = shop.row("select status, billing_reason, total_cents from ops.invoices order by created_at desc limit 1")
    assert (invoice["status"], invoice["billing_reason"]) == ("paid", "subscription_update")
    assert invoice["total_cents"] > 0  # paid at once, not with the next month's


def test_scenario_9_an_upgrade_in_mid_month_with_a_bad_card(shop: Shop, ada: Tenant) -> None:
    subscription_id = shop.buy(ada)
    before = shop.periods(ada), shop.rows("select * from ops.billing_period_moves")
    shop.use_card(ada, subscription_id, "tok_chargeCustomerFail")
    answer = shop.post(ada, "plan", tier="scale")
    assert (answer.status_code, answer.json()["tier"], answer.json()["is_waiting_for_payment"]) == (
        200,
        "starter",
        True,
    )
    shop.hear()
    assert shop.get(ada, "subscription")["tier"]["code"] == "starter"
    assert (shop.periods(ada), shop.rows("select * from ops.billing_period_moves")) == before
    (unpaid,) = shop.get(ada, "subscription")["unpaid_invoices"]
    assert unpaid["attempt_count"] == 1
    again = shop.post(ada, "plan", tier="growth")
    assert (again.status_code, again.json()["code"]) == (409, "plan-change-pending")


def test_a_change_there_and_back_within_a_day_is_two_changes(shop: Shop, ada: Tenant) -> None:
    """Both have the same price and subscription as the first time, so those alone must not make the key."""
    shop.buy(ada)
    for tier in ("growth", "starter", "growth"):
        shop.go_to(shop.clock.now() + timedelta(hours=1))
        assert shop.post(ada, "plan", tier=tier).json()["tier"] == tier
    shop.hear()
    assert shop.get(ada, "subscription")["tier"]["code"] == "growth"


def test_the_tier_that_one_has_already_costs_nothing(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    assert shop.post(ada, "plan", tier="starter").json()["tier"] == "starter"
    shop.hear()
    assert len(shop.rows("select 1 from ops.invoices")) == 1


def test_a_year_stays_a_year(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada, interval="annual")
    shop.post(ada, "plan", tier="growth")
    shop.hear()
    assert shop.get(ada, "subscription")["subscription"]["interval"] == "annual"


def test_scenario_8_cancel_at_period_end(shop: Shop, ada: Tenant) -> None:
    subscription_id = shop.buy(ada)
    assert shop.post(ada, "cancel").json()["cancels_at"] == "2026-12-01T00:00:00Z"
    assert shop.post(ada, "cancel").json()["cancels_at"] == "2026-12-01T00:00:00Z"  # again, as an impatient click does
    shop.hear()
    assert shop.get(ada, "subscription")["subscription"]["cancels_at"] == "2026-12-01T00:00:00Z"
    assert shop.get(ada, "subscription")["tier"]["code"] == "starter"
    shop.go_to(DECEMBER)
    shop.hear()
    subscription = shop.get(ada, "subscription")["subscription"]
    assert (subscription["status"], subscription["ended_at"]) == ("canceled", "2026-12-01T00:00:00Z")
    assert shop.get(ada, "subscription")["tier"]["code"] == "free"
    assert len(shop.rows("select 1 from ops.invoices")) == 1  # no renewal
    assert [period[0] for period in shop.periods(ada)] == ["free", "paid", "free"]
    assert shop.notices(ada) == [f"subscription-ended:{subscription_id}"]


def test_a_cancellation_is_taken_back(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    shop.post(ada, "cancel")
    assert shop.post(ada, "resume").json()["cancels_at"] is None
    assert shop.post(ada, "cancel").json()["cancels_at"] is not None  # within a day, and not the reply of the first
    assert shop.post(ada, "resume").json()["cancels_at"] is None
    shop.go_to(DECEMBER)
    shop.hear()
    assert shop.get(ada, "subscription")["subscription"]["status"] == "active"


@pytest.mark.parametrize("act", ["cancel", "resume", "portal", "plan"])
def test_who_has_no_subscription_is_told_so(shop: Shop, ada: Tenant, act: str) -> None:
    body = {"tier": "growth"} if act == "plan" else {}
    answer = shop.post(ada, act, **body)
    assert (answer.status_code, answer.json()["code"]) == (409, "not-subscribed")


def test_the_portal_is_the_customers_own(shop: Shop, ada: Tenant) -> None:
    subscription_id = shop.buy(ada)
    url = shop.post(ada, "portal").json()["url"]
    page = shop.stripe.http.get(url)
    assert page.status_code == 200
    assert subscription_id in page.text or "Starter" in page.text
    assert shop.post(ada, "portal").json()["url"] != url  # each visit has its own


def test_scenario_27_a_second_subscription_made_past_us_opens_nothing(shop: Shop, ada: Tenant) -> None:
    first = shop.buy(ada)
    before = shop.periods(ada)
    shop.go_to(OPENED_ON + timedelta(days=1))
    second = shop.subscribe_at_stripe(ada, price_id=shop.gateway.price_of("carbonledger_scale_monthly").id)
    shop.hear()
    assert shop.periods(ada) == before
    assert [row["id"] for row in shop.rows("select stripe_subscription_id as id from ops.subscriptions")] == [first]
    assert shop.get(ada, "subscription")["tier"]["code"] == "starter"
    assert shop.alerts() == [f"second-subscription:{second}"]
    # Also when the first one has ended: what it cost is to be refunded, not to be used.
    shop.go_to(OPENED_ON + timedelta(days=2))
    shop.stripe.client.v1.subscriptions.cancel(first)
    shop.hear()
    assert shop.get(ada, "subscription")["tier"]["code"] == "free"


def test_a_trial_grants_its_tier_and_is_no_paid_period(shop: Shop, ada: Tenant) -> None:
    shop.post(ada, "checkout", tier="starter")
    client = shop.stripe.client.v1
    price = shop.gateway.price_of("carbonledger_starter_trial")
    client.subscriptions.create(
        {"customer": shop.customer_of(ada), "items": [{"price": price.id}], "trial_period_days": 14}
    )
    shop.hear()
    assert shop.get(ada, "subscription")["tier"]["code"] == "starter"
    assert shop.get(ada, "subscription")["subscription"]["trial_ended_at"] == "2026-11-24T09:00:00Z"
    assert [period[0] for period in shop.periods(ada)] == ["free", "trial", "free"]


def test_scenario_14_a_first_payment_that_never_came_is_no_subscription(shop: Shop, ada: Tenant) -> None:
    shop.post(ada, "checkout", tier="starter")
    client = shop.stripe.client.v1
    price = shop.gateway.price_of("carbonledger_starter_monthly")
    client.subscriptions.create(
        {"customer": shop.customer_of(ada), "items": [{"price": price.id}], "payment_behavior": "default_incomplete"}
    )
    shop.go_to(OPENED_ON + timedelta(hours=24))
    shop.hear()
    assert shop.get(ada, "subscription")["subscription"] is None
    assert [period[0] for period in shop.periods(ada)] == ["free"]
    assert shop.notices(ada) == []
