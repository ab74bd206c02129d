"""Projects in a real browser: made, mapped to, measured by the real poll and build, exported; two people at once."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.dashboard.instants import written_instant
from core.ids import public_id
from tests.app.dashboard import projects_on_screen as screen
from tests.app.dashboard.browser import wait_until_drawn
from tests.app.dashboard.ledger import LABELS, Ledger, asked
from tests.app.dashboard.on_ledger.conftest import Visit
from tests.app.dashboard.projects_on_screen import choose

pytestmark = pytest.mark.browser


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
            page.goto(ledger.url + ledger.mapping_path(provider))
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
            connection = public_id("conn", ledger.connection_of(provider).id)
            routed = asked(
                client, "/v1/telemetry/summary", connection_id=connection, start=since.isoformat(),
                end=ledger.clock.now().isoformat(),
            )  # fmt: skip
            assert answer["totals"] == routed["totals"]
            expect(page.locator(".st-key-daily [data-testid=stVegaLiteChart] :is(svg, canvas)").first).to_be_visible()
            expect(page.locator("[data-route]")).to_have_attribute("data-route", LABELS[provider])

        page.get_by_role("button", name="Export").click()
        for table in ("Usage rows", "Daily emissions"):
            for form in ("CSV", "JSON", "Parquet"):
                rows = screen.downloaded(page, table, form)
                assert {row["project_name"] for row in rows} == {"Поиск & search"}
                assert screen.totals_in(rows) == {name: Decimal(t) for name, t in screen.shown_totals(page).items()}


def test_the_cards_are_the_organization(ledger: Ledger, visit: Visit) -> None:
    page = visit("/projects")
    page.wait_for_selector("[data-project]")
    wait_until_drawn(page)
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
    project = ledger.a_project("Prototype")
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

    busy = ledger.a_project("Busy")
    page.goto(ledger.url + ledger.mapping_path("openrouter"))
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
        ledger.a_project(name)
    hers, his = (visit(ledger.mapping_path("openrouter")) for _ in range(2))
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
    project = ledger.a_project("Corrected")
    connection = public_id("conn", ledger.connection_of("openrouter").id)
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
