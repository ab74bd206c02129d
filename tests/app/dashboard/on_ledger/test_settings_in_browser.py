"""Settings and notices in Chromium, in an organization of its own."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from app.accounts.sessions import log_in
from core.owner_notices import tell_owners
from tests.app.dashboard.browser import wait_until_drawn
from tests.app.dashboard.ledger import Ledger
from tests.app.dashboard.on_ledger.conftest import Visit
from tests.app.tenants import PASSWORD, Tenant, a_tenant

pytestmark = [pytest.mark.browser, pytest.mark.database]

NEW_PASSWORD = "nine quiet otters"


@pytest.fixture(scope="module")
def selma(ledger: Ledger) -> Tenant:
    tenant = a_tenant(ledger.context.database, "Selma", now=ledger.clock.now())
    for minute, key in enumerate(("connection-stopped:7:x", "payment_failed:in_1:1")):
        with ledger.context.database.worker() as connection:
            tell_owners(
                connection, org_id=tenant.org_id, dedupe_key=key, title=f"Notice {minute}", body="Look at it.",
                now=ledger.clock.now() + timedelta(minutes=minute),
            )  # fmt: skip
    return tenant


def submit(page: Page, button: str) -> None:
    wait_until_drawn(page)
    page.get_by_role("button", name=button).click()


def test_notices_are_counted_linked_and_marked_as_read(selma: Tenant, visit: Visit) -> None:
    page = visit("/notices", token=selma.session_token, width=1440)
    wait_until_drawn(page)
    expect(page.locator("[data-unread]")).to_have_text("2 unread notices")
    titles = page.locator("[data-notice] h2")
    expect(titles).to_have_text(["Notice 1 new", "Notice 0 new"])
    expect(page.get_by_role("link", name="Re-authenticate the connection")).to_have_attribute("href", "/connections")
    page.get_by_role("button", name="Mark as read").first.click()
    expect(page.locator("[data-unread]")).to_have_text("1 unread notice")
    expect(titles).to_have_text(["Notice 1", "Notice 0 new"])
    submit(page, "Mark all as read")
    expect(page.locator("[data-unread]")).to_have_count(0)
    expect(page.locator("[data-notice=unread]")).to_have_count(0)


def test_a_person_settles_name_password_and_sessions_and_reads_the_audit_log(
    ledger: Ledger, selma: Tenant, visit: Visit
) -> None:
    log_in(
        ledger.context.database, email="selma@example.com", password=PASSWORD, address="127.0.0.1", memory_mib=8,
        now=ledger.clock.now(),
    )  # fmt: skip
    page = visit("/settings", token=selma.session_token, width=390)
    wait_until_drawn(page)
    expect(page.locator("[data-session]")).to_have_count(2)
    page.get_by_label("Display name (optional)", exact=True).fill("Selma H.")
    submit(page, "Save name")
    wait_until_drawn(page)

    page.get_by_label("Present password", exact=True).fill("not it")
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    submit(page, "Change password")
    expect(page.get_by_role("alert").get_by_text("This is not your present password.")).to_be_visible()
    page.get_by_label("Present password", exact=True).fill(PASSWORD.get_secret_value())
    submit(page, "Change password")
    expect(page.get_by_text("The password is changed")).to_be_visible()
    expect(page.locator("[data-session]")).to_have_count(1)
    log_in(
        ledger.context.database, email="selma@example.com", password=SecretStr(NEW_PASSWORD), address="127.0.0.1",
        memory_mib=8, now=ledger.clock.now(),
    )  # fmt: skip

    page.goto(f"{ledger.url}/settings?act=password.changed")
    wait_until_drawn(page)
    expect(page.locator("[data-act]")).to_have_count(1)
    expect(page.locator("[data-act]")).to_contain_text("selma@example.com")
    submit(page, "Sign out everywhere else")
    expect(page.locator("[data-session]")).to_have_count(1)
    page.wait_for_function("document.documentElement.scrollWidth === 390")

    page.goto(f"{ledger.url}/members")
    expect(page.get_by_text("Selma H. (selma@example.com)")).to_be_visible()


def test_an_owner_deletes_the_organization(ledger: Ledger, visit: Visit) -> None:
    henry = a_tenant(ledger.context.database, "Henry", now=ledger.clock.now())
    page = visit("/settings", token=henry.session_token)
    wait_until_drawn(page)
    page.get_by_text("Delete this organization").click()
    page.get_by_label("The organization's name", exact=True).fill("Harry")
    page.get_by_label("Your password", exact=True).fill(PASSWORD.get_secret_value())
    submit(page, "Delete it for good")
    expect(page.get_by_role("alert").get_by_text("This is not the organization's name.")).to_be_visible()
    page.get_by_label("The organization's name", exact=True).fill("Henry")
    submit(page, "Delete it for good")
    page.wait_for_url("**/auth/login*")
    with ledger.context.database.worker() as connection:
        state = connection.execute("select state from ops.organizations where id = %s", [henry.org_id]).fetchone()
    assert state == {"state": "deleting"}
