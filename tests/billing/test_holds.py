"""Refunds and disputes: flags on the mirror, and the organization's hold. Scenario 25 without its periods."""

from datetime import timedelta
from typing import Any

import pytest

from billing.holds import lift_hold
from billing.stripe_events import process_due
from billing.sweep import compare_due
from tests.app.tenants import Tenant
from tests.billing.shop import OPENED_ON, Shop

pytestmark = pytest.mark.database


def paid_invoice(shop: Shop) -> str:
    return str(shop.row("select stripe_invoice_id as id from ops.invoices")["id"])


def charge_of(shop: Shop, tenant: Tenant) -> Any:
    (charge,) = shop.stripe.client.v1.charges.list({"customer": shop.customer_of(tenant)}).data
    return charge


def hold(shop: Shop) -> tuple[Any, Any]:
    row = shop.row("select held_at, hold_reason from ops.billing_accounts")
    return row["held_at"], row["hold_reason"]


def flags(shop: Shop) -> dict[str, Any]:
    return dict(shop.row("select status, refunded_cents, is_disputed from ops.invoices"))


def test_a_full_refund_holds_the_organization(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    charge = charge_of(shop, ada)
    shop.stripe.client.v1.refunds.create({"charge": charge.id})
    shop.hear()
    assert flags(shop) == {"status": "paid", "refunded_cents": charge.amount, "is_disputed": False}
    assert hold(shop) == (OPENED_ON, f"refund:{paid_invoice(shop)}")
    assert shop.get(ada, "subscription")["is_on_hold"] is True
    assert shop.alerts() == [f"hold:refund:{paid_invoice(shop)}"]


def test_a_part_that_is_refunded_holds_nothing(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    shop.stripe.client.v1.refunds.create({"charge": charge_of(shop, ada).id, "amount": 100})
    shop.hear()
    assert flags(shop) == {"status": "paid", "refunded_cents": 100, "is_disputed": False}
    assert hold(shop) == (None, None)


@pytest.mark.parametrize(("verdict", "is_held"), [("won", False), ("lost", True)])
def test_a_dispute_holds_until_it_is_won(shop: Shop, ada: Tenant, verdict: str, is_held: bool) -> None:
    shop.buy(ada)
    dispute = shop.stripe.dispute(charge=charge_of(shop, ada).id)
    shop.hear()
    assert flags(shop)["is_disputed"] is True
    assert hold(shop) == (OPENED_ON, f"dispute:{paid_invoice(shop)}")
    shop.stripe.dispute(dispute=dispute["id"], status=verdict)
    shop.hear()
    assert flags(shop)["is_disputed"] is is_held
    assert (hold(shop) != (None, None)) is is_held


def test_a_dispute_that_is_won_lifts_its_own_hold_only(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    charge = charge_of(shop, ada)
    dispute = shop.stripe.dispute(charge=charge.id)
    shop.hear()
    with shop.database.worker() as connection:  # an earlier invoice was refunded
        connection.execute("update ops.billing_accounts set hold_reason = 'refund:in_0 ' || hold_reason")
    shop.go_to(OPENED_ON + timedelta(days=1))
    shop.stripe.dispute(dispute=dispute["id"], status="won")
    shop.hear()
    assert hold(shop) == (OPENED_ON, "refund:in_0")


def test_a_hold_that_an_operator_lifted_stays_lifted(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    shop.stripe.client.v1.refunds.create({"charge": charge_of(shop, ada).id})
    shop.hear()
    with shop.database.worker() as connection:
        assert lift_hold(connection, org_id=ada.org_id) is True
        assert lift_hold(connection, org_id=ada.org_id) is False
    shop.stripe.redeliver()
    process_due(shop.database, shop.gateway, now=OPENED_ON)
    assert compare_due(shop.database, shop.gateway, now=OPENED_ON) == 0
    assert hold(shop) == (None, None)
