"""OpenAI's usage API as documented: pages of buckets, array spellings, limits, and the four-key error body."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox import reading
from tests.sandbox.conftest import NOON, generated_key
from tests.sandbox_process import SandboxHandle, admin_key

COMPLETIONS_FIELDS = {
    "object", "input_tokens", "input_cached_tokens", "input_cache_write_tokens", "input_cache_write_30m_tokens",
    "input_cache_write_12h_tokens", "input_uncached_tokens", "output_tokens", "input_text_tokens", "input_audio_tokens",
    "input_image_tokens", "input_cached_text_tokens", "input_cached_audio_tokens", "input_cached_image_tokens",
    "output_text_tokens", "output_audio_tokens", "output_image_tokens", "num_model_requests", "project_id", "user_id",
    "api_key_id", "model", "batch", "service_tier", "api_source",
}  # fmt: skip


def unix(instant: datetime) -> int:
    return int(instant.timestamp())


def test_a_row_has_the_fields_of_the_official_client_and_its_parts_add_up(sandbox: SandboxHandle) -> None:
    row = reading.openai(sandbox, reading.OPENAI_WHOLE).json()["data"][0]["results"][0]
    assert set(row) == COMPLETIONS_FIELDS
    assert row["object"] == "organization.usage.completions.result"
    parts = ("input_uncached_tokens", "input_cached_tokens", "input_cache_write_tokens")
    assert row["input_tokens"] == sum(row[part] for part in parts)
    assert row["service_tier"] == "default"
    assert row["user_id"] is None


def test_without_group_by_a_bucket_has_one_row_and_no_dimension(sandbox: SandboxHandle) -> None:
    bucket = reading.openai(sandbox, reading.OPENAI_WHOLE[:3]).json()["data"][0]
    (row,) = bucket["results"]
    dimensions = ("project_id", "user_id", "api_key_id", "model", "batch", "service_tier", "api_source")
    assert [row[name] for name in dimensions] == [None] * 7
    assert bucket["end_time"] - bucket["start_time"] == 3600


@pytest.mark.parametrize(
    "spelled",
    [
        [("group_by[]", "model"), ("group_by[]", "project_id")],
        [("group_by", "model"), ("group_by", "project_id")],
        [("group_by", "model,project_id")],
    ],
)
def test_three_spellings_of_an_array_are_the_same(sandbox: SandboxHandle, spelled: reading.Params) -> None:
    official = [("group_by[]", "project_id"), ("group_by[]", "model")]
    whole = reading.OPENAI_WHOLE[:3]
    assert (
        reading.openai(sandbox, [*whole, *spelled]).json()["data"]
        == reading.openai(sandbox, [*whole, *official]).json()["data"]
    )


@pytest.mark.parametrize(
    ("width", "default", "most"), [("1m", 60, 1440), ("1h", 24, 168), ("1d", 7, 31)], ids=["1m", "1h", "1d"]
)
def test_pages_hold_so_many_buckets(sandbox: SandboxHandle, width: str, default: int, most: int) -> None:
    params: reading.Params = [("start_time", unix(NOON - timedelta(days=40))), ("bucket_width", width)]
    page = reading.openai(sandbox, params).json()
    assert (len(page["data"]), page["has_more"]) == (default, True)
    assert page["next_page"].startswith("page_")
    assert len(reading.openai(sandbox, [*params, ("limit", most)]).json()["data"]) == most
    refused = reading.openai(sandbox, [*params, ("limit", most + 1)])
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "limit")


def test_widths_agree_with_each_other(sandbox: SandboxHandle) -> None:
    sums = []
    for width, limit in (("1m", 1440), ("1h", 168), ("1d", 31)):
        params: reading.Params = [
            ("start_time", unix(datetime(2026, 11, 20, tzinfo=UTC))),
            ("end_time", unix(datetime(2026, 11, 21, tzinfo=UTC))),
            ("bucket_width", width),
            ("limit", limit),
        ]
        for key in (admin_key("openai"), generated_key("openai")):
            data = reading.openai(sandbox, params, key=key).json()["data"]
            sums.append((key, sum(row["input_tokens"] for bucket in data for row in bucket["results"])))
    assert len(set(sums)) == 2


def test_empty_buckets_are_listed(sandbox: SandboxHandle) -> None:
    params: reading.Params = [
        ("start_time", unix(datetime(2026, 11, 22, tzinfo=UTC))),
        ("end_time", unix(datetime(2026, 11, 22, 3, tzinfo=UTC))),
        ("bucket_width", "1h"),
    ]
    assert [bucket["results"] for bucket in reading.openai(sandbox, params).json()["data"]] == [[], [], []]


def test_the_present_hour_fills_while_it_passes_and_later_hours_do_not_exist(sandbox: SandboxHandle) -> None:
    hour = datetime(2026, 11, 20, 6, tzinfo=UTC)
    params: reading.Params = [
        ("start_time", unix(hour)),
        ("end_time", unix(hour + timedelta(days=2))),
        ("bucket_width", "1h"),
    ]
    seen = []
    for minutes in (10, 30, 60):
        sandbox.set_clock(hour + timedelta(minutes=minutes))
        data = reading.openai(sandbox, params, key=generated_key("openai")).json()["data"]
        assert len(data) == 1
        seen.append(data[0]["results"][0]["input_tokens"])
    assert 0 < seen[0] < seen[1] < seen[2]


def test_filters_leave_the_rest_out(sandbox: SandboxHandle) -> None:
    params = [*reading.OPENAI_WHOLE, ("models[]", "gpt-4o-2024-08-06"), ("batch", "false")]
    rows = [row for bucket in reading.openai(sandbox, params).json()["data"] for row in bucket["results"]]
    assert {(row["model"], row["batch"]) for row in rows} == {("gpt-4o-2024-08-06", False)}


def test_a_page_token_belongs_to_its_query(sandbox: SandboxHandle) -> None:
    token = reading.openai(sandbox, reading.OPENAI_WHOLE).json()["next_page"]
    other = reading.openai(sandbox, [*reading.OPENAI_WHOLE[:3], ("page", token)])
    assert (other.status_code, other.json()["error"]["param"]) == (400, "page")


def test_more_than_a_year_back_is_refused_with_the_earliest_date(sandbox: SandboxHandle) -> None:
    answer = reading.openai(sandbox, [("start_time", unix(NOON - timedelta(days=400)))])
    assert answer.status_code == 400
    assert answer.json() == {
        "error": {
            "message": "Usage and cost data are available for the past year. "
            "Earliest supported start date: 2025-11-22 (UTC).",
            "type": "invalid_request_error",
            "param": None,
            "code": "reporting_lookback_exceeded",
        }
    }


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ([], "start_time"),
        ([("start_time", "yesterday")], "start_time"),
        ([("start_time", unix(NOON)), ("end_time", unix(NOON) - 1)], "end_time"),
        ([("start_time", unix(NOON)), ("bucket_width", "2h")], "bucket_width"),
        ([("start_time", unix(NOON)), ("group_by[]", "color")], "group_by"),
    ],
)
def test_a_bad_parameter_is_named(sandbox: SandboxHandle, params: reading.Params, param: str) -> None:
    answer = reading.openai(sandbox, params)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_embeddings_have_their_own_rows(sandbox: SandboxHandle) -> None:
    params = [*reading.OPENAI_WHOLE[:3], ("group_by[]", "model"), ("group_by[]", "project_id"), ("limit", 72)]
    page = reading.openai(sandbox, params, path="embeddings", key=generated_key("openai")).json()
    rows = [row for bucket in page["data"] for row in bucket["results"]]
    assert {row["model"] for row in rows} == {"text-embedding-3-large", "text-embedding-3-small"}
    assert set(rows[0]) == {
        "object", "input_tokens", "num_model_requests", "project_id", "user_id", "api_key_id", "model"
    }  # fmt: skip
    assert rows[0]["object"] == "organization.usage.embeddings.result"


INCORRECT = (
    "Incorrect API key provided: sk-admin****none. "
    "You can find your API key at https://platform.openai.com/account/api-keys."
)
NO_SCOPE = (
    "You have insufficient permissions for this operation. Missing scopes: api.usage.read. Check that you have the "
    "correct role in your organization, and if you're using a restricted API key, that it has the necessary scopes."
)


@pytest.mark.parametrize(
    ("key", "message", "code"),
    [
        ("sk-admin-none", INCORRECT, "invalid_api_key"),
        (f"{admin_key('openai')}-project", NO_SCOPE, None),
        (f"{admin_key('openai')}-no_scope", NO_SCOPE, None),
    ],
)
def test_a_key_is_refused_with_401(sandbox: SandboxHandle, key: str, message: str, code: str | None) -> None:
    answer = reading.openai(sandbox, reading.OPENAI_WHOLE, key=key)
    body = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    assert (answer.status_code, answer.json()) == (401, {"error": body})


def test_a_key_can_be_revoked_and_restored(sandbox: SandboxHandle) -> None:
    assert reading.openai(sandbox, reading.OPENAI_WHOLE, key=f"{admin_key('openai')}-revoked").status_code == 401
    sandbox.revoke(admin_key("openai"))
    refused = reading.openai(sandbox, reading.OPENAI_WHOLE)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")
    sandbox.restore(admin_key("openai"))
    assert reading.openai(sandbox, reading.OPENAI_WHOLE).status_code == 200
