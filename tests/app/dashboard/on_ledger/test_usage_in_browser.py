"""The usage explorer in a real browser: what is picked is shown, in the address and in the files, digit by digit."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from core.ids import public_id
from ingestion.connections import list_connections
from tests.app.dashboard.browser import wait_until_drawn
from tests.app.dashboard.ledger import Ledger, asked
from tests.app.dashboard.on_ledger.conftest import Visit
from tests.app.dashboard.projects_on_screen import choose, downloaded
from tests.app.exported import measured

pytestmark = pytest.mark.browser

TABLE = "[data-usage-table]"
COLUMNS = ("energy_wh_low", "energy_wh_central", "energy_wh_high", "co2e_grams_central", "tokens", "requests")

READ = """rows => rows.map(row => ({
    names: [...row.querySelectorAll("[data-name]")].map(cell => cell.innerText),
    cells: [...row.querySelectorAll("[data-column]")].map(cell => [
        cell.dataset.column, cell.dataset.exact ?? null, cell.innerText
    ]),
}))"""

Row = dict[str, str | None]


def shown(page: Page, row: str = "tr[data-row]") -> list[Row]:
    """Of each row of the table what it is called and its exact numbers, which can be read in it too."""
    found: list[Row] = []
    for each in page.locator(f"{TABLE} {row}").evaluate_all(READ):
        for _, exact, text in each["cells"]:
            assert exact in text.replace(",", "") if exact else text.startswith("not "), each
        found.append(dict(zip(("key", "model"), each["names"], strict=False)))
        found[-1] |= {column: exact for column, exact, _ in each["cells"]}
    return found


def told(row: Mapping[str, Any], *, named: bool = True) -> Row:
    """A row of the API or of a file as the page says it."""
    flat = dict(row) if COLUMNS[0] in row else {**row, **measured(row)}
    numbers: Row = {name: None if flat[name] is None else _digits(flat[name]) for name in COLUMNS}
    return {"key": flat["api_key_id"] or "not reported", "model": flat["model"]} | numbers if named else numbers


def _digits(value: object) -> str:
    """Parquet has decimals with twelve places; the others have as many as there are."""
    text = f"{value:f}" if hasattr(value, "as_tuple") else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def pick(page: Page, label: str, option: str, written: str) -> None:
    choose(page, label, option)
    page.wait_for_url(lambda url: dict(parse_qsl(urlsplit(url).query)).items() >= dict(parse_qsl(written)).items())
    wait_until_drawn(page)


def question(page: Page) -> dict[str, str]:
    """What the file is asked for; the API takes the same."""
    link = page.get_by_role("link", name="This table as CSV").get_attribute("href") or ""
    return dict(parse_qsl(urlsplit(link).query))


def test_two_dimensions_are_on_the_page_in_the_api_and_in_the_files_alike(ledger: Ledger, visit: Visit) -> None:
    page = visit("/usage")
    page.wait_for_selector(TABLE)
    wait_until_drawn(page)
    pick(page, "Provider", "OpenAI", "provider=openai")
    pick(page, "Group by", "Key", "by=key")
    pick(page, "Measure", "Energy", "measure=energy_wh")
    pick(page, "Estimate", "High", "bound=high")
    expect(page.get_by_role("heading", name="Energy (high estimate) by key and model")).to_be_visible()
    wait_until_drawn(page)
    address = page.url
    parameters = question(page)
    assert parameters == parameters | {"provider": "openai", "group_by": "key,model", "sort": "-energy_wh_high"}
    with ledger.api(ledger.ada) as client:
        answer = asked(client, "/v1/telemetry/summary", **parameters)
        rows = [told(row) for row in answer["data"]]
        assert shown(page) == rows
        assert len({row["key"] for row in rows}) > 1
        assert shown(page, "tr[data-totals]") == [told(answer["totals"], named=False)]
        expect(page.locator("[data-count]")).to_have_text(f"{len(rows)} rows")
        expect(page.locator(f"{TABLE} th[aria-sort=descending]")).to_contain_text("Energy, high (Wh)")
        expect(page.locator(".st-key-daily [data-testid=stVegaLiteChart] svg").first).to_be_visible()
        for form in ("CSV", "JSON", "Parquet"):
            assert [told(row) for row in downloaded(page, "This table", form)] == rows, form
        page.reload()
        page.wait_for_selector(TABLE)
        wait_until_drawn(page)
        assert (page.url, shown(page)) == (address, rows)
        page.get_by_role("link", name="Requests", exact=True).click()
        page.wait_for_url(lambda url: "sort=-requests" in url)
        page.wait_for_selector(TABLE)
        wait_until_drawn(page)
        assert question(page) == parameters | {"sort": "-requests"}
        by_requests = [told(row) for row in asked(client, "/v1/telemetry/summary", **question(page))["data"]]
        assert shown(page) == by_requests != rows


def test_long_tables_come_in_pages_and_too_long_ones_as_files(ledger: Ledger, visit: Visit) -> None:
    page = visit("/usage?by=hour&and=key&period=7d")
    page.wait_for_selector(TABLE)
    wait_until_drawn(page)
    with ledger.api(ledger.ada) as client:
        count = len(asked(client, "/v1/telemetry/summary", **question(page))["data"])
    assert count > 100
    expect(page.locator("[data-count]")).to_have_text(f"Rows 1 to 100 of {count}; files have all of them")
    page.get_by_role("link", name="Next rows").click()
    page.wait_for_url(lambda url: "page=2" in url)
    page.wait_for_selector(TABLE)
    wait_until_drawn(page)
    last = min(count, 200)
    expect(page.locator("[data-count]")).to_have_text(f"Rows 101 to {last} of {count}; files have all of them")
    expect(page.locator(f"{TABLE} tr[data-row]")).to_have_count(last - 100)
    pick(page, "and by", "Nothing else", "and=none")  # another question has a first page
    page.wait_for_url(lambda url: "page=" not in url)
    page.goto(f"{ledger.url}/usage?by=hour&and=key&period=90d")
    expect(page.get_by_role("heading", name="Too much for one page")).to_be_visible()
    expect(page.locator("[data-usage-too-much]")).to_contain_text("By hour a span has at most 62 days.")
    wait_until_drawn(page)
    assert len(downloaded(page, "This table", "CSV")) >= count


def test_what_is_not_theirs_is_not_shown_and_a_telephone_shows_all(ledger: Ledger, visit: Visit) -> None:
    [bobs] = list_connections(ledger.context.database, ledger.bob.org_id)
    page = visit(f"/usage?connection={public_id('conn', bobs.id)}", width=390)
    expect(page.get_by_role("heading", name="There is no such connection")).to_be_visible()
    page.goto(f"{ledger.url}/usage?project={public_id('proj', ledger.bob.project_id)}")
    expect(page.get_by_role("heading", name="There is no such project")).to_be_visible()
    assert page.locator(TABLE).count() == 0
    page.goto(f"{ledger.url}/usage?by=project&and=model")
    page.wait_for_selector(TABLE)
    wait_until_drawn(page)
    page.wait_for_function("document.documentElement.scrollWidth === 390")
