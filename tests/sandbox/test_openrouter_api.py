"""OpenRouter's analytics and activity as documented: two dimensions, string counts, labels for ids, management keys."""

from typing import Any

import httpx
import pytest

from tests.sandbox import reading
from tests.sandbox.conftest import generated_key, limited_key
from tests.sandbox_process import SandboxHandle, admin_key

MANAGEMENT_ONLY = {"error": {"code": 403, "message": "Only management keys can perform this operation"}}


def test_a_row_has_string_counts_its_dimensions_and_the_hour(sandbox: SandboxHandle) -> None:
    answer = reading.openrouter_query(sandbox).json()
    assert set(answer["data"]["metadata"]) == {"query_time_ms", "row_count", "truncated"}
    row = answer["data"]["data"][0]
    assert row["date__hour"] == "2026-11-19T00:00:00.000Z"
    assert set(row) == {
        "date__hour", "model", "provider", "request_count", "tokens_prompt", "tokens_completion", "reasoning_tokens",
        "cached_tokens",
    }  # fmt: skip
    assert row["tokens_prompt"].isdecimal()


def test_a_third_dimension_is_refused(sandbox: SandboxHandle) -> None:
    answer = reading.openrouter_query(sandbox, dimensions=["model", "provider", "workspace"])
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 400)


def test_workspaces_come_back_as_labels(sandbox: SandboxHandle) -> None:
    rows = reading.openrouter_query(sandbox, dimensions=["workspace"], granularity=None).json()["data"]["data"]
    assert {row["workspace"] for row in rows} == {"Workspace 1", "Workspace 2", "Workspace 3", None}
    listed = reading.openrouter(sandbox, "workspaces").json()
    assert listed["total_count"] == 3
    assert [workspace["name"] for workspace in listed["data"]] == ["Workspace 1", "Workspace 2", "Workspace 3"]


def test_an_id_that_nobody_knows_gives_no_rows_and_a_warning(sandbox: SandboxHandle) -> None:
    nobody = [{"field": "workspace", "operator": "eq", "value": "0df9e665-d932-5740-b2c7-b52af166bc11"}]
    data = reading.openrouter_query(sandbox, filters=nobody).json()["data"]
    assert data["data"] == []
    assert data["warnings"] == ["Filter value could not be resolved: 0df9e665-d932-5740-b2c7-b52af166bc11"]


@pytest.mark.parametrize("operator", ["neq", "not_in"])
def test_usage_of_no_workspace_passes_no_filter_unless_asked_for(sandbox: SandboxHandle, operator: str) -> None:
    nobody = "0df9e665-d932-5740-b2c7-b52af166bc11"
    others = [{"field": "workspace", "operator": operator, "value": [nobody] if operator == "not_in" else nobody}]
    rows = reading.openrouter_query(sandbox, dimensions=["workspace"], granularity=None, filters=others).json()
    assert {row["workspace"] for row in rows["data"]["data"]} == {"Workspace 1", "Workspace 2", "Workspace 3"}


def test_more_rows_than_the_limit_are_cut_off_and_said_to_be(sandbox: SandboxHandle) -> None:
    data = reading.openrouter_query(sandbox, limit=5).json()["data"]
    assert (len(data["data"]), data["metadata"]["row_count"], data["metadata"]["truncated"]) == (5, 5, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"metrics": []},
        {"metrics": ["happiness"]},
        {"dimensions": ["color"]},
        {"granularity": "fortnight"},
        {"limit": 10_001},
        {"time_range": {"start": "2026-11-19T00:00:00Z", "end": "2026-11-18T00:00:00Z"}},
        {"time_range": {"start": "2026-10-01T00:00:00Z", "end": "2026-10-08T00:00:00Z"}},
        {"granularity": "minute"},
        {"filters": [{"field": "model", "operator": "eq", "value": ["a"]}]},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_a_bad_query_is_refused(sandbox: SandboxHandle, changes: dict[str, Any]) -> None:
    answer = reading.openrouter_query(sandbox, **changes)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 400)


def test_models_alone_are_known_for_a_year(sandbox: SandboxHandle) -> None:
    august = {"start": "2026-08-03T00:00:00Z", "end": "2026-08-10T00:00:00Z"}
    answer = reading.openrouter_query(sandbox, dimensions=["model"], time_range=august, key=generated_key("openrouter"))
    assert answer.json()["data"]["metadata"]["row_count"] > 168


def test_sixty_four_queries_a_minute_are_answered(sandbox: SandboxHandle) -> None:
    hour = {"start": "2026-11-19T00:00:00Z", "end": "2026-11-19T01:00:00Z"}
    statuses = [reading.openrouter_query(sandbox, time_range=hour, key=limited_key()).status_code for _ in range(65)]
    assert statuses == [200] * 64 + [429]


def test_own_provider_keys_are_counted_among_the_requests(sandbox: SandboxHandle) -> None:
    metrics = ["request_count", "byok_request_count"]
    (row,) = reading.openrouter_query(
        sandbox, metrics=metrics, dimensions=[], granularity=None, key=generated_key("openrouter")
    ).json()["data"]["data"]
    requests, byok = int(row["request_count"]), int(row["byok_request_count"])
    assert requests * 0.15 < byok < requests * 0.2


def test_activity_ends_yesterday_and_goes_back_thirty_days(sandbox: SandboxHandle) -> None:
    rows = reading.openrouter(sandbox, "activity", key=generated_key("openrouter")).json()["data"]
    assert (rows[0]["date"], rows[-1]["date"]) == ("2026-11-21", "2026-10-23")
    assert set(rows[0]) == {
        "date", "model", "model_permaslug", "endpoint_id", "provider_name", "usage", "byok_usage_inference", "requests",
        "prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens",
    }  # fmt: skip
    for refused in ("2026-11-22", "2026-10-22", "yesterday"):
        assert reading.openrouter(sandbox, "activity", [("date", refused)]).status_code == 400
    one_day = reading.openrouter(sandbox, "activity", [("date", "2026-11-21")]).json()["data"]
    assert {row["date"] for row in one_day} == {"2026-11-21"}


def test_a_slug_is_a_permaslug_without_its_date(sandbox: SandboxHandle) -> None:
    rows = reading.openrouter(sandbox, "activity").json()["data"]
    assert {row["model_permaslug"]: row["model"] for row in rows} == {
        "anthropic/claude-4.5-sonnet-20250929": "anthropic/claude-4.5-sonnet",
        "openai/gpt-5-mini-2025-08-07": "openai/gpt-5-mini",
        "deepseek/deepseek-chat-v3.1": "deepseek/deepseek-chat-v3.1",
    }


@pytest.mark.parametrize("path", ["activity", "analytics/meta", "credits", "workspaces"])
def test_an_inference_key_is_refused_but_may_ask_what_it_is(sandbox: SandboxHandle, path: str) -> None:
    key = f"{admin_key('openrouter')}-project"
    answer = reading.openrouter(sandbox, path, key=key)
    assert (answer.status_code, answer.json()) == (403, MANAGEMENT_ONLY)
    assert reading.openrouter(sandbox, "key", key=key).json()["data"]["is_management_key"] is False


def test_a_management_key_says_so(sandbox: SandboxHandle) -> None:
    data = reading.openrouter(sandbox, "key").json()["data"]
    assert (data["is_management_key"], data["organization_id"]) == (True, "org-openrouter")


def test_no_key_and_an_unknown_key_are_refused(sandbox: SandboxHandle) -> None:
    url = f"{sandbox.base_urls.openrouter}/activity"
    missing = httpx.get(url)
    assert (missing.status_code, missing.json()) == (
        401,
        {"error": {"code": 401, "message": "Missing Authentication header"}},
    )
    assert reading.openrouter(sandbox, "activity", key="sk-or-v1-unknown").status_code == 401


def test_meta_lists_what_a_query_may_name(sandbox: SandboxHandle) -> None:
    meta = reading.openrouter(sandbox, "analytics/meta").json()["data"]
    assert {"model", "provider", "workspace"} <= {entry["name"] for entry in meta["dimensions"]}
    assert {"cached_tokens", "byok_request_count"} <= {entry["name"] for entry in meta["metrics"]}
    assert {entry["name"]: entry["value_type"] for entry in meta["operators"]}["in"] == "array"
