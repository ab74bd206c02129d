"""The page of budgets: set, seen, changed, paused and removed; its figures are the API's, to the last digit."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.app.budgets.months_on_record import DAY, OnRecord, at, on_record
from tests.app.dashboard.browser import exact, wait_until_drawn
from tests.app.dashboard.ledger import Ledger, asked
from tests.app.dashboard.on_ledger.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.database]

GRAM = 1_000_000


@pytest.fixture(scope="module")
def grace(ledger: Ledger) -> OnRecord:
    """An organization of this module alone: ten grams on each of the month's days before today, of a key that is gone.

    Nobody polls it, and no other test sees it.
    """
    now = ledger.clock.now()
    grace, today = on_record(ledger.context.database, "Grace", signed_up_at=now), now.date()
    first = today.replace(day=1)
    grace.read((at(first), at(today)))
    with grace.database.worker() as connection:
        connection.execute(
            "update ops.connections set status = 'deleted', secret_arn = null, deleted_at = %s where id = %s",
            [at(today), grace.account.connection_id],
        )
    grace.emit(first, [10 * GRAM] * ((today - first) // DAY))
    return grace


@pytest.fixture
def own(ledger: Ledger, grace: OnRecord) -> Iterator[dict[str, Any]]:
    """The budget of Grace's project: a kilogram and half a gram, by the high estimate."""
    terms = {"project_id": f"proj_{grace.tenant.project_id}", "limit_grams": "1000.5", "bound": "high"}
    with ledger.api(grace.tenant) as client:
        budget = client.post("/v1/budgets", json=terms).raise_for_status().json()
        yield budget
        client.delete(f"/v1/budgets/{budget['id']}")


def answered(ledger: Ledger, grace: OnRecord) -> dict[str | None, dict[str, Any]]:
    """Name of the project, or None for the organization -> what the API says of its budget."""
    with ledger.api(grace.tenant) as client:
        found = asked(client, "/v1/budgets")["data"]
    return {each["project"] and each["project"]["name"]: each for each in found}


def card_of(page: Page, budget: dict[str, Any]) -> Locator:
    return page.locator(f".st-key-budget-{budget['id']}")


def expect_figures(page: Page, budget: dict[str, Any]) -> None:
    card, standing = f"[data-budget={budget['id']}]", budget["standing"]
    expect(page.locator(f"{card}[data-judgement={standing['judgement']}]")).to_be_visible()
    expect(page.locator(f"{card} [data-limit] [data-exact='{budget['limit_grams']}']")).to_be_visible()
    assert exact(page, f"{card} [data-spent] ") == standing["spent_grams"]
    assert exact(page, f"{card} [data-forecast] ") == standing["forecast_grams"]
    expect(page.locator(card)).to_contain_text(f"{standing['complete_days']} of {standing['days']} days complete")


def test_a_budget_is_set_and_seen(ledger: Ledger, grace: OnRecord, visit: Visit) -> None:
    page = visit("/budgets", token=grace.tenant.session_token)
    expect(page.get_by_text("No budget yet")).to_be_visible()
    wait_until_drawn(page)
    page.get_by_role("button", name="New budget").click()
    page.get_by_role("textbox", name="Limit a month").fill("2,5")
    page.get_by_role("button", name="Set budget").click()
    expect(page.get_by_role("alert").get_by_text("Write the limit as a number with a point")).to_be_visible()
    wait_until_drawn(page)
    page.get_by_role("textbox", name="Limit a month").fill("0.25")
    page.get_by_role("button", name="Set budget").click()
    expect(page.locator("[data-budget]")).to_have_count(1)
    whole = answered(ledger, grace)[None]
    assert whole["limit_grams"] == "250"
    expect_figures(page, whole)


def test_a_budget_is_changed_followed_paused_and_removed(
    ledger: Ledger, grace: OnRecord, own: dict[str, Any], visit: Visit
) -> None:
    page = visit("/budgets", token=grace.tenant.session_token, width=390)
    expect_figures(page, own)
    wait_until_drawn(page)
    page.wait_for_function("document.documentElement.scrollWidth === 390")
    card_of(page, own).get_by_role("button", name="Change").click()
    page.get_by_role("textbox", name="Limit a month").fill("0.12")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(f"[data-budget={own['id']}] [data-limit] [data-exact='120']")).to_be_visible()
    changed = answered(ledger, grace)["Default"]
    assert (changed["version"], changed["bound"], changed["standing"]["judgement"]) == (2, "high", "exceeded")
    expect_figures(page, changed)

    wait_until_drawn(page)
    card_of(page, own).get_by_role("button", name="Pause").click()
    expect(card_of(page, own).get_by_text("paused: nobody is told")).to_be_visible()
    wait_until_drawn(page)
    card_of(page, own).get_by_role("button", name="Resume").click()
    expect(card_of(page, own).get_by_text("paused: nobody is told")).to_have_count(0)
    wait_until_drawn(page)
    card_of(page, own).get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Remove this budget").click()
    expect(card_of(page, own)).to_have_count(0)
    assert "Default" not in answered(ledger, grace)


def test_the_projects_page_has_a_line_of_its_budget(
    ledger: Ledger, grace: OnRecord, own: dict[str, Any], visit: Visit
) -> None:
    page = visit(f"/project?id={own['project']['id']}", token=grace.tenant.session_token)
    expect(page.locator(f"[data-budget-line={own['id']}]")).to_contain_text("by the high estimate")


def test_who_only_looks_is_offered_nothing(ledger: Ledger, visit: Visit) -> None:
    page = visit("/budgets", token=ledger.a_viewer("looks-at-budgets@example.com"))
    expect(page.get_by_text("Viewers look; members, admins and owners set budgets.")).to_be_visible()
    expect(page.get_by_role("button", name="New budget")).to_have_count(0)
