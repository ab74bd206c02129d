"""Deleting an organization that buys, has bought, or has not paid: what Stripe says of it before and after."""

from datetime import datetime, timedelta

import httpx
import pytest

from billing.close import close_due
from core.erasure import erase
from tests.app.tenants import PASSWORD, Tenant
from tests.billing.shop import Shop

pytestmark = pytest.mark.database

DECEMBER = datetime.fromisoformat("2026-12-01T02:00:00+00:00")


def delete(shop: Shop, tenant: Tenant) -> httpx.Response:
    body = {"name": "Ada", "password": PASSWORD.get_secret_value()}
    return shop.api.request("DELETE", "/v1/organization", json=body, headers=tenant.by_cookie)


def test_a_page_that_is_open_can_no_longer_be_paid(shop: Shop, ada: Tenant) -> None:
    shop.post(ada, "checkout", tier="starter")
    assert delete(shop, ada).status_code == 202
    sessions = shop.stripe.client.v1.checkout.sessions.list({"customer": shop.customer_of(ada)}).data
    assert [session.status for session in sessions] == ["expired"]


def test_what_was_bought_a_moment_ago_is_no_less_paid_for(shop: Shop, ada: Tenant) -> None:
    assert shop.stripe.pay_checkout(shop.post(ada, "checkout", tier="starter").json()["url"]).status_code == 303
    refused = delete(shop, ada)  # no webhook has come yet
    assert (refused.status_code, refused.json()["detail"]) == (
        409, "A plan is being bought: wait until it is on the billing page and cancel it, or for a day.",
    )  # fmt: skip
    shop.hear()
    assert delete(shop, ada).json()["detail"].startswith("There is a paid plan, which runs until 2026-12-01: cancel it")


def test_what_is_not_paid_keeps_nobody_and_what_stripe_sends_later_is_not_kept(shop: Shop, ada: Tenant) -> None:
    shop.buy(ada)
    shop.post(ada, "cancel")
    (charge,) = shop.stripe.client.v1.charges.list({"customer": shop.customer_of(ada)}).data
    shop.go_to(DECEMBER)
    shop.hear()
    close_due(shop.database, clock=shop.clock, policy=shop.context.settings.credits_policy)
    assert delete(shop, ada).json()["detail"] == (
        "A billing period is not closed yet, which is due from 2026-12-03 on: wait until it is."
    )
    dispute = shop.stripe.dispute(charge=charge.id)
    shop.hear()
    shop.go_to(DECEMBER + timedelta(days=2))
    close_due(shop.database, clock=shop.clock, policy=shop.context.settings.credits_policy)
    assert ("paid", "failed", "2026-11-10 09:00 to 2026-12-01 00:00") in shop.periods(ada)
    assert delete(shop, ada).status_code == 202
    assert erase(shop.database, shop.context.secrets, org_id=ada.org_id, now=DECEMBER)
    assert kept(shop) == ({None}, {b""})

    shop.stripe.dispute(dispute=dispute["id"], status="lost")
    assert shop.hear() == 1
    assert kept(shop) == ({None}, {b""})


def kept(shop: Shop) -> tuple[set[str | None], set[bytes]]:
    """Links to invoices, and bodies of events."""
    links = shop.rows("select hosted_invoice_url as link from ops.invoices")
    bodies = shop.rows("select body from ops.stripe_events")
    return {row["link"] for row in links}, {bytes(row["body"]) for row in bodies}
