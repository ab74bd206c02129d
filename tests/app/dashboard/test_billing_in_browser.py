"""Clicking through the plans in a real browser: Checkout, portal, another plan, the end of it, and taking that back."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.principal import SESSION_COOKIE
from app.billing.subscription import billing_view
from app.dashboard.billing_words import subscription_words
from core.clock import SystemClock
from core.database import Database, DatabaseUrls, create_database
from core.ids import random_token
from tests.app.dashboard.browser import new_profile
from tests.app.dashboard.till import Till, open_till, served, settings_on
from tests.app.tenants import a_tenant
from tests.conftest import _drop
from tests.stripe_process import DECLINED_CARD, FAILING_CARD, GOOD_CARD

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def till(postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    name = f"till_{random_token()[:12].lower().replace('-', '_')}"
    urls = DatabaseUrls(admin=create_database(postgres_url, name, template=template_database))
    with (
        Database(urls) as database,
        open_till(database, settings_on(urls.admin, tmp_path_factory.mktemp("till"))) as till,
    ):
        yield till
    _drop(postgres_url, name)


@pytest.fixture
def visit(till: Till, browser: Browser) -> Iterator[Visit]:
    """Opens a page as the payer's owner or as somebody else; a script that failed fails the test."""
    contexts, failures = [], []

    def open_page(path: str, *, url: str = till.url, token: str = till.payer.session_token, width: int = 1440) -> Page:
        context = new_profile(browser, width=width)
        contexts.append(context)
        context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": url}])
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert failures == []


def type_card(page: Page, number: str, *, button: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("CVC").fill("123")
    page.get_by_role("button", name=button).click()


def plan_at(page: Page, till: Till, **attributes: str) -> None:
    """The Billing page shows this once the webhooks have come, and its words are those of the database's state."""
    wanted = "".join(f'[data-{name}="{value}"]' for name, value in attributes.items())
    card = page.locator(".st-key-billing-plan")
    expect(card.locator(wanted)).to_be_visible()
    view = billing_view(till.database, till.payer.org_id)
    words = subscription_words(view.subscription, view.tier)
    expect(card).to_contain_text(words.sentence)
    expect(card.locator(".cl-badge")).to_have_text(words.label)
    expect(card.locator(".cl-figure")).to_contain_text(view.tier.name)
    period = till.row(
        "select id, state from ops.billing_periods where org_id = %s and funding = 'paid' order by lower(span) limit 1"
    )
    shown = page.locator(f"section[data-period=period_{period['id']}]")
    expect(shown).to_have_attribute("data-state", period["state"])
    expect(shown.locator(".cl-badge")).to_have_text("Running")


def tier_of(till: Till) -> str:
    return str(till.row("select tier from ops.organizations where id = %s")["tier"])


def buy_starter(page: Page, till: Till) -> None:
    """With a card that is declined, and then with a good one."""
    page.get_by_role("button", name="Choose Starter").click()
    page.wait_for_url(f"{till.stripe.url}/c/pay/*")
    type_card(page, DECLINED_CARD, button="Subscribe")
    expect(page.get_by_role("alert")).to_contain_text("declined")
    assert till.row("select count(*) as count from ops.subscriptions where org_id = %s") == {"count": 0}
    assert tier_of(till) == "free"
    type_card(page, GOOD_CARD, button="Subscribe")
    page.wait_for_url(f"{till.url}/billing?checkout=done")


def change_to_growth(page: Page, till: Till) -> None:
    page.get_by_role("button", name="Change plan").click()
    page.wait_for_url(f"{till.url}/upgrade")
    page.get_by_role("button", name="Change to Growth").click()
    expect(page.locator("[data-tier-card=growth]")).to_contain_text("your plan")
    page.get_by_role("link", name="Billing").first.click()


def save_a_card_that_fails(page: Page, till: Till) -> None:
    page.get_by_role("button", name="Cards and invoices").click()
    page.wait_for_url(f"{till.stripe.url}/p/session/*")
    type_card(page, FAILING_CARD, button="Save card")
    page.get_by_role("link", name="Return to CarbonLedger").click()
    page.wait_for_url(f"{till.url}/billing")


def test_from_free_to_paid_and_through_every_change_of_the_plan(till: Till, visit: Visit) -> None:
    page = visit("/upgrade")
    buy_starter(page, till)
    plan_at(page, till, tier="starter", subscription="active", cancels="no")
    expect(page.locator(".st-key-billing-plan .cl-badge")).to_have_text("Active")
    assert tier_of(till) == "starter"

    change_to_growth(page, till)
    plan_at(page, till, tier="growth", subscription="active", cancels="no")
    assert tier_of(till) == "growth"

    page.get_by_role("button", name="Cancel the plan").click()
    page.get_by_role("button", name="End it with this period").click()
    plan_at(page, till, tier="growth", subscription="active", cancels="yes")
    expect(page.locator(".st-key-billing-plan .cl-badge")).to_have_text("Cancelled")
    assert till.row("select cancels_at_period_end as ends from ops.subscriptions where org_id = %s") == {"ends": True}

    page.get_by_role("button", name="Resume the plan").click()
    plan_at(page, till, tier="growth", subscription="active", cancels="no")
    assert till.row("select cancels_at_period_end as ends from ops.subscriptions where org_id = %s") == {"ends": False}

    save_a_card_that_fails(page, till)
    page.get_by_role("button", name="Change plan").click()
    page.wait_for_url(f"{till.url}/upgrade")
    page.get_by_role("button", name="Change to Scale").click()
    expect(page.locator(".cl-note")).to_contain_text("Stripe waits for the payment of the change.")
    assert tier_of(till) == "growth"
    page.get_by_role("link", name="To Billing").click()
    expect(page.get_by_role("alert")).to_contain_text("An invoice is not paid.")

    page.locator("[data-period-row] a").first.click()
    page.wait_for_selector("[data-move]")
    assert {row.get_attribute("data-move") for row in page.locator("[data-move]").all()} == {"open"}


def test_the_pages_fit_a_telephone(till: Till, visit: Visit) -> None:
    page = visit("/billing", width=390)
    for path in ("/billing", "/upgrade", "/credit-pool"):
        page.goto(till.url + path)
        page.wait_for_selector(".cl h1")
        page.wait_for_function("document.documentElement.scrollWidth === 390")


def test_who_is_no_operator_finds_no_pool(till: Till, visit: Visit) -> None:
    expect(visit("/credit-pool").locator("h1")).to_have_text("Credit pool")
    other = a_tenant(till.database, "Stranger", now=SystemClock().now())
    expect(visit("/credit-pool", token=other.session_token).locator("h1")).to_have_text("There is no such page")


def test_without_a_stripe_key_plans_are_said_not_to_be_open(till: Till, visit: Visit, tmp_path: Path) -> None:
    settings = settings_on(till.database.urls.admin, tmp_path)
    with served(settings, worker=False) as url:
        page = visit("/upgrade", url=url)
        expect(page.locator(".cl-note")).to_contain_text("Paid plans are not open.")
        expect(page.get_by_role("button", name=re.compile("Choose|Change to"))).to_have_count(0)
        page.context.close()
