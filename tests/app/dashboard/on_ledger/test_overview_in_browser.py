"""The overview and the methodology in a real browser: every number that they show beside the API's."""

from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.telemetry.equivalences import equivalences
from core.clock import floor_to_day
from core.ids import public_id
from tests.app.dashboard import projects_on_screen as screen
from tests.app.dashboard.browser import exact, wait_until_drawn
from tests.app.dashboard.ledger import LABELS, Ledger, asked
from tests.app.dashboard.on_ledger.conftest import Visit
from tests.app.tenants import a_tenant

pytestmark = pytest.mark.browser

TOKENS = ("uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
          "output_tokens")  # fmt: skip


def summary_of(ledger: Ledger, **parameters: str) -> dict[str, Any]:
    with ledger.api(ledger.ada) as client:
        return asked(client, "/v1/telemetry/summary", group_by="provider,model", **parameters)


def attributes(page: Page, selector: str, *names: str) -> tuple[str | None, ...]:
    found = page.locator(selector).first
    return tuple(found.get_attribute(name) for name in names)


def assert_totals(page: Page, answer: dict[str, Any]) -> None:
    """Every number of the totals and the tables, each bound of it."""
    totals = answer["totals"]
    assert screen.shown_totals(page) == screen.totals_of(answer)
    assert screen.shown_models(page) == screen.models_of(answer)
    for figure, field in (("energy", "energy_wh"), ("avoided", "avoided_by_cache_grams")):
        central = page.locator(f"[data-figure={figure}] [data-exact]").first.get_attribute("data-exact")
        bounds = attributes(page, f"[data-figure={figure}] [data-low]", "data-low", "data-high")
        assert (central, *bounds) == tuple(totals[field][bound] for bound in ("central", "low", "high"))
    assert exact(page, "[data-figure=tokens] ") == str(sum(totals[name] or 0 for name in TOKENS))
    if totals["requests"] is None:
        expect(page.locator("[data-figure=requests]")).to_contain_text("not reported")
    else:
        assert exact(page, "[data-figure=requests] ") == str(totals["requests"])
    for emitter, co2e in totals["co2e_by_counter"].items():
        row = f"[data-emitter={emitter}] "
        assert exact(page, row) == co2e["central"]
        assert attributes(page, f"{row}[data-low]", "data-low", "data-high") == (co2e["low"], co2e["high"])
    for equivalence in equivalences():
        cells = page.locator(f"[data-equivalence={equivalence.key}] td[data-exact]").all()
        assert [cell.get_attribute("data-exact") for cell in cells] == [
            str(equivalence.of_grams(Decimal(totals["co2e_grams"][bound]))) for bound in ("low", "central", "high")
        ]


def assert_change(page: Page, current: dict[str, Any], previous: dict[str, Any]) -> None:
    """Each figure of one whole day against the day before."""
    for key, now, then in (
        ("co2e", current["co2e_grams"]["central"], previous["co2e_grams"]["central"]),
        ("energy", current["energy_wh"]["central"], previous["energy_wh"]["central"]),
        ("tokens", sum(current[name] or 0 for name in TOKENS), sum(previous[name] or 0 for name in TOKENS)),
        ("requests", current["requests"], previous["requests"]),
    ):
        percent = (Decimal(now) / Decimal(then) - 1) * 100
        assert attributes(page, f"[data-change={key}]", "data-current", "data-previous", "data-percent") == (
            str(now), str(then), str(percent.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)),
        )  # fmt: skip


def assert_coverage(page: Page, ledger: Ledger, **parameters: str) -> None:
    with ledger.api(ledger.ada) as client:
        answer = asked(client, "/v1/telemetry/coverage", **parameters)
    hours = {"known": 0, "due": 0}
    for account in answer["data"]:
        for span in account["spans"]:
            length = screen.hours_between(span["start"], span["end"])
            hours["known"] += length if span["state"] == "known" else 0
            hours["due"] += length if span["state"] != "not-yet" else 0
    assert attributes(page, "[data-known-hours]", "data-known-hours", "data-due-hours") == (
        str(hours["known"]),
        str(hours["due"]),
    )


def test_each_number_is_the_api_s_and_complete_days_are_held_against_those_before(ledger: Ledger, visit: Visit) -> None:
    connection = public_id("conn", ledger.connection_of("openai").id)
    today = floor_to_day(ledger.clock.now())
    day = [f"{today + timedelta(days=days):%Y-%m-%d}" for days in (-2, -1, 0, 1)]
    page = visit(f"/?connection={connection}&period=custom&from={day[1]}&to={day[2]}")
    assert_totals(page, summary_of(ledger, connection_id=connection, start=day[1], end=day[3]))
    yesterday, before = (
        summary_of(ledger, connection_id=connection, start=start, end=end)["totals"]
        for start, end in ((day[1], day[2]), (day[0], day[1]))
    )
    assert_change(page, yesterday, before)
    assert_coverage(page, ledger, connection_id=connection, start=day[1], end=day[3])


def test_thirty_days_are_not_held_against_days_that_nobody_has_read(ledger: Ledger, visit: Visit) -> None:
    page = visit("/")
    assert_totals(page, summary_of(ledger))
    expect(page.locator("[data-incomparable]")).to_contain_text(f"No data of {LABELS['openai']} before ")
    assert page.locator("[data-change]").count() == 0
    assert_coverage(page, ledger)


def test_a_connection_that_is_picked_is_in_the_address_and_in_the_files(ledger: Ledger, visit: Visit) -> None:
    connection = public_id("conn", ledger.connection_of("anthropic").id)
    page = visit("/")
    page.wait_for_selector("section[aria-label=Models]")
    wait_until_drawn(page)
    screen.choose(page, "Connection", LABELS["anthropic"])
    page.wait_for_url(f"{ledger.url}/?connection={connection}")
    expect(page.locator("tr[data-model][data-provider=openai]")).to_have_count(0)
    answer = summary_of(ledger, connection_id=connection)
    assert screen.shown_models(page) == screen.models_of(answer)
    page.reload()
    assert_totals(page, answer)
    shared = visit(f"/?connection={connection}&provider=anthropic")
    assert_totals(shared, answer)
    wait_until_drawn(shared)
    shared.get_by_role("button", name="Export").click()
    export = shared.get_by_role("link", name="Daily emissions as Parquet").get_attribute("href") or ""
    assert f"connection_id={connection}&provider=anthropic" in export
    shared.keyboard.press("Escape")
    shared.get_by_role("combobox", name="Connection", exact=True).click()
    offered = shared.get_by_role("option")
    expect(offered).to_have_text(["All", LABELS["anthropic"]])


def test_a_connection_of_somebody_else_is_none(ledger: Ledger, visit: Visit) -> None:
    page = visit("/?connection=conn_999999")
    expect(page.get_by_role("heading", name="There is no such connection")).to_be_visible()
    assert page.locator(".cl-hero").count() == 0


def test_the_methodology_shows_each_of_their_models_as_the_api_has_it(ledger: Ledger, visit: Visit) -> None:
    page = visit("/methodology")
    page.wait_for_selector("[data-equivalence-source]")
    with ledger.api(ledger.ada) as client:
        answer = asked(client, "/v1/methodology/models")
    assert attributes(page, "[data-factor-version]", "data-factor-version") == (answer["factor_version"],)
    assert attributes(page, "[data-factor-sha256]", "data-factor-sha256") == (answer["factor_set_sha256"],)
    shown = [
        (
            row.get_attribute("data-provider"),
            row.get_attribute("data-used-model"),
            row.get_attribute("data-class"),
            row.get_attribute("data-confidence"),
            row.get_attribute("data-first-seen"),
            row.get_attribute("data-share") or None,
            row.locator("[data-rule]").text_content(),
            row.locator("strong [data-exact]").get_attribute("data-exact") if row.locator("strong").count() else None,
        )
        for row in page.locator("[data-used-model]").all()
    ]
    assert shown == [
        (
            model["provider"],
            model["model"],
            model["model_class"],
            model["confidence"],
            model["first_seen"],
            model["share_percent"],
            model["matched_rule"]["pattern"],
            model["co2e_grams"] and model["co2e_grams"]["central"],
        )
        for model in answer["data"]
    ]
    assert shown
    classes = {(model["model_class"], host) for model in answer["data"] for host in model["hosts"]}
    assert {
        (row.get_attribute("data-factors"), row.get_attribute("data-host"))
        for row in page.locator("[data-factors]").all()
    } == {(name, host) for name, host in classes if name != "NA"}
    expect(page.locator("[data-anchor]")).to_have_count(13)


def test_the_methodology_is_there_before_any_model(ledger: Ledger, visit: Visit) -> None:
    stranger = a_tenant(ledger.context.database, "Reader", now=ledger.clock.now())
    page = visit("/methodology", token=stranger.session_token, width=390)
    expect(page.get_by_text("No model yet")).to_be_visible()
    page.wait_for_selector("[data-equivalence-source]")
    wait_until_drawn(page)
    page.wait_for_function("document.documentElement.scrollWidth === 390")
