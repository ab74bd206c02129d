"""Checkout and portal in a real browser: a declined card, a good one, then a cancellation taken back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.app.dashboard.browser import chromium
from tests.sandbox.stripe.subscriber import Subscriber, seconds, utc
from tests.stripe_process import DECLINED_CARD, GOOD_CARD

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def test_a_declined_card_then_a_good_one_then_the_portal(page: Page, subscriber: Subscriber) -> None:
    session = subscriber.checkout(billing_cycle_anchor=seconds(utc(2026, 12, 1)))
    after = f"{subscriber.sandbox.url}/c/pay/{session.id}"
    page.goto(str(session.url))
    expect(page.get_by_role("heading", level=1)).to_have_text("Subscribe to CarbonLedger Growth")
    page.get_by_label("Card number").fill(DECLINED_CARD)
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    assert page.url == after
    assert page.get_by_label("Card number").input_value() == ""

    page.get_by_label("Card number").fill(GOOD_CARD)
    page.route("http://127.0.0.1:9/**", lambda route: route.fulfill(body="Welcome."))
    page.get_by_role("button", name="Subscribe").click()
    page.wait_for_url(f"http://127.0.0.1:9/welcome?session={session.id}")
    assert subscriber.subscription().status == "active"

    portal = subscriber.api.billing_portal.sessions.create({"customer": subscriber.customer})
    page.goto(portal.url)
    page.get_by_role("button", name="Cancel subscription").click()
    expect(page.get_by_text("Cancels on 1 December 2026.")).to_be_visible()
    page.get_by_role("button", name="Don't cancel subscription").click()
    expect(page.get_by_text("Renews on 1 December 2026.")).to_be_visible()
