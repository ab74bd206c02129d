"""The customer portal, by posting its forms."""

from typing import Any

import httpx
import pytest

from tests.sandbox.stripe.subscriber import Subscriber, item_of, seconds, utc
from tests.stripe_process import DECLINED_CARD, FAILING_CARD, GOOD_CARD, StripeSandbox


class Portal:
    def __init__(self, subscriber: Subscriber, **wishes: Any) -> None:
        self.subscriber, self.http = subscriber, subscriber.sandbox.http
        wish: Any = {"customer": subscriber.customer, "return_url": "http://127.0.0.1:9/billing", **wishes}
        session = subscriber.api.billing_portal.sessions.create(wish)
        self.url = session.url

    def page(self) -> str:
        return self.http.get(self.url).raise_for_status().text

    def do(self, act: str, **fields: str) -> httpx.Response:
        named = {"subscription": self.subscriber.subscription().id}
        return self.http.post(f"{self.url}/{act}", data=named | fields)


@pytest.fixture
def portal(subscriber: Subscriber) -> Portal:
    subscriber.subscribe("carbonledger_starter_monthly")
    return Portal(subscriber)


def test_the_page_says_plan_period_and_card(portal: Portal) -> None:
    text = portal.page()
    for words in (
        "CarbonLedger Starter, $29.00 per month, active",
        "Renews on 10 December 2026.",
        "visa ending in 4242",
        "10 November 2026: $29.00, paid",
    ):
        assert words in text


def test_cancel_and_keep(portal: Portal) -> None:
    assert portal.do("cancel").status_code == 303
    assert "Cancels on 10 December 2026." in portal.page()
    assert portal.subscriber.subscription().cancel_at == seconds(utc(2026, 12, 10, 12))
    portal.do("keep")
    assert portal.subscriber.subscription().cancel_at is None


def test_a_configuration_can_cancel_at_once_and_limit_the_plans(subscriber: Subscriber) -> None:
    subscriber.subscribe("carbonledger_starter_monthly")
    growth = subscriber.sandbox.price("carbonledger_growth_monthly")
    features: Any = {
        "subscription_cancel": {"enabled": True, "mode": "immediately"},
        "subscription_update": {
            "enabled": True,
            "default_allowed_updates": ["price"],
            "proration_behavior": "always_invoice",
            "products": [{"product": growth.product, "prices": [growth.id]}],
        },
    }
    configuration = subscriber.api.billing_portal.configurations.create({"features": features})
    portal = Portal(subscriber, configuration=configuration.id)
    assert portal.page().count("<option") == 1
    refused = portal.do("plan", price=subscriber.sandbox.price("carbonledger_scale_monthly").id)
    assert (refused.status_code, "not offered" in refused.text) == (402, True)
    portal.do("cancel")
    assert subscriber.subscription().status == "canceled"


def test_a_plan_is_changed_and_billed_at_once(portal: Portal) -> None:
    growth = portal.subscriber.sandbox.price("carbonledger_growth_monthly").id
    assert portal.do("plan", price=growth).status_code == 303
    assert item_of(portal.subscriber.subscription()).price.id == growth
    assert portal.subscriber.invoices()[1].total == 7_000


def test_a_plan_that_is_not_paid_does_not_change_until_its_invoice_is(portal: Portal) -> None:
    portal.subscriber.use_card(FAILING_CARD)
    growth = portal.subscriber.sandbox.price("carbonledger_growth_monthly").id
    refused = portal.do("plan", price=growth)
    assert (refused.status_code, "Your card was declined." in refused.text) == (402, True)
    assert item_of(portal.subscriber.subscription()).price.lookup_key == "carbonledger_starter_monthly"
    portal.do("card", cardNumber=GOOD_CARD)
    portal.do("pay", invoice=portal.subscriber.invoices()[1].id)
    assert item_of(portal.subscriber.subscription()).price.id == growth


def test_a_new_card_takes_the_place_of_the_one_that_failed(subscriber: Subscriber) -> None:
    own = subscriber.use_card(FAILING_CARD)
    subscriber.use_card(GOOD_CARD)
    subscriber.subscribe()
    subscriber.change(default_payment_method=own)
    subscriber.advance(utc(2026, 12, 11))
    portal = Portal(subscriber)
    assert "past due" in portal.page()
    declined = portal.do("card", cardNumber=DECLINED_CARD)
    assert (declined.status_code, "Your card was declined." in declined.text) == (402, True)
    portal.do("card", cardNumber=GOOD_CARD)
    paid = portal.do("pay", invoice=subscriber.invoices()[1].id)
    assert (paid.status_code, subscriber.subscription().status) == (303, "active")


def test_nobody_elses_subscription_is_touched(portal: Portal, sandbox: StripeSandbox) -> None:
    other = Subscriber(sandbox)
    other.subscribe()
    refused = portal.do("cancel", subscription=other.subscription().id)
    assert refused.status_code == 402
    assert not other.subscription().cancel_at_period_end


def test_an_unknown_address_shows_nothing(sandbox: StripeSandbox) -> None:
    assert sandbox.http.get("/p/session/bps_0").status_code == 404
