"""Notification targets on the page of members and keys: added, tested against a real webhook, and removed."""

import pytest
from playwright.sync_api import expect

from tests.app.dashboard.browser import wait_until_drawn
from tests.app.dashboard.ledger import Ledger
from tests.app.dashboard.on_ledger.conftest import Visit
from tests.message_receivers import an_alert_receiver

pytestmark = [pytest.mark.browser, pytest.mark.database]


def test_a_target_is_added_tested_and_removed(ledger: Ledger, visit: Visit) -> None:
    page = visit("/members", width=390)
    with an_alert_receiver() as webhook, ledger.api(ledger.ada) as client:
        headers = ledger.ada.by_cookie | {"Origin": ledger.url}
        del client.headers["Authorization"]

        def listed() -> list[dict[str, str]]:
            data: list[dict[str, str]] = client.get("/v1/notification-targets", headers=headers).json()["data"]
            return data

        page.get_by_text("Add a target").click()
        page.get_by_role("textbox", name="Address").fill("https://hooks.example.com/hunter2")
        page.get_by_role("button", name="Add target").click()
        expect(page.get_by_role("alert").get_by_text("Write the webhook https://host/path as jsons")).to_be_visible()
        page.get_by_role("textbox", name="Address").fill(f"{webhook.url}hunter2")
        page.get_by_role("textbox", name="Label").fill("On call")
        page.get_by_role("button", name="Add target").click()
        expect(page.get_by_text("Webhook, json://127.0.0.1/…, nothing sent yet")).to_be_visible()
        assert [(each["label"], each["masked"]) for each in listed()] == [("On call", "json://127.0.0.1/…")]

        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("The receiving server took the message.")).to_be_visible()
        assert [message["title"] for message in webhook.received] == ["CarbonLedger: a test"]
        webhook.status = 500
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_role("alert").get_by_text("The receiving server could not be reached")).to_be_visible()
        page.reload()
        expect(page.get_by_text("last failed (not-delivered)")).to_be_visible()
        assert "hunter2" not in page.content()
        wait_until_drawn(page)
        page.wait_for_function("document.documentElement.scrollWidth === 390")

        page.locator(".st-key-target-1").get_by_role("button", name="Remove").click()
        expect(page.get_by_text("On call")).to_have_count(0)
        assert listed() == []
