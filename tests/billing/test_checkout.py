"""The upgrade, from the click to the tier, and the edges of a month."""

from datetime import datetime, timedelta

import pytest

from tests.app.tenants import PUBLIC_URL, Tenant
from tests.billing.shop import OPENED_ON, Shop
from tests.stripe_process import DECLINED_CARD

pytestmark = pytest.mark.database


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def test_scenario_1_checkout_with_a_good_card(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    billing = shop.get(ada, "subscription")
    assert billing["tier"]["code"] == "starter"
    assert billing["subscription"] == {
        "status": "active",
        "tier": "starter",
        "interval": "monthly",
        "started_at": "2026-11-10T09:00:00Z",
        "current_period_started_at": "2026-11-10T09:00:00Z",
        "current_period_ended_at": "2026-12-01T00:00:00Z",
        "trial_ended_at": None,
        "cancels_at": None,
        "ended_at": None,
        "is_collection_paused": False,
    }
    assert shop.periods(ada) == [
        ("free", "open", " to 2026-11-10 09:00"),
        ("paid", "open", "2026-11-10 09:00 to 2026-12-01 00:00"),
        ("free", "open", "2026-12-01 00:00 to "),
    ]


def test_what_is_paid_first_is_the_part_of_the_month(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    invoice = shop.row("select status, total_cents, amount_paid_cents, billing_reason from ops.invoices")
    month, part = timedelta(days=30), at("2026-12-01T00:00:00") - OPENED_ON
    cents = round(2_900 * part / month)  # the sandbox's and Stripe's own arithmetic, to the cent
    assert invoice == {
        "status": "paid",
        "total_cents": cents,
        "amount_paid_cents": cents,
        "billing_reason": "subscription_create",
    }
    line = shop.row("select lower(span) as start, upper(span) as end, price_lookup_key from ops.invoice_lines")
    assert line == {
        "start": OPENED_ON,
        "end": at("2026-12-01T00:00:00"),
        "price_lookup_key": "carbonledger_starter_monthly",
    }


def test_scenario_2_checkout_with_a_declined_card(shop: Shop, ada: Tenant) -> None:
    url = shop.post(ada, "checkout", tier="starter").json()["url"]
    page = shop.stripe.pay_checkout(url, DECLINED_CARD)
    assert page.status_code == 402
    assert 'role="alert"' in page.text
    shop.hear()
    assert shop.get(ada, "subscription")["subscription"] is None
    assert shop.get(ada, "subscription")["tier"]["code"] == "free"
    assert shop.rows("select 1 from ops.subscriptions") == []
    assert shop.post(ada, "checkout", tier="starter").json()["url"] == url  # still open, so it is the same page


def test_the_page_leads_back_to_the_billing_page(shop: Shop, ada: Tenant) -> None:
    url = shop.post(ada, "checkout", tier="growth").json()["url"]
    assert shop.stripe.pay_checkout(url).headers["location"] == f"{PUBLIC_URL}/billing?checkout=done"


def test_the_customer_is_stored_before_the_page_is_made(shop: Shop, ada: Tenant) -> None:
    """Else an invoice's event could come first, and belong to nobody."""
    shop.stripe.fail_next(method="POST", path="/v1/checkout/sessions", when="before", status=400, times=9)
    assert shop.post(ada, "checkout", tier="starter").status_code == 502
    customer = shop.stripe.client.v1.customers.retrieve(shop.customer_of(ada))
    assert (customer.name, customer.email) == ("Ada", "ada@example.com")


def test_a_customer_whose_id_was_lost_is_found_again(shop: Shop, ada: Tenant) -> None:
    """A crash after Stripe made it and before we stored it, longer ago than Stripe keeps idempotency keys."""
    shop.post(ada, "checkout", tier="starter")
    first = shop.customer_of(ada)
    with shop.database.owner() as connection:
        connection.execute("delete from ops.billing_accounts")
    shop.go_to(OPENED_ON + timedelta(days=2))
    shop.post(ada, "checkout", tier="starter")
    assert shop.customer_of(ada) == first
    assert len(shop.stripe.client.v1.customers.list().data) == 1


def test_another_choice_closes_the_page_that_was_open(shop: Shop, ada: Tenant) -> None:
    first = shop.post(ada, "checkout", tier="starter").json()["url"]
    second = shop.post(ada, "checkout", tier="growth").json()["url"]
    assert second != first
    assert shop.stripe.pay_checkout(first).status_code == 410
    assert shop.stripe.pay_checkout(second).status_code == 303


def test_after_a_page_has_expired_a_new_one_is_made(shop: Shop, ada: Tenant) -> None:
    first = shop.post(ada, "checkout", tier="starter").json()["url"]
    shop.go_to(OPENED_ON + timedelta(hours=25))
    second = shop.post(ada, "checkout", tier="starter").json()["url"]
    assert second != first
    assert shop.stripe.pay_checkout(second).status_code == 303


def test_the_year_is_anchored_to_the_first_as_well(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada, tier="growth", interval="annual")
    subscription = shop.get(ada, "subscription")["subscription"]
    assert subscription["interval"] == "annual"
    assert subscription["current_period_ended_at"] == "2026-12-01T00:00:00Z"
    shop.go_to(at("2026-12-01T02:00:00"))
    shop.hear()
    assert shop.get(ada, "subscription")["subscription"]["current_period_ended_at"] == "2027-12-01T00:00:00Z"


def test_scenario_27_a_second_subscription_is_refused(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    answer = shop.post(ada, "checkout", tier="growth")
    assert (answer.status_code, answer.json()["code"]) == (409, "already-subscribed")


def test_an_upgrade_in_the_last_second_of_a_month(shop: Shop, ada: Tenant) -> None:
    shop.go_to(at("2026-11-30T23:59:59"))
    shop.buy(ada)
    assert shop.periods(ada)[1] == ("paid", "open", "2026-11-30 23:59 to 2026-12-01 00:00")
    shop.go_to(at("2026-12-01T02:00:00"))
    shop.hear()
    assert shop.periods(ada)[2] == ("paid", "open", "2026-12-01 00:00 to 2027-01-01 00:00")


def test_a_checkout_that_is_paid_after_its_anchor_has_passed(shop: Shop, ada: Tenant) -> None:
    """Stripe then charges the whole period that began with the anchor."""
    shop.go_to(at("2026-11-30T23:50:00"))
    url = shop.post(ada, "checkout", tier="starter").json()["url"]
    shop.go_to(at("2026-12-01T00:10:00"))
    assert shop.stripe.pay_checkout(url).status_code == 303
    shop.hear()
    assert shop.periods(ada) == [
        ("free", "open", " to 2026-12-01 00:00"),
        ("paid", "open", "2026-12-01 00:00 to 2027-01-01 00:00"),
        ("free", "open", "2027-01-01 00:00 to "),
    ]
    assert shop.row("select total_cents from ops.invoices")["total_cents"] == 2_900


def test_who_came_back_after_the_end_buys_anew(shop: Shop, ada: Tenant) -> None:
    first = shop.buy(ada)
    shop.stripe.client.v1.subscriptions.cancel(first)
    shop.hear()
    assert shop.get(ada, "subscription")["tier"]["code"] == "free"
    shop.go_to(OPENED_ON + timedelta(hours=1))
    url = shop.post(ada, "checkout", tier="growth").json()["url"]
    assert shop.stripe.pay_checkout(url).status_code == 303
    shop.hear()
    assert shop.get(ada, "subscription")["tier"]["code"] == "growth"
