"""What a subscription's life does to its periods, over HTTP with shuffled and doubled webhooks; named after the list of
scenarios. What their closes then retire is tested with the closes."""

from datetime import datetime, timedelta

import pytest

from billing.periods import open_due_months
from tests.app.tenants import Tenant
from tests.billing.shop import OPENED_ON, Shop

pytestmark = pytest.mark.database

NOVEMBER = ("paid", "open", "2026-11-10 09:00 to 2026-12-01 00:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def invoices(shop: Shop) -> list[tuple[str, str]]:
    found = shop.rows("select billing_reason, status from ops.invoices order by created_at, stripe_invoice_id")
    return [(row["billing_reason"], row["status"]) for row in found]


def test_scenario_5_a_renewal_fails(shop: Shop, ada: Tenant) -> None:
    subscription_id = shop.buy(ada)
    shop.use_card(ada, subscription_id, "tok_chargeCustomerFail")
    shop.go_to(at("2026-12-01T02:00:00"))
    shop.hear()
    assert shop.periods(ada)[1:3] == [NOVEMBER, ("paid", "failed", "2026-12-01 00:00 to 2027-01-01 00:00")]
    assert [key.partition(":")[0] for key in shop.notices(ada)] == ["payment_failed"]
    assert shop.get(ada, "subscription")["tier"]["code"] == "starter"  # while Stripe goes on trying


def test_scenario_6_a_retry_succeeds(shop: Shop, ada: Tenant) -> None:
    subscription_id = shop.buy(ada)
    good = shop.use_card(ada, subscription_id, "tok_chargeCustomerFail")
    shop.go_to(at("2026-12-01T02:00:00"))
    shop.hear()
    shop.stripe.client.v1.subscriptions.update(subscription_id, {"default_payment_method": good})
    shop.go_to(at("2026-12-05T00:00:00"))
    shop.hear()
    assert shop.periods(ada)[2] == ("paid", "open", "2026-12-01 00:00 to 2027-01-01 00:00")
    assert [key.partition(":")[0] for key in shop.notices(ada)] == ["payment_failed", "payment_recovered"]


def test_scenario_7_retries_are_exhausted_and_it_is_paid_by_hand_later(shop: Shop, ada: Tenant) -> None:
    subscription_id = shop.buy(ada)
    good = shop.use_card(ada, subscription_id, "tok_chargeCustomerFail")
    for instant in (at("2026-12-01T02:00:00"), at("2026-12-05T00:00:00"), at("2026-12-17T00:00:00")):
        shop.go_to(instant)
        shop.hear()
    subscription = shop.get(ada, "subscription")["subscription"]
    assert subscription["status"] == "canceled"
    ended_at = at(subscription["ended_at"].removesuffix("Z"))
    cut = f"2026-12-01 00:00 to {ended_at:%Y-%m-%d %H:%M}"
    assert shop.periods(ada)[2:] == [("paid", "failed", cut), ("free", "open", f"{ended_at:%Y-%m-%d %H:%M} to ")]
    invoice_id = shop.row("select stripe_invoice_id as id from ops.invoices where status <> 'paid'")["id"]
    shop.go_to(ended_at + timedelta(days=9))
    shop.stripe.client.v1.invoices.pay(invoice_id, {"payment_method": good})
    shop.hear()
    assert shop.periods(ada)[2] == ("paid", "reconciling", cut)
    paid_at = shop.row("select paid_at from ops.invoices where stripe_invoice_id = %s", invoice_id)["paid_at"]
    assert shop.row("select close_at from ops.billing_periods where state = 'reconciling'") == {
        "close_at": paid_at + timedelta(hours=48)
    }


def test_scenario_10_monthly_to_annual_in_mid_month(shop: Shop, ada: Tenant) -> None:
    """Without the anchor: Stripe begins the year at the change."""
    shop.post(ada, "checkout", tier="starter")
    shop.go_to(at("2026-11-10T09:00:00"))
    subscription_id = shop.subscribe_at_stripe(ada, price_id=shop.gateway.price_of("carbonledger_starter_monthly").id)
    shop.hear()
    assert shop.periods(ada)[1] == ("paid", "open", "2026-11-10 09:00 to 2026-12-10 09:00")
    shop.go_to(at("2026-11-20T09:00:00"))
    client = shop.stripe.client.v1
    item = client.subscriptions.retrieve(subscription_id)["items"].data[0].id
    annual = shop.gateway.price_of("carbonledger_starter_annual").id
    client.subscriptions.update(
        subscription_id, {"items": [{"id": item, "price": annual}], "proration_behavior": "always_invoice"}
    )
    shop.hear()
    assert shop.periods(ada)[1:3] == [
        ("paid", "open", "2026-11-10 09:00 to 2026-11-20 09:00"),
        ("paid", "open", "2026-11-20 09:00 to 2026-12-20 09:00"),
    ]
    assert shop.get(ada, "subscription")["subscription"]["interval"] == "annual"


def test_scenario_11_a_year_has_twelve_months_and_one_invoice(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada, interval="annual")
    shop.go_to(at("2026-12-01T02:00:00"))
    shop.hear()
    for month in ("2027-01-01", "2027-02-01", "2027-03-01"):
        shop.go_to(at(f"{month}T02:00:00"))
        assert open_due_months(shop.database, now=shop.clock.now()) == 1
    assert [span for funding, _, span in shop.periods(ada) if funding == "paid"][1:4] == [
        "2026-12-01 00:00 to 2027-01-01 00:00",
        "2027-01-01 00:00 to 2027-02-01 00:00",
        "2027-02-01 00:00 to 2027-03-01 00:00",
    ]
    assert invoices(shop) == [("subscription_create", "paid"), ("subscription_cycle", "paid")]


def test_scenario_12_a_trial_then_the_first_paid_period(shop: Shop, ada: Tenant) -> None:
    shop.post(ada, "checkout", tier="starter")
    price = shop.gateway.price_of("carbonledger_starter_trial")
    subscription_id = shop.subscribe_at_stripe(ada, price_id=price.id, trial_period_days=14)
    shop.hear()
    assert [period[0] for period in shop.periods(ada)] == ["free", "trial", "free"]
    shop.go_to(at("2026-11-24T12:00:00"))
    shop.hear()
    assert [(funding, span) for funding, _, span in shop.periods(ada)] == [
        ("free", " to 2026-11-10 09:00"),
        ("trial", "2026-11-10 09:00 to 2026-11-24 09:00"),
        ("paid", "2026-11-24 09:00 to 2026-12-24 09:00"),
        ("free", "2026-12-24 09:00 to "),
    ]
    assert shop.stripe.client.v1.subscriptions.retrieve(subscription_id).status == "active"


def test_scenario_13_paused_collection_pays_for_nothing(shop: Shop, ada: Tenant) -> None:
    subscription_id = shop.buy(ada)
    shop.stripe.client.v1.subscriptions.update(subscription_id, {"pause_collection": {"behavior": "void"}})
    shop.go_to(at("2026-12-01T02:00:00"))
    shop.hear()
    assert shop.get(ada, "subscription")["subscription"]["is_collection_paused"] is True
    assert invoices(shop)[-1] == ("subscription_cycle", "void")
    assert shop.periods(ada)[2][:2] == ("paid", "failed")
    assert shop.row("select failure from ops.billing_periods where state = 'failed'") == {"failure": "void"}


def test_scenario_26_months_from_the_last_of_january(shop: Shop, ada: Tenant) -> None:
    """Without the anchor, months end where the calendar has no thirty-first."""
    shop.post(ada, "checkout", tier="starter")
    shop.go_to(at("2027-01-31T10:00:00"))
    shop.subscribe_at_stripe(ada, price_id=shop.gateway.price_of("carbonledger_starter_monthly").id)
    for instant in ("2027-02-28T12:00:00", "2027-03-31T12:00:00"):
        shop.go_to(at(instant))
        shop.hear()
    assert [span for funding, _, span in shop.periods(ada) if funding == "paid"] == [
        "2027-01-31 10:00 to 2027-02-28 10:00",
        "2027-02-28 10:00 to 2027-03-31 10:00",
        "2027-03-31 10:00 to 2027-04-30 10:00",
    ]


@pytest.mark.parametrize("order", ["created", "reverse", "shuffle"])
def test_whatever_the_order_a_life_leaves_the_same_periods(shop: Shop, ada: Tenant, order: str) -> None:
    """Bought, failed, recovered, upgraded and cancelled, and not one webhook until the end."""
    url = shop.post(ada, "checkout", tier="starter").json()["url"]
    shop.stripe.pay_checkout(url)
    client = shop.stripe.client.v1
    subscription_id = client.subscriptions.list({"customer": shop.customer_of(ada)}).data[0].id
    good = shop.use_card(ada, subscription_id, "tok_chargeCustomerFail")
    shop.go_to(at("2026-12-01T02:00:00"))
    client.subscriptions.update(subscription_id, {"default_payment_method": good})
    shop.go_to(at("2026-12-05T00:00:00"))
    shop.post(ada, "plan", tier="growth")
    shop.post(ada, "cancel")
    shop.go_to(at("2027-01-01T02:00:00"))
    shop.hear(order)  # type: ignore[arg-type] # one of the three
    assert [(funding, span) for funding, _, span in shop.periods(ada)] == [
        ("free", " to 2026-11-10 09:00"),
        ("paid", "2026-11-10 09:00 to 2026-12-01 00:00"),
        ("paid", "2026-12-01 00:00 to 2027-01-01 00:00"),
        ("free", "2027-01-01 00:00 to "),
    ]
    assert {state for funding, state, _ in shop.periods(ada) if funding == "paid"} <= {"open", "reconciling"}
    assert shop.get(ada, "subscription")["tier"]["code"] == "free"
    assert [key.partition(":")[0] for key in shop.notices(ada)] == ["subscription-ended"]


def test_nothing_of_a_card_is_kept(shop: Shop, ada: Tenant) -> None:
    """The number is typed at Stripe; what comes to us are four digits in an event's body at most."""
    shop.buy(ada)
    with shop.database.owner() as connection:
        tables = connection.execute(
            "select format('%I.%I', table_schema, table_name) as name from information_schema.tables"
            " where table_schema = 'ops' and table_type = 'BASE TABLE'"
        ).fetchall()
        kept = "".join(
            str(connection.execute(f"select * from {table['name']}".encode()).fetchall()) for table in tables
        )
    assert OPENED_ON.strftime("%Y") in kept
    assert "4242424242424242" not in kept
    assert "4242 4242" not in kept
