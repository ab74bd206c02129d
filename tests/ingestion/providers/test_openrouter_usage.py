from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingestion.providers.openrouter_page import ACTIVITY, ANALYTICS
from ingestion.providers.openrouter_usage import OpenRouterUsage
from ingestion.providers.protocol import ProviderUnavailableError, UnreadableAnswerError, WrongKeyKindError
from ingestion.usage_row import Counters, FetchedWindow, StreamKind, UsageWindow
from tests.ingestion.providers.recorded import (
    NO_WORKSPACES,
    OPENROUTER_ACTIVITY,
    OPENROUTER_ANALYTICS,
    OPENROUTER_KEY,
    Json,
)
from tests.ingestion.providers.wire import MIDNIGHT, NOW, TWO_HOURS, Wire, body_of, query_of, replaced, run, secret

KEY = secret("sk-or-v1-0123abcd")
QUERY, ACTIVITY_PATH, KEY_PATH, WORKSPACES = "/analytics/query", "/activity", "/v1/key", "/workspaces"
NOBODY: Json = {"data": []}
HOUR = UsageWindow(MIDNIGHT, MIDNIGHT + timedelta(hours=1))
SHOP = "0df9e665-d932-5740-b2c7-b52af166bc11"
METRICS = [
    *("request_count", "tokens_prompt", "tokens_completion"),
    *("reasoning_tokens", "cached_tokens", "byok_request_count"),
]


def provider(wire: Wire) -> OpenRouterUsage:
    return OpenRouterUsage("https://openrouter.test/api/v1", http=wire.client())


def fetch(wire: Wire, window: UsageWindow = TWO_HOURS, stream: StreamKind = ANALYTICS) -> FetchedWindow:
    return run(provider(wire).fetch(KEY, stream=stream, window=window, now=NOW))


def row(*, hour: int = 0, upstream: str = "OpenAI", **counts: int) -> Json:
    """An analytics row of 10 requests, 1000 prompt tokens (400 cached), 90 completion tokens, unless said otherwise."""
    known = {"request_count": 10, "tokens_prompt": 1000, "tokens_completion": 90, "cached_tokens": 400}
    instant = (MIDNIGHT + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"date__hour": instant, "model": "openai/gpt-5-mini", "provider": upstream} | known | counts


def answer(*rows: Json, **more: Any) -> Json:
    metadata = {"query_time_ms": 118, "row_count": len(rows), "truncated": bool(more.pop("truncated", False))}
    return {"data": {"data": list(rows), "metadata": metadata, **more}}


def listed(*workspaces: str) -> Json:
    return {"data": [{"id": workspace} for workspace in workspaces], "total_count": len(workspaces)}


def active(*workspaces: str | None) -> Json:
    return {"data": [OPENROUTER_ACTIVITY["data"][0] | {"workspace_id": workspace} for workspace in workspaces]}


def alone(*answers: object) -> Wire:
    """An account without workspaces."""
    return Wire().on(ACTIVITY_PATH, NOBODY).on(WORKSPACES, NO_WORKSPACES).on(QUERY, *answers)


def ranges_asked(wire: Wire) -> list[tuple[int, int]]:
    ranges = [body_of(request)["time_range"] for request in wire.asked(QUERY)]
    hours = [(datetime.fromisoformat(span["start"]), datetime.fromisoformat(span["end"])) for span in ranges]
    return [(int((start - MIDNIGHT) / HOUR_LONG), int((end - MIDNIGHT) / HOUR_LONG)) for start, end in hours]


HOUR_LONG = timedelta(hours=1)


def test_an_analytics_query_becomes_rows_with_the_counts_as_numbers() -> None:
    wire = alone(OPENROUTER_ANALYTICS)
    fetched = fetch(wire)
    (only,) = fetched.rows
    assert only.counters == Counters(31_630, 20_480, None, None, 8_040, 31, reasoning_tokens=2_100, byok_requests=5)
    assert only.dimensions == {"model": "openai/gpt-5-mini", "provider": "OpenAI", "workspace": None}
    assert (only.model, only.upstream, only.bucket_started_at) == ("openai/gpt-5-mini", "OpenAI", MIDNIGHT)
    assert (only.provider_project_id, only.api_key_id, only.is_batch) == (None, None, None)
    assert only.payload == OPENROUTER_ANALYTICS["data"]["data"][0]
    assert (fetched.pages, fetched.warnings) == (1, ())
    (query,) = wire.asked(QUERY)
    assert query.headers["authorization"] == "Bearer sk-or-v1-0123abcd"
    assert body_of(query) == {
        "metrics": METRICS,
        "dimensions": ["model", "provider"],
        "granularity": "hour",
        "time_range": {"start": "2026-11-22T00:00:00Z", "end": "2026-11-22T02:00:00Z"},
        "limit": 10_000,
    }


def test_each_workspace_is_asked_for_and_the_rest_has_none() -> None:
    part = row(request_count=4, tokens_prompt=300, tokens_completion=40, cached_tokens=100)
    other = row(request_count=5, tokens_prompt=600, tokens_completion=50, cached_tokens=300)
    wire = (
        Wire()
        .on(ACTIVITY_PATH, active("ws-gone", None, "ws-gone"))
        .on(WORKSPACES, listed("ws-new"))
        .on(QUERY, answer(part), answer(other), answer(row(), row(upstream="Azure")))
    )
    fetched = fetch(wire)
    found = {(one.provider_project_id, one.upstream): one.counters for one in fetched.rows}
    assert found == {
        ("ws-gone", "OpenAI"): Counters(200, 100, None, None, 40, 4),
        ("ws-new", "OpenAI"): Counters(300, 300, None, None, 50, 5),
        (None, "OpenAI"): Counters(100, 0, None, None, 0, 1),
        (None, "Azure"): Counters(600, 400, None, None, 90, 10),
    }
    filters = [body_of(request).get("filters") for request in wire.asked(QUERY)]
    assert filters == [
        [{"field": "workspace", "operator": "eq", "value": "ws-gone"}],
        [{"field": "workspace", "operator": "eq", "value": "ws-new"}],
        None,
    ]
    assert (fetched.pages, fetched.warnings) == (3, ())


def test_workspaces_that_exceed_the_whole_make_the_window_suspect_and_the_whole_counts() -> None:
    wire = Wire().on(ACTIVITY_PATH, active("ws")).on(WORKSPACES, NO_WORKSPACES)
    wire.on(QUERY, answer(row(tokens_prompt=1001)), answer(row()))
    fetched = fetch(wire)
    assert [(one.provider_project_id, one.counters.uncached_input_tokens) for one in fetched.rows] == [(None, 600)]
    assert len(fetched.warnings) == 1
    assert "more than its total" in fetched.warnings[0]


@pytest.mark.parametrize("refusal", [(404, {}), (403, {}), {"total_count": 1}])
def test_a_key_that_may_not_list_workspaces_reads_those_with_activity(refusal: object) -> None:
    wire = Wire().on(ACTIVITY_PATH, active("ws")).on(WORKSPACES, refusal).on(QUERY, answer(row()), answer(row()))
    assert [one.provider_project_id for one in fetch(wire).rows] == ["ws"]


def test_all_pages_of_the_list_of_workspaces_are_read() -> None:
    first, second = [f"ws-{number:03}" for number in range(100)], ["ws-100"]
    wire = Wire().on(ACTIVITY_PATH, NOBODY).on(WORKSPACES, listed(*first), listed(*second)).on(KEY_PATH, OPENROUTER_KEY)
    identity = run(provider(wire).identify(KEY, usage_endpoint="activity", now=NOW))
    assert identity.identifiers == {("project", workspace) for workspace in [*first, *second, SHOP]}
    assert [query_of(request) for request in wire.asked(WORKSPACES)] == [
        [("offset", "0"), ("limit", "100")],
        [("offset", "100"), ("limit", "100")],
    ]


def test_a_truncated_answer_is_asked_for_again_in_halves() -> None:
    window = UsageWindow(MIDNIGHT, MIDNIGHT + timedelta(hours=5))
    cut = answer(row(), truncated=True)
    wire = alone(cut, answer(row(hour=0), row(hour=1)), cut, answer(row(hour=2)), answer(row(hour=3), row(hour=4)))
    fetched = fetch(wire, window)
    assert [one.bucket_started_at.hour for one in fetched.rows] == [0, 1, 2, 3, 4]
    assert ranges_asked(wire) == [(0, 5), (0, 2), (2, 5), (2, 3), (3, 5)]
    assert fetched.pages == 5


def test_an_hour_that_is_truncated_is_refused() -> None:
    wire = alone(answer(row(), truncated=True), answer(row(), truncated=True))
    with pytest.raises(UnreadableAnswerError) as refusal:
        fetch(wire)
    assert refusal.value.field == "truncated"
    assert ranges_asked(wire) == [(0, 2), (0, 1)]


def test_an_answer_as_long_as_the_limit_is_taken_for_truncated() -> None:
    full = answer(*[row(upstream=f"upstream {number}") for number in range(10_000)])
    wire = alone(full, answer(row()), answer())
    assert len(fetch(wire).rows) == 1


def test_a_query_that_times_out_is_asked_for_again_in_halves() -> None:
    wire = alone((408, {"error": {"code": 408, "message": "Query timed out"}}), answer(row()), answer(row(hour=1)))
    fetched = fetch(wire)
    assert ([one.bucket_started_at.hour for one in fetched.rows], fetched.pages) == ([0, 1], 2)


def test_an_hour_that_times_out_is_tried_again_later() -> None:
    with pytest.raises(ProviderUnavailableError):
        fetch(alone((408, {})), HOUR)


def test_the_first_hour_after_an_inclusive_end_is_not_counted_twice() -> None:
    wire = alone(answer(truncated=True), answer(row(hour=0), row(hour=1)), answer(row(hour=1), row(hour=2)))
    assert [one.bucket_started_at.hour for one in fetch(wire).rows] == [0, 1]


def test_a_row_that_comes_twice_is_refused() -> None:
    with pytest.raises(UnreadableAnswerError, match="twice"):
        fetch(alone(answer(row(), row())))


def test_an_hour_that_is_none_is_refused() -> None:
    half_past = replaced(answer(row()), ("data", "data", 0, "date__hour"), "2026-11-22T00:30:00Z")
    with pytest.raises(UnreadableAnswerError, match="bucket start"):
        fetch(alone(half_past))


def test_a_warning_makes_the_window_suspect_and_is_not_quoted() -> None:
    fetched = fetch(alone(answer(row(), warnings=["Filter value could not be resolved: acme-internal"])))
    assert len(fetched.warnings) == 1
    assert "acme" not in fetched.warnings[0]
    assert len(fetched.rows) == 1


@pytest.mark.parametrize(
    ("cached_at", "is_suspect"),
    [(MIDNIGHT + timedelta(hours=1, minutes=59), True), (MIDNIGHT + timedelta(hours=2), False)],
)
def test_a_cached_answer_is_suspect_if_it_is_older_than_the_window(cached_at: datetime, is_suspect: bool) -> None:
    fetched = fetch(alone(answer(row(), cachedAt=int(cached_at.timestamp() * 1000))))
    assert bool(fetched.warnings) is is_suspect


def test_activity_is_read_day_by_day() -> None:
    window = UsageWindow(MIDNIGHT - timedelta(days=2), MIDNIGHT)
    wire = Wire().on(ACTIVITY_PATH, NOBODY, OPENROUTER_ACTIVITY)
    fetched = fetch(wire, window, ACTIVITY)
    (only,) = fetched.rows
    assert only.counters == Counters(146_118, 256_000, None, None, 38_110, 143, reasoning_tokens=9_120)
    assert only.dimensions == {
        "model": "anthropic/claude-sonnet-4.5",
        "model_permaslug": "anthropic/claude-4.5-sonnet-20250929",
        "endpoint_id": "550e8400-e29b-41d4-a716-446655440000",
        "workspace": SHOP,
    }
    assert (only.bucket_started_at, only.bucket_ended_at) == (MIDNIGHT - timedelta(days=1), MIDNIGHT)
    assert (only.model, only.upstream) == ("anthropic/claude-sonnet-4.5", "Anthropic")
    assert (only.provider_project_id, only.payload) == (SHOP, OPENROUTER_ACTIVITY["data"][0])
    assert fetched.pages == 2
    assert [query_of(request) for request in wire.requests] == [
        [("date", "2026-11-20"), ("group_by", "workspace")],
        [("date", "2026-11-21"), ("group_by", "workspace")],
    ]


def test_a_window_of_activity_is_whole_days() -> None:
    with pytest.raises(ValueError, match="begins and ends with a bucket of 1d"):
        fetch(Wire(), HOUR, ACTIVITY)


def test_activity_without_cached_tokens_counts_the_whole_prompt_as_uncached() -> None:
    day = {name: value for name, value in OPENROUTER_ACTIVITY["data"][0].items() if name != "cached_tokens"}
    yesterday = UsageWindow(MIDNIGHT - timedelta(days=1), MIDNIGHT)
    (only,) = fetch(Wire().on(ACTIVITY_PATH, {"data": [day]}), yesterday, ACTIVITY).rows
    assert only.counters == Counters(402_118, None, None, None, 38_110, 143, reasoning_tokens=9_120)


def test_an_activity_that_ignores_the_date_is_refused() -> None:
    window = UsageWindow(MIDNIGHT - timedelta(days=2), MIDNIGHT)
    with pytest.raises(UnreadableAnswerError, match="twice"):
        fetch(Wire().on(ACTIVITY_PATH, OPENROUTER_ACTIVITY, OPENROUTER_ACTIVITY), window, ACTIVITY)


@pytest.mark.parametrize(
    ("organization", "creator", "external_id"),
    [("org_9xYz", "user_2dHF", "org_9xYz"), (None, "user_2dHF", "user_2dHF"), (None, None, None)],
)
def test_an_account_is_its_organization_or_its_owner(
    organization: str | None, creator: str | None, external_id: str | None
) -> None:
    about = {"data": OPENROUTER_KEY["data"] | {"organization_id": organization, "creator_user_id": creator}}
    wire = alone(answer()).on(KEY_PATH, about)
    identity = run(provider(wire).identify(KEY, usage_endpoint="analytics", now=NOW))
    assert identity.external_id == external_id
    assert identity.identifiers == {("project", SHOP)}
    assert ranges_asked(wire) == [(11, 12)]


def test_an_ordinary_key_is_told_from_a_management_key_before_usage_is_read() -> None:
    about = replaced(OPENROUTER_KEY, ("data", "is_management_key"), new=False)
    wire = Wire().on(KEY_PATH, about)
    with pytest.raises(WrongKeyKindError, match="management key"):
        run(provider(wire).identify(KEY, usage_endpoint="analytics", now=NOW))
    assert len(wire.requests) == 1


def test_the_streams_and_their_reach() -> None:
    openrouter = provider(Wire())
    assert openrouter.usage_endpoints == ("analytics", "activity")
    assert (openrouter.streams("analytics"), openrouter.streams("activity")) == ((ANALYTICS,), (ACTIVITY,))
    assert openrouter.history(ANALYTICS, now=NOW) == datetime(2026, 10, 23, tzinfo=UTC)
    assert openrouter.history(ACTIVITY, now=NOW) == datetime(2026, 10, 23, tzinfo=UTC)
    assert {openrouter.longest_window(stream) for stream in (ANALYTICS, ACTIVITY)} == {timedelta(days=31)}
    assert openrouter.settled_before(ANALYTICS, now=NOW) == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert openrouter.settled_before(ACTIVITY, now=NOW) == MIDNIGHT
