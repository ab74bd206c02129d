"""Each fault does what its name says, for as long as it should; those that move usage end in the plain totals."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox import reading
from tests.sandbox.conftest import NOON
from tests.sandbox_process import SandboxHandle, admin_key, an_account
from tests.truth import Cell, Tokens, total, truth_of

TRUTH = truth_of(an_account("openai"))
HOUR = min(cell.hour for cell in TRUTH)
LATER = NOON + timedelta(hours=5)


def rule(kind: str, provider: str = "openai", **fields: Any) -> dict[str, Any]:
    return {"provider": provider, "kind": kind} | fields


def openai_cells(sandbox: SandboxHandle) -> dict[Cell, Tokens]:
    return reading.openai_cells(list(reading.pages(sandbox, reading.openai, reading.OPENAI_WHOLE)))


def test_late_rows_appear_minutes_after_their_hour_closed(sandbox: SandboxHandle) -> None:
    sandbox.faults([rule("late_rows", parameters={"minutes": 45, "hours": [HOUR.isoformat()], "share_percent": 50})])
    seen = []
    for minutes in (60, 104, 105):
        sandbox.set_clock(HOUR + timedelta(minutes=minutes))
        seen.append(total(tokens for cell, tokens in openai_cells(sandbox).items() if cell.hour == HOUR).requests)
    whole = total(tokens for cell, tokens in TRUTH.items() if cell.hour == HOUR).requests
    assert seen[0] == seen[1] < seen[2] == whole
    sandbox.set_clock(NOON)
    assert openai_cells(sandbox) == TRUTH


@pytest.mark.parametrize("percent", [60, 140])
def test_a_revision_changes_counts_at_its_instant(sandbox: SandboxHandle, percent: int) -> None:
    sandbox.faults([rule("revision", parameters={"at": LATER.isoformat(), "percent": percent})])
    before = openai_cells(sandbox)
    assert set(before) == set(TRUTH)
    wrong = total(before.values())
    assert abs(wrong.input * 100 - total(TRUTH.values()).input * percent) < 100 * 400 * 4
    sandbox.set_clock(LATER)
    assert openai_cells(sandbox) == TRUTH


def test_a_reattribution_fills_a_null_dimension_at_its_instant(sandbox: SandboxHandle) -> None:
    sandbox.faults([rule("reattribution", parameters={"at": LATER.isoformat(), "dimension": "api_key"})])
    before = openai_cells(sandbox)
    assert {cell.api_key for cell in before} == {None}
    assert total(before.values()) == total(TRUTH.values())
    sandbox.set_clock(LATER)
    assert openai_cells(sandbox) == TRUTH


def test_a_reattribution_can_move_rows_from_one_project_to_another(sandbox: SandboxHandle) -> None:
    moved = {"at": LATER.isoformat(), "dimension": "project", "value": "proj_old", "hours": [HOUR.isoformat()]}
    sandbox.faults([rule("reattribution", parameters=moved)])
    before = openai_cells(sandbox)
    assert {cell.hour for cell in before if cell.project == "proj_old"} == {HOUR}
    sandbox.set_clock(LATER)
    assert openai_cells(sandbox) == TRUTH


@pytest.mark.parametrize("retry_after", [None, 3])
def test_rate_limits_count_requests(sandbox: SandboxHandle, retry_after: int | None) -> None:
    sandbox.faults([rule("rate_limited", times=2, from_request=2, parameters={"retry_after": retry_after})])
    answers = [reading.openai(sandbox, reading.OPENAI_WHOLE) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers.get("retry-after") == (str(retry_after) if retry_after else None)
    assert answers[1].json()["error"]["code"] == "rate_limit_exceeded"


@pytest.mark.parametrize("status", [500, 503, 529])
def test_server_errors_speak_the_providers_words(sandbox: SandboxHandle, status: int) -> None:
    sandbox.faults([rule("server_error", "anthropic", times=1, parameters={"status": status})])
    failed = reading.anthropic(sandbox, reading.ANTHROPIC_WHOLE)
    expected = "overloaded_error" if status == 529 else "api_error"
    assert (failed.status_code, failed.json()["error"]["type"]) == (status, expected)
    assert reading.anthropic(sandbox, reading.ANTHROPIC_WHOLE).status_code == 200


def test_a_rule_keeps_to_its_endpoint_and_its_account(sandbox: SandboxHandle) -> None:
    sandbox.faults([rule("server_error", endpoint="embeddings"), rule("server_error", organization_id="org-other")])
    assert reading.openai(sandbox, reading.OPENAI_WHOLE).status_code == 200
    assert reading.openai(sandbox, reading.OPENAI_WHOLE[:3], path="embeddings").status_code == 500


def test_a_page_is_cut_in_the_middle(sandbox: SandboxHandle) -> None:
    sandbox.faults([rule("truncated_page", times=1)])
    answer = reading.openai(sandbox, reading.OPENAI_WHOLE)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_page_says_more_without_a_token(sandbox: SandboxHandle) -> None:
    sandbox.faults([rule("truncated_page", times=1, parameters={"how": "no_next_page"})])
    page = reading.openai(sandbox, reading.OPENAI_WHOLE).json()
    assert (len(page["data"]), page["has_more"], page["next_page"]) == (12, True, None)


def test_openrouter_says_that_an_answer_is_truncated(sandbox: SandboxHandle) -> None:
    whole = reading.openrouter_query(sandbox).json()["data"]["metadata"]["row_count"]
    sandbox.faults([rule("truncated_page", "openrouter", endpoint="analytics", times=1, parameters={"how": "flag"})])
    metadata = reading.openrouter_query(sandbox).json()["data"]["metadata"]
    assert (metadata["truncated"], metadata["row_count"]) == (True, whole // 2)


def test_a_page_token_repeats_itself(sandbox: SandboxHandle) -> None:
    sandbox.faults([rule("repeated_page_token")])
    first = reading.openai(sandbox, reading.OPENAI_WHOLE).json()
    again = reading.openai(sandbox, [*reading.OPENAI_WHOLE, ("page", first["next_page"])]).json()
    assert again["has_more"] is True
    assert again == first


def test_an_empty_answer_lasts_until_its_instant(sandbox: SandboxHandle) -> None:
    sandbox.faults([rule("empty_answer", parameters={"until": LATER.isoformat()})])
    assert openai_cells(sandbox) == {}
    sandbox.set_clock(LATER)
    assert openai_cells(sandbox) == TRUTH


def test_counts_can_be_spelled_either_way(sandbox: SandboxHandle) -> None:
    sandbox.faults(
        [
            rule("string_counts"),
            rule("string_counts", "openrouter", parameters={"spelled": "number"}),
        ]
    )
    bucket = reading.openai(sandbox, reading.OPENAI_WHOLE).json()["data"][0]
    assert bucket["results"][0]["input_tokens"].isdecimal()
    assert bucket["results"][0]["batch"] in {True, False}
    assert bucket["start_time"] == int(HOUR.timestamp())
    row = reading.openrouter_query(sandbox).json()["data"]["data"][0]
    assert isinstance(row["tokens_prompt"], int)


def test_more_tokens_are_cached_than_prompted(sandbox: SandboxHandle) -> None:
    sandbox.faults([rule("cached_exceeds_prompt", "openrouter")])
    row = reading.openrouter(sandbox, "activity").json()["data"][0]
    assert row["cached_tokens"] == row["prompt_tokens"] + 512
    queried = reading.openrouter_query(sandbox).json()["data"]["data"][0]
    assert int(queried["cached_tokens"]) > int(queried["tokens_prompt"])


def test_new_fields_are_absent(sandbox: SandboxHandle) -> None:
    sandbox.faults([rule("absent_new_fields"), rule("absent_new_fields", "openrouter")])
    row = reading.openai(sandbox, reading.OPENAI_WHOLE).json()["data"][0]["results"][0]
    assert "input_cache_write_tokens" not in row
    assert "input_uncached_tokens" not in row
    assert "cached_tokens" not in reading.openrouter(sandbox, "activity").json()["data"][0]


def test_the_default_workspace_is_tagged_in_the_legacy_report(sandbox: SandboxHandle) -> None:
    sandbox.faults([rule("default_workspace", "anthropic", endpoint="messages")])
    cells = reading.anthropic_cells(list(reading.pages(sandbox, reading.anthropic, reading.ANTHROPIC_WHOLE)))
    projects = {cell.project for cell in cells}
    assert None not in projects
    assert sum(str(project).startswith("wrkspc_01Default") for project in projects) == 1


def test_empty_buckets_are_left_out(sandbox: SandboxHandle) -> None:
    params: reading.Params = [("starting_at", "2026-11-17T00:00:00Z"), ("bucket_width", "1h"), ("limit", 168)]
    listed = reading.anthropic(sandbox, params).json()["data"]
    sandbox.faults([rule("no_empty_buckets", "anthropic")])
    left = reading.anthropic(sandbox, params).json()["data"]
    assert left == [bucket for bucket in listed if bucket["results"]]
    assert len(left) < len(listed)


def test_a_missing_scope_can_be_403(sandbox: SandboxHandle) -> None:
    key = f"{admin_key('openai')}-no_scope"
    assert reading.openai(sandbox, reading.OPENAI_WHOLE, key=key).status_code == 401
    sandbox.faults([rule("scope_status", parameters={"status": 403})])
    assert reading.openai(sandbox, reading.OPENAI_WHOLE, key=key).status_code == 403


def test_a_slow_answer_takes_its_time(sandbox: SandboxHandle) -> None:
    sandbox.faults([rule("slow", times=1, parameters={"delay_ms": 200})])
    assert reading.openai(sandbox, reading.OPENAI_WHOLE).elapsed >= timedelta(milliseconds=200)


def test_the_connection_breaks_after_two_pages(sandbox: SandboxHandle) -> None:
    sandbox.faults([rule("crash_after_pages", times=1, parameters={"pages": 2})])
    read = reading.pages(sandbox, reading.openai, reading.OPENAI_WHOLE)
    assert len(next(read)["data"]) == len(next(read)["data"]) == 24
    with pytest.raises(httpx.RemoteProtocolError):
        next(read)
    assert openai_cells(sandbox) == TRUTH


def test_late_revised_and_moved_rows_end_in_the_truth_at_every_provider(sandbox: SandboxHandle) -> None:
    for provider in ("openai", "anthropic", "openrouter"):
        sandbox.faults(
            [
                rule("late_rows", provider, parameters={"minutes": 600, "share_percent": 20}),
                rule("revision", provider, parameters={"at": LATER.isoformat(), "share_percent": 30}),
                rule("reattribution", provider, parameters={"at": LATER.isoformat(), "share_percent": 40}),
            ]
        )
    sandbox.set_clock(datetime(2026, 11, 22, 0, 30, tzinfo=UTC))
    assert total(openai_cells(sandbox).values()).input < total(TRUTH.values()).input
    sandbox.set_clock(LATER)
    assert openai_cells(sandbox) == TRUTH
    params = [*reading.ANALYTICS_WHOLE, ("limit", 1000)]
    analytics = reading.analytics_cells(list(reading.pages(sandbox, reading.analytics, params)))
    assert total(analytics.values()) == total(truth_of(an_account("anthropic")).values())
    rows = reading.openrouter_query(sandbox).json()["data"]["data"]
    assert sum(int(row["tokens_prompt"]) for row in rows) == total(TRUTH.values()).input


@pytest.mark.parametrize(
    "wrong",
    [
        rule("earthquake"),
        rule("slow", parameters={}),
        rule("late_rows", parameters={"minutes": 0}),
        rule("truncated_page", parameters={"how": "flag"}),
        rule("truncated_page", "openrouter", parameters={"how": "no_next_page"}),
        rule("revision", parameters={"at": "2026-11-22T00:00:00"}),
    ],
    ids=["kind", "parameter", "range", "no flag", "no pages", "no zone"],
)
def test_a_rule_that_makes_no_sense_is_refused(sandbox: SandboxHandle, wrong: dict[str, Any]) -> None:
    answer = httpx.post(f"{sandbox.url}/_sandbox/faults", json=[wrong])
    assert answer.status_code == 422
    assert httpx.get(f"{sandbox.url}/_sandbox/faults").json() == []


def test_the_log_of_requests_has_no_key(sandbox: SandboxHandle) -> None:
    reading.openai(sandbox, [("start_time", 1)])
    assert sandbox.requests() == [
        {"method": "GET", "path": "/openai/v1/organization/usage/completions", "query": "start_time=1", "status": 400}
    ]
