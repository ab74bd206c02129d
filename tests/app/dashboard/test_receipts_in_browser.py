"""The Receipts pages in a real browser: the API's numbers, the files behind the links, and a check of what is shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.principal import SESSION_COOKIE
from app.receipts.records import list_receipts
from core.clock import FixedClock, SystemClock
from core.database import Database, DatabaseUrls, create_database
from core.ids import random_token
from core.secret_store import secret_store
from core.settings import Settings
from receipts.issue import issue_due
from receipts.voids import void
from tests.app.dashboard.accessibility import faults
from tests.app.dashboard.browser import exact, new_profile, wait_until_drawn
from tests.app.dashboard.till import served, settings_on
from tests.app.receipts.ledger import issuing, receipt_ledger
from tests.app.receipts.owners import owner_of
from tests.app.tenants import Tenant, a_tenant
from tests.conftest import _drop
from tests.receipts.closed_periods import closed_period

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
MICROGRAM = Decimal("0.000001")
FILES = {"PDF": "pdf", "JSON": "json", "Log proof": "tlog_proof", "Sealed usage file": "sealed_usage"}
"""What a link is called: its name in the API's links."""


@dataclass(frozen=True, slots=True)
class Served:
    """`owner` has receipts of October and November; `free` never paid."""

    url: str
    settings: Settings
    database: Database
    owner: Tenant
    free: Tenant

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=self.owner.by_read_key, timeout=60).raise_for_status()

    @property
    def receipts(self) -> list[dict[str, Any]]:
        """As the API lists them, oldest first."""
        listed: list[dict[str, Any]] = self.get("/v1/receipts").json()["data"]
        return listed


@pytest.fixture(scope="module")
def server(postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    name = f"receipts_{random_token()[:12].lower().replace('-', '_')}"
    urls = DatabaseUrls(admin=create_database(postgres_url, name, template=template_database))
    settings = issuing(settings_on(urls.admin, tmp_path_factory.mktemp("receipts")))
    now = SystemClock().now()
    with Database(urls) as database:
        owner = receipt_ledger(database, settings, now=now).owner
        free = a_tenant(database, "Free", now=now)
        with served(settings, worker=False) as url:
            yield Served(url, settings, database, owner, free)
    _drop(postgres_url, name)


@pytest.fixture
def visit(server: Served, browser: Browser) -> Iterator[Visit]:
    """Opens a page as the owner or as somebody else; a script that failed fails the test."""
    contexts, failures = [], []

    def open_page(path: str, *, token: str = server.owner.session_token, width: int = 1280) -> Page:
        context = new_profile(browser, width=width)
        contexts.append(context)
        context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(server.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert failures == []


def grams(micrograms: str) -> Decimal:
    return Decimal(micrograms) * MICROGRAM


def shown_lines(page: Page, kind: str) -> dict[str, Decimal | None]:
    """Central grams by the line's name, as the table has them."""
    rows = page.locator(f"[data-lines={kind}] [data-line]").all()
    found = {}
    for row in rows:
        value = row.locator("[data-exact]")
        found[str(row.get_attribute("data-line"))] = (
            Decimal(str(value.get_attribute("data-exact"))) if value.count() else None
        )
    return found


def test_the_list_shows_the_api_s_numbers_newest_first(server: Served, visit: Visit) -> None:
    page = visit("/receipts")
    page.wait_for_selector("[data-receipt]")
    rows = page.locator("[data-receipt]")
    for row, receipt in zip(rows.all(), server.receipts[::-1], strict=True):
        assert row.get_attribute("data-receipt") == receipt["serial"]
        expect(row.locator(".cl-badge")).to_have_text("Issued")
        assert row.locator("[data-exact]").first.get_attribute("data-exact") == receipt["co2e_grams"]["central"]
        bounds = row.locator("[data-low]")
        assert (bounds.get_attribute("data-low"), bounds.get_attribute("data-high")) == (
            receipt["co2e_grams"]["low"],
            receipt["co2e_grams"]["high"],
        )
        expect(row).to_contain_text(f"{receipt['retired_grams']:,} g")
    rows.first.locator("a").click()
    page.wait_for_url(f"{server.url}/receipt?serial={server.receipts[-1]['serial']}")
    expect(page.locator("h1")).to_have_text(server.receipts[-1]["serial"])


def test_the_page_shows_every_number_of_the_signed_document(server: Served, visit: Visit) -> None:
    serial = server.receipts[-1]["serial"]
    subject = server.get(f"/v1/receipts/{serial}.json").json()["credentialSubject"]
    page = visit(f"/receipt?serial={serial}")
    page.wait_for_selector("[data-record]")
    assert Decimal(exact(page, "[data-figure=emissions] ")) == grams(subject["emissions"]["central"])
    assert Decimal(exact(page, "[data-figure=energy] ")) == grams(subject["energy"]["central"])
    assert exact(page, "[data-figure=retired] ") == subject["retired"]["grams"]
    expect(page.locator("[data-legal-name]")).to_have_text(subject["legalName"])
    expect(page.locator("[data-statement]")).to_have_text(subject["statement"])
    lines = subject["usage"]["models"]
    assert shown_lines(page, "models") == {line["model"]: grams(line["emissions"]["central"]) for line in lines}
    projects = subject["usage"]["projects"]
    assert shown_lines(page, "projects") == {line["name"]: grams(line["emissions"]["central"]) for line in projects}
    adjusted = subject["adjustments"]["lines"]
    assert shown_lines(page, "adjustments") == {line["model"]: grams(line["emissions"]["central"]) for line in adjusted}
    backing = page.locator("[data-credit]")
    assert [credit.get_attribute("data-credit") for credit in backing.all()] == [
        credit["serialNumberBlock"] for credit in subject["retired"]["credits"]
    ]
    assert backing.locator("a").first.get_attribute("href") == subject["retired"]["credits"][0]["unitRegistryLink"]
    expect(page.locator("[data-record]")).to_contain_text("missing of 3")
    expect(page.locator("[data-kid]")).to_have_text(server.receipts[-1]["kid"])


def test_the_files_are_the_api_s_and_the_check_passes(server: Served, visit: Visit) -> None:
    receipt = server.receipts[0]
    page = visit(f"/receipt?serial={receipt['serial']}")
    page.wait_for_selector("[data-record]")
    for label, link in {
        "PDF": "pdf",
        "JSON": "json",
        "Log proof": "tlog_proof",
        "Sealed usage file": "sealed_usage",
    }.items():
        with page.expect_download() as downloading:
            page.locator("[data-files]").get_by_role("link", name=label, exact=True).click()
        path = receipt["links"][link].removeprefix(server.url)
        assert downloading.value.path().read_bytes() == server.get(path).content
    expect(page.locator("[data-testid=stCode]")).to_contain_text(receipt["links"]["verify_in_full"])
    assert page.locator("[data-whole-page]").get_attribute("href") == receipt["links"]["verify_in_full"]
    page.get_by_role("button", name="Verify").click()
    page.wait_for_selector("[data-verified=yes]")
    outcomes = [check.get_attribute("data-outcome") for check in page.locator("[data-check]").all()]
    assert outcomes == ["passed"] * 9


def test_billing_leads_to_the_receipt(server: Served, visit: Visit) -> None:
    receipt = server.receipts[0]
    page = visit(f"/billing-period?id={receipt['period_id']}")
    page.locator(f"[data-receipt={receipt['serial']}]").click()
    expect(page.locator("h1")).to_have_text(receipt["serial"])
    page.get_by_role("link", name="October 2026").click()
    expect(page.locator("h1")).to_have_text("October 2026")
    page.goto(f"{server.url}/billing")
    expect(page.locator(f"[data-period-row] [data-receipt={receipt['serial']}]")).to_be_visible()


def test_the_legal_name_counts_for_receipts_to_come(server: Served, visit: Visit) -> None:
    page = visit("/receipts")
    shown = page.locator("[data-legal-name-of-receipts]")
    expect(shown.locator("strong")).to_have_text("Ada & Söhne")
    page.get_by_label("Legal name").fill("Ada und Söhne <GmbH>")
    page.get_by_label("Legal name").press("Enter")
    expect(shown.locator("strong")).to_have_text("Ada und Söhne <GmbH>")
    expect(page.locator(".st-key-legal-name [role=status]")).to_contain_text("Receipts from the next one on")
    assert {receipt["legal_name"] for receipt in server.receipts} == {"Ada & Söhne"}
    page.get_by_label("Legal name").fill("=SUM(A1)")
    page.get_by_label("Legal name").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("spreadsheets would run it")
    expect(shown.locator("strong")).to_have_text("Ada und Söhne <GmbH>")


def test_on_the_free_plan_there_is_one_sentence_and_the_way_to_the_plans(server: Served, visit: Visit) -> None:
    page = visit("/receipts", token=server.free.session_token)
    expect(page.locator(".st-key-receipts")).to_contain_text(
        "On the free plan usage is measured and nothing is retired"
    )
    page.get_by_role("button", name="Upgrade to offset").click()
    page.wait_for_url(f"{server.url}/upgrade")


def test_a_void_receipt_says_why_and_leads_to_the_one_that_takes_its_place(server: Served, visit: Visit) -> None:
    now, secrets = SystemClock().now(), secret_store(server.settings)
    period = closed_period(server.database, organization="Eve")
    eve = owner_of(server.database, period, now=now)
    issue_due(server.database, secrets, server.settings, clock=FixedClock(now))
    (old,) = list_receipts(server.database, period.org_id)
    void(server.database, secrets, serial=old.serial, reason_code="error_found", note="A sum <b>was</b> wrong.",
         replace=True, actor="operator", now=now)  # fmt: skip
    page = visit(f"/receipt?serial={old.serial}", token=eve.session_token)
    heading = page.locator("[data-receipt-of]")
    expect(heading).to_have_attribute("data-state", "voided")
    expect(heading).to_contain_text(
        "An error was found in it. It no longer stands. Another receipt will take its place."
    )
    expect(heading).to_contain_text("A sum <b>was</b> wrong.")
    issue_due(server.database, secrets, server.settings, clock=FixedClock(now))
    _, new = list_receipts(server.database, period.org_id)
    page.reload()
    expect(heading).to_have_attribute("data-state", "superseded")
    heading.get_by_role("link", name=f"To {new.serial}").click()
    expect(page.locator("h1")).to_have_text(new.serial)
    expect(heading).to_contain_text(f"It takes the place of {old.serial}.")


def test_somebody_else_s_receipt_is_not_there(server: Served, visit: Visit) -> None:
    page = visit(f"/receipt?serial={server.receipts[0]['serial']}", token=server.free.session_token)
    expect(page.locator("h1")).to_have_text("There is no such receipt")


def test_the_pages_of_a_period_and_a_receipt_can_be_read_by_everybody(server: Served, visit: Visit) -> None:
    receipt = server.receipts[-1]
    page = visit("/receipts")
    for path in (f"/billing-period?id={receipt['period_id']}", f"/receipt?serial={receipt['serial']}"):
        page.goto(server.url + path)
        page.wait_for_selector(f"[data-receipt={receipt['serial']}], [data-record]")
        wait_until_drawn(page)
        assert faults(page) == [], path
