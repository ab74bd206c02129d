"""Projects in a real browser: made, mapped to, measured by the real poll and build, exported; two people at once."""

import csv
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.principal import SESSION_COOKIE
from app.dashboard.instants import written_instant
from core.database import Database, DatabaseUrls, create_database
from core.ids import public_id, random_token
from ingestion.connections import ConnectionView, list_connections
from ingestion.projects import create_project as create_project_directly
from tests.app.dashboard import projects_on_screen as screen
from tests.app.dashboard.browser import chromium
from tests.app.dashboard.ledger import Ledger, a_ledger
from tests.app.dashboard.projects_on_screen import PATIENCE_MS, choose
from tests.app.tenants import Tenant
from tests.conftest import _drop

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
PROVIDERS = {"openai": "OpenAI production", "anthropic": "Anthropic assistants", "openrouter": "OpenRouter experiments"}


@pytest.fixture(scope="module")
def ledger(postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Three of Ada's accounts and one of Bob's, read and built, all of it in the default projects."""
    name = f"dashboard_{random_token()[:12].lower().replace('-', '_')}"
    urls = DatabaseUrls(admin=create_database(postgres_url, name, template=template_database))
    with Database(urls) as database, a_ledger(database, tmp_path_factory.mktemp("ledger") / "home") as ledger:
        for provider, label in PROVIDERS.items():
            connected = ledger.connect(ledger.ada, provider, label=label)
            if provider == "openrouter":
                ledger.read_by_day(connected)
        ledger.connect(ledger.bob, "openai", label="Bob's")
        ledger.read()
        yield ledger
    _drop(postgres_url, name)


@pytest.fixture(scope="module")
def viewer_token(ledger: Ledger) -> str:
    return ledger.a_viewer("vera@example.com")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(ledger: Ledger, browser: Browser) -> Iterator[Visit]:
    """Opens a page as somebody, in a profile of its own; a script that failed on one of them fails the test."""
    contexts, failures = [], []

    def open_page(path: str, *, token: str = ledger.ada.session_token, width: int = 1440) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": ledger.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(ledger.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert failures == []


def connection_of(ledger: Ledger, provider: str) -> ConnectionView:
    found = list_connections(ledger.context.database, ledger.ada.org_id)
    return next(connection for connection in found if connection.provider == provider)


def mapping_path(ledger: Ledger, provider: str) -> str:
    return f"/mapping?connection={public_id('conn', connection_of(ledger, provider).id)}"


def a_project(ledger: Ledger, tenant: Tenant, name: str) -> str:
    made = create_project_directly(
        ledger.context.database, org_id=tenant.org_id, name=name, actor="user_1", now=ledger.clock.now()
    )
    return public_id("proj", made.id)


def asked(client: httpx.Client, path: str, **parameters: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(path, params=parameters).raise_for_status().json()
    return answer


def test_two_projects_show_and_export_only_what_was_mapped_to_them_and_history_stays(
    ledger: Ledger, visit: Visit, tmp_path: Path
) -> None:
    since = ledger.advance_to_the_hour()
    default = public_id("proj", ledger.ada.project_id)
    page = visit("/projects")
    made = {provider: screen.create_project(page, name) for provider, name in
            (("openai", "Support chat"), ("anthropic", "Поиск & search"))}  # fmt: skip
    with ledger.api(ledger.ada) as client:
        history = {
            provider: asked(client, "/v1/telemetry/summary", project_id=default, provider=provider)["totals"]
            for provider in made
        }
        for provider, name in (("openai", "Support chat"), ("anthropic", "Поиск & search")):
            page.goto(ledger.url + mapping_path(ledger, provider))
            choose(page, "Whole account goes to", name)
            whole = asked(client, "/v1/telemetry/summary", provider=provider)["totals"]["co2e_grams"]["central"]
            assert screen.previewed(page)[name] == (Decimal(0), Decimal(whole))
            page.get_by_role("button", name="Save mapping").click()
            expect(page.get_by_role("status").filter(has_text="Saved.")).to_contain_text(
                f"It counts for usage from {written_instant(since)} on"
            )
            expect(page.locator("[data-workloads=in-force]")).to_contain_text(name)
            expect(page.get_by_text("Past (1)")).to_be_visible()

        ledger.advance(timedelta(hours=5))
        ledger.read("hourly")

        for provider, project in made.items():
            stayed = asked(client, "/v1/telemetry/summary", project_id=default, provider=provider)
            assert stayed["totals"] == history[provider]
            page.goto(f"{ledger.url}/project?id={project}")
            answer = asked(client, f"/v1/projects/{project}/summary", group_by="provider,model")
            assert screen.shown_totals(page) == screen.totals_of(answer)
            assert screen.shown_models(page) == screen.models_of(answer)
            assert {provider for provider, _ in screen.shown_models(page)} == {provider}
            connection = public_id("conn", connection_of(ledger, provider).id)
            routed = asked(
                client, "/v1/telemetry/summary", connection_id=connection, start=since.isoformat(),
                end=ledger.clock.now().isoformat(),
            )  # fmt: skip
            assert answer["totals"] == routed["totals"]
            expect(page.locator(".st-key-daily [data-testid=stVegaLiteChart] :is(svg, canvas)").first).to_be_visible()
            expect(page.locator("[data-route]")).to_have_attribute("data-route", PROVIDERS[provider])

        with page.expect_download() as download:
            page.locator("[data-exports]").get_by_role("link", name="CSV").click()
        rows = _csv(download.value.path())
        assert {row["project_name"] for row in rows} == {"Поиск & search"}
        assert sum(int(row["output_tokens"]) for row in rows) == answer["totals"]["output_tokens"]
        with page.expect_download() as download:
            page.locator("[data-exports]").get_by_role("link", name="JSON").click()
        assert download.value.suggested_filename.endswith(".json")


def _csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_cards_are_the_organization(ledger: Ledger, visit: Visit) -> None:
    page = visit("/projects")
    page.wait_for_selector("[data-project]")
    with ledger.api(ledger.ada) as client:
        answer = asked(client, "/v1/telemetry/summary", group_by="project")
    shown = {
        str(card.get_attribute("data-project")): card.locator(".cl-figure [data-exact]").get_attribute("data-exact")
        for card in page.locator("[data-project]").all()
        if card.locator(".cl-figure [data-exact]").count()
    }
    assert shown == {row["project_id"]: row["co2e_grams"]["central"] for row in answer["data"]}
    assert sum(Decimal(grams or 0) for grams in shown.values()) == Decimal(answer["totals"]["co2e_grams"]["central"])


def test_a_project_is_renamed_put_away_and_brought_back_and_refusals_are_sentences(
    ledger: Ledger, visit: Visit
) -> None:
    project = a_project(ledger, ledger.ada, "Prototype")
    page = visit(f"/project?id={project}")
    manage = page.get_by_role("button", name="Manage")
    manage.click()
    page.get_by_label("Name", exact=True).fill("Default")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("There is a project of this name already")
    page.get_by_label("Name", exact=True).fill("Prototype <b>II</b>")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("heading", name="Prototype <b>II</b>", level=1)).to_be_visible()

    manage.click()
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_text("archived 18 Nov 2026")).to_be_visible()
    page.goto(f"{ledger.url}/projects")
    page.get_by_text("Archived (1)").click()
    expect(page.locator(f"[data-project={project}]")).to_be_visible()
    page.goto(f"{ledger.url}/project?id={project}")
    manage.click()
    page.get_by_role("button", name="Bring back").click()
    expect(page.get_by_text("archived 18 Nov 2026")).to_have_count(0)

    busy = a_project(ledger, ledger.ada, "Busy")
    page.goto(ledger.url + mapping_path(ledger, "openrouter"))
    choose(page, "Whole account goes to", "Busy")
    expect(page.get_by_text("Counts from 19 Nov 2026, 00:00 UTC: usage comes in buckets a day wide")).to_be_visible()
    page.get_by_role("button", name="Save mapping").click()
    page.wait_for_selector("text=Saved.")
    page.goto(f"{ledger.url}/project?id={busy}")
    manage.click()
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Usage of “OpenRouter experiments” goes to this project")


def test_of_two_people_who_edit_a_mapping_the_second_is_told_and_loses_nothing(ledger: Ledger, visit: Visit) -> None:
    for name in ("Hers", "His"):
        a_project(ledger, ledger.ada, name)
    hers, his = (visit(mapping_path(ledger, "openrouter")) for _ in range(2))
    choose(hers, "Whole account goes to", "Hers")
    part = his.get_by_role("combobox", name="Workspace").first.get_attribute("aria-label") or ""
    choose(his, part, "His")
    screen.previewed(hers)
    his.get_by_role("button", name="Save mapping").click()
    his.wait_for_selector("text=Saved.")

    hers.get_by_role("button", name="Save mapping").click()
    told = hers.get_by_role("status").filter(has_text="Somebody else has changed this mapping meanwhile.")
    expect(told).to_contain_text("Nothing of yours was written.")
    expect(hers.get_by_role("combobox", name="Whole account goes to", exact=True)).to_have_value("Hers")
    expect(hers.locator("[data-workloads=in-force]")).to_contain_text("His")
    expect(hers.locator("[data-workloads=in-force]")).not_to_contain_text("Hers")

    hers.get_by_role("button", name="Save mapping").click()
    hers.wait_for_selector("text=Saved.")
    in_force = hers.locator("[data-workloads=in-force]")
    expect(in_force).to_contain_text("Hers")
    expect(in_force).to_contain_text("His")
    expect(hers.get_by_role("combobox", name="Whole account goes to", exact=True)).to_have_value("")


def test_history_moves_only_by_a_correction_which_can_be_taken_back(ledger: Ledger, visit: Visit) -> None:
    project = a_project(ledger, ledger.ada, "Corrected")
    connection = public_id("conn", connection_of(ledger, "openrouter").id)
    page = visit(f"/corrections?connection={connection}")
    choose(page, "Show it under", "Corrected")
    moved = screen.previewed(page)["Corrected"]
    page.get_by_role("button", name="Correct history").click()
    expect(page.get_by_role("alert")).to_contain_text("A reason has 1 to 500 characters")
    page.get_by_label("Reason, for the audit log").fill("It was the wrong key")
    page.get_by_label("Reason, for the audit log").press("Tab")
    page.get_by_role("button", name="Correct history").click()
    expect(page.locator("[data-correction]")).to_contain_text("“It was the wrong key”")
    expect(page.locator("[data-correction]")).to_contain_text("Made by ada@example.com")
    with ledger.api(ledger.ada) as client:
        ledger.advance(timedelta(minutes=1))
        ledger.read()
        corrected = asked(client, f"/v1/projects/{project}/summary")["totals"]["co2e_grams"]["central"]
        assert moved == (Decimal(0), Decimal(corrected))
        page.get_by_role("button", name="Take back").click()
        expect(page.get_by_text("Taken back (1)")).to_be_visible()
        ledger.advance(timedelta(minutes=1))
        ledger.read()
        assert asked(client, f"/v1/projects/{project}/summary")["totals"]["co2e_grams"] is None


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
    export = page.locator("[data-exports]").get_by_role("link", name="CSV").get_attribute("href") or ""
    assert f"project_id={default}&provider=anthropic" in export
    page.go_back()
    page.wait_for_url(f"{ledger.url}/?project={default}&provider=openai")
    expect(page.locator("tr[data-model]").first).to_have_attribute("data-provider", "openai")
    assert screen.shown_totals(page) == shown


def test_the_project_s_page_turns_to_another_project_and_back(ledger: Ledger, visit: Visit) -> None:
    default, other = public_id("proj", ledger.ada.project_id), a_project(ledger, ledger.ada, "Elsewhere")
    page = visit(f"/project?id={default}&period=7d")
    page.wait_for_selector("[data-routes]")
    choose(page, "Project", "Elsewhere")
    expect(page.get_by_role("heading", name="Elsewhere", level=1)).to_be_visible()
    assert page.url == f"{ledger.url}/project?id={other}&period=7d"
    expect(page.get_by_role("heading", name="No usage in this selection")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Default", level=1)).to_be_visible()


def test_a_viewer_sees_everything_and_changes_nothing(ledger: Ledger, visit: Visit, viewer_token: str) -> None:
    page = visit("/methodology", token=viewer_token)
    for path, ready in (
        ("/projects", "[data-project]"),
        (f"/project?id={public_id('proj', ledger.ada.project_id)}", "[data-routes]"),
        (mapping_path(ledger, "openai"), "[data-workloads=in-force]"),
        ("/corrections", ".cl h2"),
    ):
        page.goto(ledger.url + path)
        page.wait_for_selector(ready)
        expect(page.get_by_role("button", name="Manage")).to_have_count(0)
        for label in ("New project", "Save mapping", "Correct history", "Take back"):
            assert page.get_by_role("button", name=label).count() == 0, (path, label)
        assert page.get_by_role("combobox", name="goes to").count() == 0


def test_every_page_of_projects_is_there_on_a_telephone(ledger: Ledger, visit: Visit) -> None:
    longest = a_project(ledger, ledger.ada, "W" * 80)
    page = visit("/projects", width=390)
    for path in ("/projects", f"/project?id={longest}", mapping_path(ledger, "openai"), "/corrections"):
        page.goto(ledger.url + path)
        page.wait_for_selector(".cl h1")
        page.wait_for_timeout(500)  # Streamlit lays out the page in steps
        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, 390)
