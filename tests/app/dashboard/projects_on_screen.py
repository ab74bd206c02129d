"""What the project pages show, read from a page in a browser, and the clicks that change it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from playwright.sync_api import Page, expect

from tests.app.dashboard.browser import exact
from tests.app.exported import BOUNDS, rows_of, sums


def choose(page: Page, label: str, option: str) -> None:
    """In a list that is opened for it; Streamlit draws the page anew afterwards."""
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def create_project(page: Page, name: str) -> str:
    """The new project's public id, off its card."""
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create project").click()
    card = page.locator("[data-project]").filter(has=page.get_by_role("link", name=name, exact=True))
    expect(card).to_be_visible()
    identifier = card.get_attribute("data-project")
    assert identifier is not None
    return identifier


def shown_totals(page: Page) -> dict[str, str]:
    """Once the last table of a page of usage is there."""
    page.wait_for_selector("section[aria-label=Models]")
    return {
        "central": exact(page, "[data-figure=co2e] .cl-total "),
        "low": exact(page, "[data-figure=co2e] .cl-range-ends :nth-child(1)"),
        "high": exact(page, "[data-figure=co2e] .cl-range-ends :nth-child(2)"),
        "uncached": exact(page, "[data-counter=uncached_input_tokens] "),
        "cached": exact(page, "[data-counter=cache_read_tokens] "),
        "output": exact(page, "[data-counter=output_tokens] "),
    }


def totals_of(answer: dict[str, Any]) -> dict[str, str]:
    totals = answer["totals"]
    return {
        **totals["co2e_grams"],
        "uncached": str(totals["uncached_input_tokens"]),
        "cached": str(totals["cache_read_tokens"]),
        "output": str(totals["output_tokens"]),
    }


def downloaded(page: Page, table: str, form: str) -> list[dict[str, Any]]:
    """The rows of a file that the open export control gives."""
    with page.expect_download() as download:
        page.get_by_role("link", name=f"{table} as {form}", exact=True).click()
    assert download.value.suggested_filename.endswith(f".{form.lower()}")
    return rows_of(download.value.path().read_bytes(), form.lower())


def totals_in(rows: list[dict[str, Any]]) -> dict[str, Decimal | None]:
    """What the rows that are counted add up to, named as `shown_totals` names it."""
    found = sums(rows)
    return {
        **{bound: found[f"co2e_grams_{bound}"] for bound in BOUNDS},
        "uncached": found["uncached_input_tokens"],
        "cached": found["cache_read_tokens"],
        "output": found["output_tokens"],
    }


def shown_models(page: Page) -> dict[tuple[str, str], str | None]:
    """(provider, model) -> exact grams; None where it says that it is not estimated."""
    found = {}
    for row in page.locator("tr[data-model]").all():
        grams = row.locator("strong [data-exact]")
        key = (str(row.get_attribute("data-provider")), str(row.get_attribute("data-model")))
        found[key] = grams.get_attribute("data-exact") if grams.count() else None
    return found


def models_of(answer: dict[str, Any]) -> dict[tuple[str, str], str | None]:
    return {
        (row["provider"], row["model"]): row["co2e_grams"] and row["co2e_grams"]["central"] for row in answer["data"]
    }


def hours_between(start: str, end: str) -> int:
    """Of two instants as the API writes them."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)) // timedelta(hours=1)


def previewed(page: Page) -> dict[str, tuple[Decimal, Decimal]]:
    """Project name -> grams before and after."""
    page.wait_for_selector("[data-preview] tr[data-project-name]")
    return {
        str(row.get_attribute("data-project-name")): (
            Decimal(row.locator("[data-before]").get_attribute("data-before") or ""),
            Decimal(row.locator("[data-after]").get_attribute("data-after") or ""),
        )
        for row in page.locator("[data-preview] tr[data-project-name]").all()
    }
