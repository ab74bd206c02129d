"""Every page can be read by day and by night, wide and narrow, by keyboard and by a screen reader.

The pages of a period and a receipt, which this ledger has none of, are looked at where they are tested.
"""

import pytest
from playwright.sync_api import Page

from app.dashboard.page_list import PAGES, PERIOD, RECEIPT
from tests.app.dashboard.accessibility import faults
from tests.app.dashboard.browser import wait_until_drawn
from tests.app.dashboard.ledger import Ledger
from tests.app.dashboard.on_ledger.conftest import Visit

pytestmark = pytest.mark.browser

ELSEWHERE = (PERIOD, RECEIPT)


def path_of(ledger: Ledger, path: str) -> str:
    """With the thing that the page is about, where it is about one."""
    if path == "/mapping":
        return ledger.mapping_path("openai")
    if path == "/project":
        with ledger.api(ledger.ada) as client:
            return f"/project?id={client.get('/v1/projects').raise_for_status().json()['data'][0]['id']}"
    return path


def test_every_page_can_be_read_by_everybody(ledger: Ledger, visit: Visit) -> None:
    page = visit("/")
    found = {}
    for entry in PAGES:
        if entry not in ELSEWHERE:
            page.goto(ledger.url + path_of(ledger, entry.path))
            page.wait_for_selector(".cl h1")
            wait_until_drawn(page)
            found[entry.path] = faults(page)
    assert "\n".join(f"{path} {fault}" for path, wrong in found.items() for fault in wrong) == ""


def bars_of(page: Page) -> set[tuple[str, str, str]]:
    """Day, series, mass: what a screen reader says of each bar."""
    found = page.locator(".st-key-daily svg [aria-roledescription=bar]")
    found.first.wait_for()
    said = found.evaluate_all("bars => bars.map(bar => bar.getAttribute('aria-label'))")
    parts = [dict(part.split(": ", 1) for part in label.split("; ")) for label in said]
    return {(part["Day (UTC)"], part["Series"], part["CO2e, central"]) for part in parts}


def test_the_table_beside_the_chart_says_what_its_bars_say(ledger: Ledger, visit: Visit) -> None:
    page = visit("/")
    bars = bars_of(page)
    wait_until_drawn(page)
    summary = page.get_by_text("Show as a table")
    summary.focus()
    assert summary.evaluate("it => getComputedStyle(it).outlineStyle") != "none"
    page.keyboard.press("Enter")
    table = page.locator(".st-key-daily table")
    table.wait_for()
    rows = table.locator("tr").evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))")
    series = rows[0][1:-1]
    cells = {
        (row[0], name, mass) for row in rows[1:] for name, mass in zip(series, row[1:-1], strict=True) if mass != "–"
    }
    assert bars
    assert cells == bars


def test_a_reader_s_choice_of_theme_outranks_the_system_s(visit: Visit) -> None:
    page = visit("/methodology")
    wait_until_drawn(page)
    page.locator("[data-testid=stMainMenu] button").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    page.wait_for_function("document.documentElement.style.colorScheme === 'dark'")
    page.reload()
    page.wait_for_function("document.documentElement.style.colorScheme === 'dark'")
    assert page.locator(".cl h1").first.evaluate("it => getComputedStyle(it).color") == "rgb(232, 239, 235)"
