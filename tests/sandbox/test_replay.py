"""A replayed trace comes back from each provider's API exactly: nothing lost, nothing twice, nothing moved."""

from dataclasses import replace

import pytest

from tests.sandbox import reading
from tests.sandbox_process import SandboxHandle, an_account
from tests.truth import Cell, Tokens, total, truth_of


def without_requests(cells: dict[Cell, Tokens]) -> dict[Cell, Tokens]:
    return {cell: replace(tokens, requests=0) for cell, tokens in cells.items()}


def test_openai_answers_the_trace_cell_by_cell(sandbox: SandboxHandle) -> None:
    answers = list(reading.pages(sandbox, reading.openai, reading.OPENAI_WHOLE))
    assert reading.openai_cells(answers) == truth_of(an_account("openai"))
    assert [len(page["data"]) for page in answers] == [24, 24, 24]


def test_anthropic_legacy_answers_the_trace_cell_by_cell(sandbox: SandboxHandle) -> None:
    answers = list(reading.pages(sandbox, reading.anthropic, reading.ANTHROPIC_WHOLE))
    assert reading.anthropic_cells(answers) == without_requests(truth_of(an_account("anthropic")))


def test_anthropic_analytics_answer_the_trace_with_the_default_workspace_tagged(sandbox: SandboxHandle) -> None:
    params = [*reading.ANALYTICS_WHOLE, ("order_by", "time"), ("order", "asc")]
    cells = reading.analytics_cells(list(reading.pages(sandbox, reading.analytics, params)))
    defaults = {cell.project for cell in cells if cell.project and cell.project.startswith("wrkspc_01Default")}
    (default,) = defaults
    untagged = {cell._replace(project=None if cell.project == default else cell.project): cells[cell] for cell in cells}
    assert untagged == truth_of(an_account("anthropic"))


def test_openrouter_answers_the_trace_by_hour_and_model(sandbox: SandboxHandle) -> None:
    answer = reading.openrouter_query(sandbox, dimensions=["model"]).json()["data"]
    found = {
        (row["date__hour"], row["model"]): tuple(
            int(row[name]) for name in ("tokens_prompt", "cached_tokens", "tokens_completion", "request_count")
        )
        for row in answer["data"]
    }
    expected: dict[tuple[str, str], Tokens] = {}
    for cell, tokens in truth_of(an_account("openrouter")).items():
        hour = cell.hour.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        expected.setdefault((hour, cell.model), Tokens()).add(tokens)
    assert found == {key: (t.input, t.cached, t.output, t.requests) for key, t in expected.items()}
    assert answer["metadata"]["truncated"] is False


def test_openrouter_workspace_filters_and_the_unset_rest_add_up_to_the_whole(sandbox: SandboxHandle) -> None:
    truth = truth_of(an_account("openrouter"))
    workspaces = sorted({cell.project for cell in truth if cell.project})
    assert len(workspaces) == 3
    for workspace in workspaces:
        chosen = [{"field": "workspace", "operator": "eq", "value": workspace}]
        rows = reading.openrouter_query(sandbox, filters=chosen).json()["data"]["data"]
        expected = total(tokens for cell, tokens in truth.items() if cell.project == workspace)
        assert sum(int(row["tokens_prompt"]) for row in rows) == expected.input
    others = [{"field": "workspace", "operator": "not_in", "value": workspaces, "include_unset": True}]
    rows = reading.openrouter_query(sandbox, filters=others).json()["data"]["data"]
    expected = total(tokens for cell, tokens in truth.items() if cell.project is None)
    assert sum(int(row["tokens_prompt"]) for row in rows) == expected.input > 0


def test_openrouter_activity_has_the_completed_days(sandbox: SandboxHandle) -> None:
    truth = truth_of(an_account("openrouter"))
    rows = reading.openrouter(sandbox, "activity", [("group_by", "workspace")]).json()["data"]
    expected = total(truth.values())
    assert sum(row["prompt_tokens"] for row in rows) == expected.input
    assert sum(row["cached_tokens"] for row in rows) == expected.cached
    assert sum(row["completion_tokens"] for row in rows) == expected.output
    assert sum(row["requests"] for row in rows) == 400
    assert {row["workspace_id"] for row in rows} == {cell.project for cell in truth if cell.project}


@pytest.mark.parametrize("provider", ["openai", "anthropic", "openrouter"])
def test_at_least_three_projects_keys_and_models_are_used(provider: str) -> None:
    cells = truth_of(an_account(provider))
    assert len({cell.project for cell in cells}) == 4
    assert len({cell.api_key for cell in cells}) == 10
    assert {cell.model for cell in cells} == set(an_account(provider)["models"])
