"""The Connections page in a real browser: hours that are missing and a click that reads them, what the provider changed
meanwhile, and a connection that only its name removes.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from app.dashboard.coverage_map import span_text
from core.clock import floor_to_hour
from core.ids import public_id
from ingestion.connections import ConnectionView, list_connections
from tests.app.dashboard.browser import wait_until_drawn
from tests.app.dashboard.ledger import Ledger, asked
from tests.app.dashboard.on_ledger.conftest import Visit
from tests.app.tenants import Tenant, a_tenant

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)
LABEL = "Cora's *assistants*"


@pytest.fixture
def cora(ledger: Ledger) -> Tenant:
    """Somebody of her own, with Bob's account at Anthropic. Of the last hour but five it says half at first."""
    ledger.sandbox.faults(
        [
            {
                "provider": "anthropic",
                "organization_id": "org-anthropic-bob",
                "kind": "revision",
                "parameters": {
                    "at": (ledger.clock.now() + timedelta(days=1)).isoformat(),
                    "percent": 50,
                    "hours": [revised_hour(ledger).isoformat()],
                },
            }
        ]
    )
    cora = a_tenant(ledger.context.database, "Cora", now=ledger.clock.now())
    connect(ledger, cora)
    ledger.read()
    ledger.sandbox.clear_faults()
    return cora


def connect(ledger: Ledger, tenant: Tenant) -> None:
    with ThreadPoolExecutor(1) as worker:  # Playwright's loop runs in the test's own thread, and the key's test has its
        worker.submit(ledger.connect, tenant, "anthropic", label=LABEL).result()


def revised_hour(ledger: Ledger) -> datetime:
    return floor_to_hour(ledger.clock.now()) - 6 * HOUR


def connections_of(ledger: Ledger, tenant: Tenant) -> list[ConnectionView]:
    return list_connections(ledger.context.database, tenant.org_id)


def lose(ledger: Ledger, connection: ConnectionView, start: datetime, end: datetime) -> None:
    """By hand: what was read of these hours, and that it was."""
    with ledger.context.database.owner() as database:
        database.execute(
            "delete from raw.usage_observations where account_id = %s and bucket_started_at >= %s"
            " and bucket_started_at < %s",
            [connection.account_id, start, end],
        )
        database.execute(
            "update ops.account_coverage set known = known - tstzmultirange(tstzrange(%s, %s)) where account_id = %s",
            [start, end, connection.account_id],
        )


def hours_in(ledger: Ledger, tenant: Tenant, state: str, *, start: datetime, end: datetime) -> int:
    """As the API has them."""
    with ledger.api(tenant) as client:
        answer = asked(client, "/v1/telemetry/coverage", start=start.isoformat(), end=end.isoformat())
    spans = [span for span in answer["data"][0]["spans"] if span["state"] == state]
    return sum((datetime.fromisoformat(span["end"]) - datetime.fromisoformat(span["start"])) // HOUR for span in spans)


def test_missing_hours_are_shown_and_one_click_reads_them(ledger: Ledger, visit: Visit, cora: Tenant) -> None:
    (connection,) = connections_of(ledger, cora)
    midnight = ledger.clock.now().replace(hour=0, minute=0)
    start, end = midnight - timedelta(days=29), midnight + timedelta(days=1)
    known = hours_in(ledger, cora, "known", start=start, end=end)
    page = visit("/connections", token=cora.session_token)
    summary = page.locator("[data-coverage] [data-summary]")
    expect(summary).to_contain_text(f"{known} of {known} hours known.")
    expect(page.locator("[data-outcome=succeeded]")).to_contain_text("new or changed")

    gap = midnight - 16 * HOUR  # yesterday at eight
    lose(ledger, connection, gap, gap + 2 * HOUR)
    page.reload()
    expect(summary).to_contain_text(f"{known - 2} of {known} hours known, 2 missing: {span_text(gap, gap + 2 * HOUR)}")
    assert hours_in(ledger, cora, "missing", start=start, end=end) == 2
    expect(page.locator("[data-coverage] i[data-state=missing]")).to_have_attribute("data-hours", "2")
    wait_until_drawn(page)
    page.get_by_role("button", name="Read the 2 missing hours now").click()
    expect(page.get_by_test_id("stProgress")).to_contain_text("Waiting for its turn")
    ledger.read()
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    expect(summary).to_contain_text(f"{known} of {known} hours known.")
    expect(page.get_by_role("button", name="missing hours")).to_have_count(0)
    assert hours_in(ledger, cora, "missing", start=start, end=end) == 0

    wait_until_drawn(page)
    page.get_by_role("link", name="What Anthropic changed afterwards").click()
    assert_revisions(ledger, page, cora)


def assert_revisions(ledger: Ledger, page: Page, tenant: Tenant) -> None:
    """What the sandbox said differently, and nothing else, as the API has it."""
    with ledger.api(tenant) as client:
        changes = asked(client, "/v1/telemetry/revisions")["data"]
        hour = revised_hour(ledger)
        used = asked(client, "/v1/telemetry/usage", start=hour.isoformat(), end=(hour + HOUR).isoformat())["data"]
    assert changes
    assert {change["id"] for change in changes} == {row["id"] for row in used if row["revision"] == 2}
    assert all(change["before"]["output_tokens"] <= change["after"]["output_tokens"] // 2 for change in changes)
    expect(page.locator("[data-revisions]")).to_have_attribute("data-revisions", str(len(changes)))
    assert [on_row(row) for row in page.locator("[data-bucket]").all()] == [in_answer(change) for change in changes]
    expect(page.locator("[data-figure=tokens]")).to_have_attribute(
        "data-exact", str(sum(tokens(change["after"]) - tokens(change["before"]) for change in changes))
    )


def on_row(row: Locator) -> tuple[str | None, ...]:
    return (
        row.get_attribute("data-bucket"),
        row.get_attribute("data-change"),
        row.locator("[data-exact]").first.get_attribute("data-exact"),
    )


def in_answer(change: dict[str, Any]) -> tuple[str, ...]:
    return change["id"], change["change"], str(tokens(change["after"]) - tokens(change["before"]))


def tokens(held: dict[str, Any]) -> int:
    return sum(count or 0 for name, count in held.items() if name.endswith("_tokens"))


def test_only_its_name_removes_a_connection(ledger: Ledger, visit: Visit) -> None:
    dora = a_tenant(ledger.context.database, "Dora", now=ledger.clock.now())
    connect(ledger, dora)
    page = visit("/connections", token=dora.session_token, width=390)
    expect(page.locator("[data-connection]")).to_be_visible()
    wait_until_drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("What was read stays")).to_be_visible()
    wait_until_drawn(page)
    page.get_by_label("to confirm").fill("Something else")
    page.get_by_role("button", name="Remove this connection").click()
    expect(page.get_by_text("That is not its name; it stays.")).to_be_visible()
    assert [each.label for each in connections_of(ledger, dora)] == [LABEL]
    wait_until_drawn(page)
    page.get_by_label("to confirm").fill(LABEL)
    page.get_by_role("button", name="Remove this connection").click()
    expect(page.locator("[data-connection]")).to_have_count(0)
    expect(page.get_by_role("button", name="Test and connect")).to_be_visible()
    assert connections_of(ledger, dora) == []


def test_a_link_of_somebody_elses_connection_shows_nothing(ledger: Ledger, visit: Visit) -> None:
    bobs = connections_of(ledger, ledger.bob)[0]
    page = visit(f"/revisions?connection={public_id('conn', bobs.id)}")
    expect(page.get_by_role("heading", level=1).filter(has_text="There is no such connection")).to_be_visible()
    expect(page.locator("[data-bucket]")).to_have_count(0)
