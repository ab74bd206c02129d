"""The Accuracy page in a real browser: each day beside the provider's own, a day that differs, and reading it again."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ingestion.provider_totals import ask_for_totals
from tests.app.dashboard.browser import wait_until_drawn
from tests.app.dashboard.ledger import Ledger, asked
from tests.app.dashboard.on_ledger.conftest import Visit
from tests.app.tenants import a_tenant
from tests.ingestion.world import PATIENCE, clients_at
from warehouse.build import build

pytestmark = pytest.mark.browser

COST_VERDICTS = {"within": "within ±5 %", "beyond": "beyond ±5 %", "incomplete": "part has no price"}


def ask(ledger: Ledger) -> None:
    context, providers = ledger.context, clients_at(ledger.sandbox.base_urls)
    ask_for_totals(context.database, providers, context.secrets, ledger.clock, patience=PATIENCE)
    build(context.database, clock=ledger.clock)


def answered(ledger: Ledger) -> list[dict[str, Any]]:
    with ledger.api(ledger.ada) as client:
        return list(asked(client, "/v1/telemetry/accuracy")["data"])


def on_page(page: Page, connection: str) -> list[tuple[str | None, ...]]:
    """Day, state, counted, provider's, difference of a connection, as the table has them."""
    rows = page.locator(f"[data-accuracy={connection}] [data-day]").all()
    return [
        (
            row.get_attribute("data-day"),
            row.get_attribute("data-state"),
            *(cell.get_attribute("data-exact") for cell in row.locator("td[data-exact]").all()),
        )
        for row in rows
    ]


def in_answer(connection: dict[str, Any]) -> list[tuple[str | None, ...]]:
    return [
        (day["day"], day["state"], *(str(_tokens(day[whose])) for whose in ("counted", "provider", "difference")))
        for day in connection["days"]
    ]


def _tokens(counts: dict[str, int | None]) -> int:
    return sum(count or 0 for name, count in counts.items() if name != "requests")


def costs_on_page(page: Page, connection: str) -> list[tuple[str | None, ...]]:
    """Day, state, by list price, the provider's and difference in dollars, as the table has them."""
    return [
        (
            row.get_attribute("data-cost-day"),
            row.get_attribute("data-state"),
            *(cell.get_attribute("data-exact") for cell in row.locator("td[data-exact]").all()),
        )
        for row in page.locator(f"[data-costs={connection}] [data-cost-day]").all()
    ]


def costs_in_answer(costs: dict[str, Any]) -> list[tuple[str | None, ...]]:
    amounts = ("priced_usd", "provider_usd", "difference_usd")
    return [(day["day"], day["state"], *(day[name] for name in amounts)) for day in costs["days"]]


def overstate(ledger: Ledger, account_id: int, *, by: int) -> None:
    """The provider says `by` output tokens more of the newest day that it was asked for than it did before."""
    with ledger.context.database.owner() as connection:
        connection.execute(
            "insert into raw.provider_totals select account_id, usage_date, asked_at + interval '1 minute', org_id,"
            " provider, uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,"
            " output_tokens + %s, requests from raw.provider_totals where account_id = %s"
            " order by usage_date desc, asked_at desc limit 1",
            [by, account_id],
        )
    build(ledger.context.database, clock=ledger.clock)


def test_days_stand_beside_the_providers_and_one_that_differs_is_read_again(ledger: Ledger, visit: Visit) -> None:
    with ThreadPoolExecutor(
        1
    ) as worker:  # Playwright's loop runs in the test's own thread, and the questions have theirs
        worker.submit(ask, ledger).result()
    page = visit("/accuracy")
    for connection in answered(ledger):
        expect(page.locator(f"[data-accuracy={connection['connection_id']}] [data-verdict]")).to_have_text(
            "equal to the provider"
        )
        assert connection["days"]
        assert on_page(page, connection["connection_id"]) == in_answer(connection)
        costs = connection["costs"]
        verdict = page.locator(f"[data-costs={connection['connection_id']}] [data-verdict]")
        expect(verdict).to_have_text(COST_VERDICTS[costs["last_seven_days"]["state"]])
        assert costs["failure"] is None
        assert costs_on_page(page, connection["connection_id"]) == costs_in_answer(costs)
    expect(page.get_by_text("What no comparison finds")).to_be_visible()
    expect(page.get_by_text("Why prices and bills differ")).to_be_visible()

    openai = ledger.connection_of("openai")
    overstate(ledger, openai.account_id, by=1)
    page.reload()
    (found,) = [each for each in answered(ledger) if each["provider"] == "openai"]
    assert (found["days"][0]["state"], found["days"][0]["difference"]["output_tokens"]) == ("differs", -1)
    card = page.locator(f"[data-accuracy={found['connection_id']}]")
    expect(card.locator("[data-verdict]")).to_have_text("1 day differs")
    expect(card.locator("[data-state=differs]")).to_contain_text("output -1")
    assert on_page(page, found["connection_id"]) == in_answer(found)
    page.get_by_role("button", name="Read this day again").click()
    expect(page.get_by_role("status").filter(has_text="Queued.")).to_be_visible()
    ledger.read()
    overstate(ledger, openai.account_id, by=-1)
    page.reload()
    expect(card.locator("[data-verdict]")).to_have_text("equal to the provider")


def test_it_fits_a_phone(ledger: Ledger, visit: Visit) -> None:
    page = visit("/accuracy", width=390)
    expect(page.get_by_role("heading", name="Accuracy")).to_be_visible()
    wait_until_drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_a_connection_it_says_what_to_do(ledger: Ledger, visit: Visit) -> None:
    stranger = a_tenant(ledger.context.database, "Stranger", now=ledger.clock.now())
    page = visit("/accuracy", token=stranger.session_token)
    expect(page.get_by_text("Nothing to compare yet")).to_be_visible()
    expect(page.locator("[data-day]")).to_have_count(0)
