"""What the mapping editor says of each part of an account: where its usage goes today, and how much it is."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.dashboard.selector_figures import SelectorFigure, selector_figures
from app.dashboard.selector_words import selector_title
from app.telemetry.seen_selectors import SeenSelector
from ingestion.mapping import WHOLE_ACCOUNT, MappingView, Selector, WorkloadView
from ingestion.usage_row import ProviderName

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 23, tzinfo=UTC)
PROJECTS = {1: "Default", 2: "Search", 3: "Chat"}


def a_workload(selector: Selector, project_id: int, **changes: Any) -> WorkloadView:
    whole: dict[str, Any] = {"id": 1, "starts_at": None, "ends_at": None}
    return WorkloadView(
        **(whole | {"selector": selector, "project_id": project_id, "project_name": PROJECTS[project_id]} | changes)
    )


def seen(kind: Any, value: str, *, used_in: str | None = None, share: int | None = None) -> SeenSelector:
    return SeenSelector(Selector(kind, value), used_in, None, 7, Decimal(2_000_000), share, None, None)


def figures(*workloads: WorkloadView, parts: tuple[SeenSelector, ...]) -> dict[str, SelectorFigure]:
    view = MappingView(1, 1, ProviderName.ANTHROPIC, 1, False, (a_workload(WHOLE_ACCOUNT, 1), *workloads))
    return {figure.title: figure for figure in selector_figures(view, parts, now=NOW)}


def test_a_part_without_a_workload_follows_the_less_specific_one() -> None:
    found = figures(
        a_workload(Selector("project", "w1"), 2),
        a_workload(Selector("api_key", "k3"), 3),
        parts=(
            seen("project", "w1"),
            seen("project", "(none)"),
            seen("api_key", "k1", used_in="w1"),
            seen("api_key", "k2", used_in="w2"),
            seen("api_key", "k3", used_in="w1"),
            seen("api_key", "(none)"),
        ),
    )
    assert {title: (figure.goes_to, figure.follows) for title, figure in found.items()} == {
        "Whole account": ("Default", None),
        "Workspace w1": ("Search", None),
        "Default workspace": ("Default", "the whole account"),
        "Key k1": ("Search", "Workspace w1"),
        "Key k2": ("Default", "the whole account"),
        "Key k3": ("Chat", None),
        "Without an API key": (None, "the workspace that it is used in"),
    }


def test_what_is_mapped_and_was_not_seen_is_there_too_and_a_plan_is_not_in_force() -> None:
    planned = a_workload(Selector("project", "w9"), 2, starts_at=LATER)
    over = a_workload(Selector("project", "w8"), 2, ends_at=NOW)
    found = figures(planned, over, parts=(seen("api_key", "k1"),))
    assert list(found) == ["Whole account", "Workspace w9", "Key k1"]
    assert (found["Workspace w9"].goes_to, found["Workspace w9"].is_mapped) == ("Default", True)
    assert (found["Workspace w9"].share, found["Workspace w9"].grams) == ("no usage", None)
    assert (found["Key k1"].is_mapped, found["Key k1"].grams) == (False, Decimal(2))


def test_a_share_is_written_and_drawn() -> None:
    [_, figure] = figures(parts=(seen("api_key", "k1", share=123_456),)).values()
    assert (figure.share, figure.width) == ("12 %", Decimal("12.3456"))


@pytest.mark.parametrize(
    ("provider", "words"),
    [("openai", "Project p1"), ("anthropic", "Workspace p1"), ("openrouter", "Workspace p1")],
)
def test_each_provider_s_own_projects_are_called_as_there(provider: str, words: str) -> None:
    assert selector_title(Selector("project", "p1"), provider) == words
