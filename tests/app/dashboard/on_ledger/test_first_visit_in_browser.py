"""A newcomer's way in one walk: sign up, connect a key, watch the sync, read, filter and export the numbers; then the
provider revokes the key, the pages say so, and with a good key the numbers go on.
"""

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ingestion.poll import poll_sync_request
from ingestion.sync_requests import claim_sync_request, finish_sync, mark_building
from tests.app.dashboard.browser import new_profile
from tests.app.dashboard.ledger import NEWCOMERS_KEYS, Ledger
from tests.app.dashboard.projects_on_screen import choose, models_of, shown_models, shown_totals, totals_of
from tests.ingestion.world import PATIENCE
from warehouse.build import build

pytestmark = pytest.mark.browser

FIRST_KEY, SECOND_KEY = NEWCOMERS_KEYS
NAME = "Newcomers' production"


@pytest.fixture
def page(ledger: Ledger, browser: Browser) -> Iterator[Page]:
    """Of somebody who has never been here. A script that failed fails the test."""
    context = new_profile(browser)
    page, failures = context.new_page(), list[str]()
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    context.close()
    assert failures == []


def card_on(page: Page) -> Locator:
    """The connection, on its page."""
    return page.locator("[data-connection]")


def asked(page: Page, path: str, **parameters: str | float | bool) -> dict[str, Any]:
    """The API's answer to the person in the browser."""
    answer = page.context.request.get(path, params=parameters)
    assert answer.ok, answer.text()
    found: dict[str, Any] = answer.json()
    return found


def assert_shown(page: Page, ledger: Ledger, **filters: str) -> dict[str, Any]:
    """The page has the API's numbers for these filters, all of them. The totals."""
    answer = asked(page, f"{ledger.url}/v1/telemetry/summary", group_by="provider,model", **filters)
    expect(page.locator("[data-figure=co2e] .cl-total [data-exact]")).to_have_attribute(
        "data-exact", answer["totals"]["co2e_grams"]["central"]
    )
    assert shown_totals(page) == totals_of(answer)
    assert shown_models(page) == models_of(answer)
    totals: dict[str, Any] = answer["totals"]
    return totals


def sync_step_by_step(ledger: Ledger, page: Page) -> None:
    """What the worker does with the queued sync, and at each step what the page says of it by itself."""
    context, progress = ledger.context, page.get_by_test_id("stProgress")
    expect(progress).to_contain_text("Waiting for its turn")
    with ThreadPoolExecutor(1) as worker:  # Playwright's loop runs in the test's own thread, and polls have theirs
        request = claim_sync_request(context.database, now=ledger.clock.now())
        assert request is not None
        expect(progress).to_contain_text("Reading usage")
        parts = (context.database, context.providers, context.secrets, ledger.clock)
        worker.submit(lambda: poll_sync_request(*parts, request, patience=PATIENCE)).result()
        mark_building(context.database, request.id, now=ledger.clock.now())
        expect(progress).to_contain_text("Working out emissions")
        worker.submit(lambda: build(context.database, clock=ledger.clock)).result()
        finish_sync(context.database, request.id, now=ledger.clock.now())
    expect(progress).to_have_count(0)


def sign_up(ledger: Ledger, page: Page) -> None:
    """To the page that nothing is on yet."""
    page.goto(f"{ledger.url}/auth/signup")
    page.fill("input[name=email]", "newcomer@example.com")
    page.fill("input[name=password]", "a passphrase of seven words or so")
    page.fill("input[name=organization]", "Newcomers")
    page.click("button[type=submit]")
    expect(page.get_by_role("heading", name="See what your AI usage emits")).to_be_visible()


def connect_and_watch(ledger: Ledger, page: Page) -> None:
    """From there to the first numbers."""
    page.get_by_role("link", name="Connect a provider").click()
    page.get_by_placeholder("sk-admin-…").fill(FIRST_KEY)
    page.get_by_label("Name (optional)").fill(NAME)
    page.get_by_role("button", name="Test and connect").click()
    expect(card_on(page)).to_contain_text("Data through nothing yet")
    assert FIRST_KEY not in page.content()
    sync_step_by_step(ledger, page)
    expect(card_on(page)).to_contain_text("polled hourly")
    page.get_by_role("link", name="Overview").click()


def filter_and_export(ledger: Ledger, page: Page, *, whole: dict[str, Any]) -> None:
    """By a click, and by an address as somebody shares it; the file has what is on the screen."""
    choose(page, "Provider", "Anthropic")
    expect(page.get_by_role("heading", name="No usage in this selection")).to_be_visible()
    page.wait_for_url(f"{ledger.url}/?provider=anthropic")
    today, tomorrow = (f"{ledger.clock.now() + timedelta(days=days):%Y-%m-%d}" for days in (0, 1))
    page.goto(f"{ledger.url}/?provider=openai&period=custom&from={today}&to={today}")
    filtered = assert_shown(page, ledger, provider="openai", start=today, end=tomorrow)
    assert 0 < filtered["output_tokens"] < whole["output_tokens"]
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Usage rows as CSV", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(downloading.value.path().read_text(encoding="utf-8"))))
    for counter in ("output_tokens", "uncached_input_tokens", "cache_read_tokens"):
        assert sum(int(row[counter] or 0) for row in rows) == filtered[counter]
    assert {row["connection_label"] for row in rows} == {NAME}


def lose_the_key(ledger: Ledger, page: Page, *, whole: dict[str, Any]) -> None:
    """At the provider. After the next poll the connection says what is wrong, and the overview that something is."""
    ledger.sandbox.revoke(FIRST_KEY)
    ledger.advance(timedelta(hours=1))
    ledger.read("hourly")
    page.goto(f"{ledger.url}/connections")
    expect(card_on(page)).to_have_attribute("data-status", "error")
    expect(card_on(page).get_by_role("alert")).to_contain_text("OpenAI does not accept this key")
    page.get_by_role("link", name="Overview").click()
    told = page.get_by_role("alert").filter(has_text=f"{NAME} is not polled any more")
    expect(told).to_be_visible()
    assert assert_shown(page, ledger) == whole
    told.get_by_role("link", name="See what to do").click()


def give_a_good_key(ledger: Ledger, page: Page) -> None:
    page.get_by_role("button", name="Re-authenticate").click()
    page.get_by_label("New admin key of the same account").fill(SECOND_KEY)
    page.get_by_role("button", name="Test and use").click()
    expect(card_on(page)).to_have_attribute("data-status", "active")
    assert SECOND_KEY not in page.content()
    ledger.advance(timedelta(hours=1))
    sync_step_by_step(ledger, page)
    page.get_by_role("link", name="Overview").click()


def test_a_newcomer_connects_reads_loses_the_key_and_goes_on(ledger: Ledger, page: Page) -> None:
    sign_up(ledger, page)
    connect_and_watch(ledger, page)
    first = assert_shown(page, ledger)
    filter_and_export(ledger, page, whole=first)
    lose_the_key(ledger, page, whole=first)
    give_a_good_key(ledger, page)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert assert_shown(page, ledger)["output_tokens"] > first["output_tokens"]
    ledger.read("hourly")  # for the tests that share this ledger: an hour has passed for everybody
