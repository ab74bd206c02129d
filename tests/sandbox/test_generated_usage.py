"""Invented usage is the same whenever it is asked for, has a rhythm, and holds the odd rows that real accounts have."""

from collections import Counter
from typing import Any

import httpx

from tests.sandbox import reading
from tests.sandbox.conftest import GENERATED, NOON, generated_key
from tests.sandbox_process import SandboxHandle, an_account, start_sandbox

WEEK: reading.Params = [
    ("start_time", 1794182400),  # 2026-11-09, a Monday
    ("end_time", 1794787200),
    ("bucket_width", "1h"),
    ("limit", 168),
]
BY_OWNER: reading.Params = [("group_by[]", "project_id"), ("group_by[]", "api_key_id"), ("group_by[]", "model")]


def week(sandbox: SandboxHandle, *, path: str = "completions") -> list[dict[str, Any]]:
    page = reading.openai(sandbox, [*WEEK, *BY_OWNER], path=path, key=generated_key("openai")).raise_for_status().json()
    buckets: list[dict[str, Any]] = page["data"]
    return buckets


def test_another_process_answers_the_same(sandbox: SandboxHandle) -> None:
    account = an_account(
        "openai", organization_id="org-openai-generated", keys=[{"key": generated_key("openai")}], usage=GENERATED
    )
    with start_sandbox({"now": NOON.isoformat(), "accounts": [account]}) as other:
        assert week(other) == week(sandbox)


def test_days_are_busier_than_nights_and_weekends(sandbox: SandboxHandle) -> None:
    requests = [sum(row["num_model_requests"] for row in bucket["results"]) for bucket in week(sandbox)]
    days = [sum(requests[day * 24 : day * 24 + 24]) for day in range(7)]
    assert min(days[:5]) > 2 * max(days[5:])
    assert sum(requests[9:17]) > 4 * sum(requests[0:8])


def test_projects_keys_and_models_are_many_and_some_unattributed(sandbox: SandboxHandle) -> None:
    rows = [row for bucket in week(sandbox) for row in bucket["results"]]
    assert len({row["project_id"] for row in rows} - {None}) == 3
    assert len({row["api_key_id"] for row in rows} - {None}) == 9
    assert any(row["project_id"] is None for row in rows)
    assert any(row["project_id"] is not None and row["api_key_id"] is None for row in rows)
    assert sum(row["input_cached_tokens"] for row in rows) > 0
    assert sum(row["input_cache_write_tokens"] for row in rows) > 0
    assert all(
        row["input_tokens"]
        == row["input_uncached_tokens"] + row["input_cached_tokens"] + row["input_cache_write_tokens"]
        for row in rows
    )


def test_a_model_without_text_tokens_and_an_unknown_one_turn_up_now_and_then(sandbox: SandboxHandle) -> None:
    hours = Counter(row["model"] for bucket in week(sandbox) for row in bucket["results"])
    assert 0 < hours["gpt-4o-mini-transcribe"] < 40
    assert 0 < hours["nova-preview-0301"] < 40


def test_nothing_was_used_before_the_start_and_nothing_ends(sandbox: SandboxHandle) -> None:
    july: reading.Params = [("start_time", 1785456000), ("bucket_width", "1d"), ("limit", 2)]  # 2026-07-31
    first, second = reading.openai(sandbox, july, key=generated_key("openai")).json()["data"]
    assert first["results"] == []
    assert second["results"][0]["num_model_requests"] > 0
    sandbox.set_clock(NOON.replace(year=2028))
    later: reading.Params = [("start_time", int(NOON.replace(year=2028, day=20).timestamp())), ("bucket_width", "1d")]
    data = reading.openai(sandbox, later, key=generated_key("openai")).json()["data"]
    assert all(bucket["results"][0]["num_model_requests"] > 0 for bucket in data)


def test_without_a_set_instant_the_sandbox_follows_the_real_clock(sandbox: SandboxHandle) -> None:
    sandbox.set_clock(None)
    first, second = (httpx.get(f"{sandbox.url}/_sandbox/clock").json()["now"] for _ in range(2))
    assert NOON.isoformat() not in {first, second}
    assert first < second
