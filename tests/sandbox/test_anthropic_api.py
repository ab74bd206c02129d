"""Anthropic's two usage endpoints as documented: snapping, five dimensions, both headers, rows against buckets."""

import httpx
import pytest

from tests.sandbox import reading
from tests.sandbox.conftest import generated_key
from tests.sandbox_process import SandboxHandle, admin_key, an_account
from tests.truth import truth_of

DAY: reading.Params = [("starting_at", "2026-11-20T00:00:00Z"), ("ending_at", "2026-11-21T00:00:00Z")]
TOO_MANY = "Cannot specify more than 5 group_by[] dimensions."


def error_of(status: int, type_: str, message: str) -> tuple[int, str, dict[str, str]]:
    return status, "error", {"type": type_, "message": message}


def refusal(answer: httpx.Response) -> tuple[int, str, dict[str, str]]:
    body = answer.json()
    assert body["request_id"].startswith("req_")
    return answer.status_code, body["type"], body["error"]


def test_a_legacy_row_has_the_documented_fields(sandbox: SandboxHandle) -> None:
    page = reading.anthropic(sandbox, reading.ANTHROPIC_WHOLE).json()
    bucket = page["data"][0]
    assert (bucket["starting_at"], bucket["ending_at"]) == ("2026-11-19T00:00:00Z", "2026-11-19T01:00:00Z")
    row = bucket["results"][0]
    assert set(row) == {
        "uncached_input_tokens", "cache_creation", "cache_read_input_tokens", "output_tokens", "server_tool_use",
        "account_id", "api_key_id", "service_account_id", "workspace_id", "model", "service_tier", "context_window",
        "inference_geo",
    }  # fmt: skip
    assert set(row["cache_creation"]) == {"ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"}
    assert row["server_tool_use"] == {"web_search_requests": 0}
    assert row["context_window"] is None


def test_both_retentions_of_cache_writes_occur(sandbox: SandboxHandle) -> None:
    rows = [
        row
        for page in reading.pages(sandbox, reading.anthropic, reading.ANTHROPIC_WHOLE)
        for bucket in page["data"]
        for row in bucket["results"]
    ]
    assert sum(row["cache_creation"]["ephemeral_5m_input_tokens"] for row in rows) > 0
    assert sum(row["cache_creation"]["ephemeral_1h_input_tokens"] for row in rows) > 0


@pytest.mark.parametrize("version", ["2023-06-01", "2026-10-21"])
@pytest.mark.parametrize("header", ["x-api-key", "Authorization"])
def test_both_headers_and_both_versions_are_taken(sandbox: SandboxHandle, header: str, version: str) -> None:
    value = admin_key("anthropic") if header == "x-api-key" else f"Bearer {admin_key('anthropic')}"
    headers = {header: value, "anthropic-version": version}
    answer = reading.anthropic(sandbox, [], path="me", headers=headers)
    assert answer.json() == {"id": "org-anthropic", "type": "organization", "name": "Sandbox organization"}


def test_the_version_header_is_required(sandbox: SandboxHandle) -> None:
    answer = reading.anthropic(sandbox, [], path="me", headers={"x-api-key": admin_key("anthropic")})
    assert refusal(answer) == error_of(400, "invalid_request_error", "anthropic-version: header is required")


def test_the_range_is_rounded_down_to_buckets_and_the_last_one_included(sandbox: SandboxHandle) -> None:
    params: reading.Params = [
        ("starting_at", "2026-11-20T03:47:11Z"),
        ("ending_at", "2026-11-20T06:00:00Z"),
        ("bucket_width", "1h"),
    ]
    data = reading.anthropic(sandbox, params).json()["data"]
    assert [bucket["starting_at"][11:13] for bucket in data] == ["03", "04", "05"]


@pytest.mark.parametrize("path", ["usage_report/messages", "analytics/usage"])
def test_a_sixth_dimension_is_refused(sandbox: SandboxHandle, path: str) -> None:
    six: reading.Params = [
        ("group_by[]", name)
        for name in ("model", "workspace_id", "api_key_id", "service_tier", "inference_geo", "context_window")
    ]
    fetch = reading.anthropic if path.startswith("usage_report") else reading.analytics
    assert refusal(fetch(sandbox, [*DAY, *six])) == error_of(400, "invalid_request_error", TOO_MANY)
    assert fetch(sandbox, [*DAY, *six[:5]]).status_code == 200


def test_pages_hold_24_hours_by_default_and_168_at_most(sandbox: SandboxHandle) -> None:
    params: reading.Params = [("starting_at", "2026-11-01T00:00:00Z"), ("bucket_width", "1h")]
    page = reading.anthropic(sandbox, params).json()
    assert (len(page["data"]), page["has_more"]) == (24, True)
    assert len(reading.anthropic(sandbox, [*params, ("limit", 168)]).json()["data"]) == 168
    assert reading.anthropic(sandbox, [*params, ("limit", 169)]).status_code == 400


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("", error_of(401, "authentication_error", "invalid x-api-key")),
        ("-project", error_of(401, "authentication_error", "invalid x-api-key")),
        ("-revoked", error_of(401, "authentication_error", "invalid x-api-key")),
        (
            "-no_scope",
            error_of(403, "permission_error", "Your API key does not have permission to use the specified resource."),
        ),
    ],
)
def test_keys_are_refused(sandbox: SandboxHandle, kind: str, expected: tuple[int, str, dict[str, str]]) -> None:
    key = admin_key("anthropic") + kind if kind else "sk-ant-admin01-unknown"
    assert refusal(reading.anthropic(sandbox, reading.ANTHROPIC_WHOLE, key=key)) == expected


def test_analytics_need_the_beta_header(sandbox: SandboxHandle) -> None:
    answer = reading.anthropic(sandbox, reading.ANALYTICS_WHOLE, path="analytics/usage")
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def test_analytics_page_by_rows_twenty_by_default(sandbox: SandboxHandle) -> None:
    page = reading.analytics(sandbox, reading.ANALYTICS_WHOLE).json()
    assert (len(page["data"]), page["has_more"], page["data_refreshed_at"]) == (20, True, "2026-11-22T12:30:00Z")
    row = page["data"][0]
    assert len(row["group"]) == 20
    usage = row["usage"]
    disjoint = ("uncached_input_tokens", "cache_read_input_tokens", "output_tokens")
    assert usage["total_tokens"] == sum(usage[name] for name in disjoint) + sum(usage["cache_creation"].values())
    totals = [row["usage"]["total_tokens"] for row in page["data"]]
    assert totals == sorted(totals, reverse=True)
    assert len(reading.analytics(sandbox, [*reading.ANALYTICS_WHOLE, ("limit", 1000)]).json()["data"]) > 100
    assert reading.analytics(sandbox, [*reading.ANALYTICS_WHOLE, ("limit", 1001)]).status_code == 400


def test_analytics_can_be_read_in_order_of_time(sandbox: SandboxHandle) -> None:
    params = [*reading.ANALYTICS_WHOLE, ("order_by", "time"), ("order", "asc"), ("limit", 1000)]
    starts = [row["starting_at"] for row in reading.analytics(sandbox, params).json()["data"]]
    assert starts == sorted(starts)


def test_analytics_without_a_bucket_width_sum_the_range(sandbox: SandboxHandle) -> None:
    (row,) = reading.analytics(sandbox, [("starting_at", "2026-11-19T00:00:00Z")]).json()["data"]
    truth = truth_of(an_account("anthropic"))
    assert row["usage"]["requests"] == 400
    assert row["usage"]["total_tokens"] == sum(tokens.input + tokens.output for tokens in truth.values())
    assert set(row["group"].values()) == {None}


@pytest.mark.parametrize(
    "params",
    [
        [("starting_at", "2025-12-31T00:00:00Z")],
        [("starting_at", "2026-11-01T00:00:00Z"), ("time_bucket_width", "1h")],
        [("starting_at", "2026-10-01T00:00:00Z"), ("ending_at", "2026-11-02T00:00:00Z")],
        [
            ("starting_at", "2026-11-01T00:00:00Z"),
            ("ending_at", "2026-11-02T00:01:00Z"),
            ("time_bucket_width", "1m"),
        ],
        [("starting_at", "2026-11-01")],
    ],
    ids=["before 2026", "no end", "32 days", "a day of minutes", "no zone"],
)
def test_analytics_refuse_a_range(sandbox: SandboxHandle, params: reading.Params) -> None:
    answer = reading.analytics(sandbox, params)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def test_the_two_endpoints_agree_on_generated_usage(sandbox: SandboxHandle) -> None:
    key = generated_key("anthropic")
    legacy = reading.anthropic(sandbox, [*DAY, ("bucket_width", "1d")], key=key).json()["data"][0]["results"][0]
    (row,) = reading.analytics(sandbox, [*DAY, ("time_bucket_width", "1d")], key=key).json()["data"]
    for name in ("uncached_input_tokens", "cache_read_input_tokens", "cache_creation", "output_tokens"):
        assert row["usage"][name] == legacy[name]
    assert row["usage"]["requests"] > 1000
