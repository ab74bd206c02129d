"""The demo from nothing, killed, and run again: real processes, one database, nothing left behind."""

import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.demo.home import PAID_EMAIL, DemoHome, NotADemoError
from app.demo.run import Wanted, run_demo
from app.demo.stripe_sandbox import LiveKeyError
from core.settings import Settings
from tests.app.running_demo import RunningDemo, running_demo

DAYS = 3


def rows_of(demo: RunningDemo) -> set[tuple[str, str]]:
    with demo.client() as client:
        summary = client.get("/v1/telemetry/summary", params={"group_by": "provider,model"}).raise_for_status().json()
    return {(row["provider"], row["model"]) for row in summary["data"]}


def test_it_fills_a_page_is_killed_goes_on_and_leaves_nothing_behind(home: Path) -> None:
    with running_demo(home, days=DAYS) as first:
        providers = {provider for provider, _ in rows_of(first)}
        with first.client() as client:
            connections = client.get("/v1/connections").raise_for_status().json()["data"]
        password, seen = first.password, rows_of(first)
        second = RunningDemo(home, days=DAYS, first_port=18321)
        assert "The demo runs already: " in second.wait_for(r"(error: .*)")
        second.stop()
        first.send(signal.SIGKILL)
    assert providers == {"openai", "anthropic", "openrouter"}
    assert sorted((each["label"], each["status"]) for each in connections) == [
        ("Anthropic assistants", "active"),
        ("OpenAI production", "active"),
        ("OpenAI prototype (old)", "error"),
        ("OpenRouter experiments", "active"),
    ]

    with running_demo(home, days=DAYS, paid=True) as again:
        assert again.password == password
        assert rows_of(again) >= seen
        again.wait_for(r"(two of its months are closed)")
        with again.client(email=PAID_EMAIL) as client:
            periods = client.get("/v1/billing/periods").raise_for_status().json()["data"]
            looked_at = datetime.now(UTC)
            receipts = client.get("/v1/receipts").raise_for_status().json()["data"]
            pdfs = [client.get(receipt["links"]["pdf"]).raise_for_status().content for receipt in receipts]
        assert again.send(signal.SIGINT) == 0
    assert again.processes() == []
    assert [(each["funding"], each["state"]) for each in periods] == [
        ("free", "waived"),
        ("paid", "closed"),
        ("paid", "closed"),
        ("paid", "open"),
        ("free", "open"),
    ]
    assert all(each["retired_grams"] > 0 and each["missing_hours"] == 0 for each in periods[1:3])
    assert all(datetime.fromisoformat(each["closed_at"]) < looked_at for each in periods[1:3])
    assert [(each["state"], each["test"], each["serial"]) for each in receipts] == [
        ("issued", True, period["receipt_serial"]) for period in periods[1:3]
    ]
    assert all(pdf.startswith(b"%PDF-") for pdf in pdfs)


def test_a_live_key_is_refused(home: Path) -> None:
    settings = Settings(home=home, stripe_secret_key="sk_live_x", stripe_webhook_secret="whsec_x", _env_file=None)
    with pytest.raises(LiveKeyError, match="The demo sells nothing for real"):
        run_demo(settings, Wanted(port=18321, days=DAYS, dagster=False, paid=True))
    assert not list(home.glob("*"))


def test_a_ledger_of_one_s_own_is_not_filled_with_sandbox_data(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    with pytest.raises(NotADemoError, match="holds a ledger of your own"):
        DemoHome.of(Settings(home=home, _env_file=None))
