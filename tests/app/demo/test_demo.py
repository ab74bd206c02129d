"""The demo from nothing, killed, and run again: real processes, one database, nothing left behind."""

import signal
from pathlib import Path

import pytest

from app.demo.home import DemoHome, NotADemoError
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

    with running_demo(home, days=DAYS) as again:
        assert again.password == password
        assert rows_of(again) >= seen
        assert again.send(signal.SIGINT) == 0
    assert again.processes() == []


def test_a_ledger_of_one_s_own_is_not_filled_with_sandbox_data(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    with pytest.raises(NotADemoError, match="holds a ledger of your own"):
        DemoHome.of(Settings(home=home, _env_file=None))
