"""Projects in a real browser: whose they are, who may change them, and which address leads to what."""

import pytest
from playwright.sync_api import expect

from core.ids import public_id
from ingestion.connections import list_connections
from tests.app.dashboard import projects_on_screen as screen
from tests.app.dashboard.browser import wait_until_drawn
from tests.app.dashboard.ledger import Ledger, asked
from tests.app.dashboard.on_ledger.conftest import Visit
from tests.app.dashboard.projects_on_screen import choose

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def viewer_token(ledger: Ledger) -> str:
    return ledger.a_viewer("vera@example.com")


def test_a_project_that_is_not_theirs_is_none(ledger: Ledger, visit: Visit) -> None:
    page = visit("/methodology")
    for identifier in (public_id("proj", ledger.bob.project_id), "proj_999999", "conn_1", "%3Cb%3E", ""):
        page.goto(f"{ledger.url}/project?id={identifier}")
        expect(page.get_by_role("heading", level=1)).to_have_text("There is no such project")
        assert "Bob" not in page.locator("[data-testid=stMain]").inner_text()


def test_a_connection_or_a_filter_that_is_not_theirs_is_none(ledger: Ledger, visit: Visit) -> None:
    [bobs] = list_connections(ledger.context.database, ledger.bob.org_id)
    page = visit(f"/mapping?connection={public_id('conn', bobs.id)}")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such connection")
    page.goto(f"{ledger.url}/?project={public_id('proj', ledger.bob.project_id)}")
    expect(page.get_by_role("heading", name="There is no such project")).to_be_visible()
    assert page.locator(".cl-hero").count() == 0


def test_a_choice_is_in_the_address_through_a_log_in_a_reload_and_the_way_back(ledger: Ledger, visit: Visit) -> None:
    default = public_id("proj", ledger.ada.project_id)
    page = visit(f"/?project={default}&provider=openai", token="none")
    assert page.url == f"{ledger.url}/auth/login?next=/%3Fproject%3D{default}%26provider%3Dopenai"
    page.fill("input[name=email]", "ada@example.com")
    page.fill("input[name=password]", "correct horse battery staple")
    page.click("button[type=submit]")
    page.wait_for_selector("section[aria-label=Models]")
    assert page.url == f"{ledger.url}/?project={default}&provider=openai"
    shown = screen.shown_totals(page)
    with ledger.api(ledger.ada) as client:
        assert shown == screen.totals_of(asked(client, "/v1/telemetry/summary", provider="openai", project_id=default))
    choose(page, "Provider", "Anthropic")
    page.wait_for_url(f"{ledger.url}/?project={default}&provider=anthropic")
    page.reload()
    assert screen.shown_totals(page) != shown
    assert {provider for provider, _ in screen.shown_models(page)} == {"anthropic"}
    page.get_by_role("button", name="Export").click()
    export = page.get_by_role("link", name="Usage rows as CSV").get_attribute("href") or ""
    assert f"project_id={default}&provider=anthropic" in export
    page.go_back()
    page.wait_for_url(f"{ledger.url}/?project={default}&provider=openai")
    expect(page.locator("tr[data-model]").first).to_have_attribute("data-provider", "openai")
    assert screen.shown_totals(page) == shown


def test_the_project_s_page_turns_to_another_project_and_back(ledger: Ledger, visit: Visit) -> None:
    default, other = public_id("proj", ledger.ada.project_id), ledger.a_project("Elsewhere")
    page = visit(f"/project?id={default}&period=7d")
    page.wait_for_selector("[data-routes]")
    choose(page, "Project", "Elsewhere")
    expect(page.get_by_role("heading", name="Elsewhere", level=1)).to_be_visible()
    page.wait_for_url(f"{ledger.url}/project?id={other}&period=7d")
    expect(page.get_by_role("heading", name="No usage in this selection")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Default", level=1)).to_be_visible()


def test_a_viewer_sees_everything_and_changes_nothing(ledger: Ledger, visit: Visit, viewer_token: str) -> None:
    page = visit("/methodology", token=viewer_token)
    for path, ready in (
        ("/projects", "[data-project]"),
        (f"/project?id={public_id('proj', ledger.ada.project_id)}", "[data-routes]"),
        (ledger.mapping_path("openai"), "[data-workloads=in-force]"),
        ("/corrections", ".cl h2"),
    ):
        page.goto(ledger.url + path)
        page.wait_for_selector(ready)
        expect(page.get_by_role("button", name="Manage")).to_have_count(0)
        for label in ("New project", "Save mapping", "Correct history", "Take back"):
            assert page.get_by_role("button", name=label).count() == 0, (path, label)
        assert page.get_by_role("combobox", name="goes to").count() == 0


def test_every_page_of_projects_is_there_on_a_telephone(ledger: Ledger, visit: Visit) -> None:
    longest = ledger.a_project("W" * 80)
    page = visit("/projects", width=390)
    for path in ("/projects", f"/project?id={longest}", ledger.mapping_path("openai"), "/corrections"):
        page.goto(ledger.url + path)
        page.wait_for_selector(".cl h1")
        wait_until_drawn(page)
        # The layout settles after the last element has come.
        page.wait_for_function("document.documentElement.scrollWidth === 390")
