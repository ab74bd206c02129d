from datetime import UTC, datetime, timedelta

import httpx
import pytest

from ingestion.providers.openai_page import COMPLETIONS, EMBEDDINGS
from ingestion.providers.openai_usage import OpenAIUsage
from ingestion.providers.protocol import RateLimitedError, UnreadableAnswerError
from ingestion.usage_row import FetchedWindow, StreamKind, UsageWindow
from tests.ingestion.providers.recorded import OPENAI_COMPLETIONS, OPENAI_EMBEDDINGS, Json
from tests.ingestion.providers.wire import MIDNIGHT, NOW, TWO_HOURS, Wire, query_of, replaced, run, secret

KEY = secret("sk-admin-1234abcd")
COMPLETIONS_PATH, EMBEDDINGS_PATH = "/usage/completions", "/usage/embeddings"
PROJECTS_PATH = "/organization/projects"
EMPTY: Json = {"object": "page", "data": [], "has_more": False, "next_page": None}


def provider(wire: Wire) -> OpenAIUsage:
    return OpenAIUsage("https://api.openai.test/v1", http=wire.client())


def fetch(wire: Wire, window: UsageWindow = TWO_HOURS, stream: StreamKind = COMPLETIONS) -> FetchedWindow:
    return run(provider(wire).fetch(KEY, stream=stream, window=window, now=NOW))


def too_old(message: str = "") -> tuple[int, Json]:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": "reporting_lookback_exceeded"}
    return 400, {"error": error}


def starts_asked(wire: Wire) -> list[datetime]:
    return [
        datetime.fromtimestamp(int(dict(query_of(request))["start_time"]), UTC)
        for request in wire.asked(COMPLETIONS_PATH)
    ]


def test_a_fetch_asks_for_hours_by_all_dimensions_and_reads_every_page() -> None:
    first = OPENAI_COMPLETIONS | {"has_more": True, "next_page": "page_AAAA="}
    second = replaced(EMPTY, ("data",), [_bucket(hour=1, project_id="proj_2")])
    wire = Wire().on(COMPLETIONS_PATH, first, second)
    fetched = fetch(wire)
    assert [row.provider_project_id for row in fetched.rows] == ["proj_7Qm2", "proj_7Qm2", "proj_2"]
    assert (fetched.pages, fetched.clamped_to, fetched.provider_has_none, fetched.warnings) == (2, None, False, ())
    question = [
        ("start_time", "1795305600"),
        ("end_time", "1795312800"),
        ("bucket_width", "1h"),
        ("limit", "168"),
        *(("group_by[]", name) for name in ("project_id", "api_key_id", "model", "batch", "service_tier")),
    ]
    assert [query_of(request) for request in wire.requests] == [question, [*question, ("page", "page_AAAA=")]]
    request = wire.requests[0]
    assert str(request.url).startswith("https://api.openai.test/v1/organization/usage/completions?")
    assert request.headers["authorization"] == "Bearer sk-admin-1234abcd"
    assert request.headers["user-agent"] == "CarbonLedger/0.1 (+http://127.0.0.1:8321)"


def test_embeddings_are_asked_for_by_the_dimensions_that_they_have() -> None:
    wire = Wire().on(EMBEDDINGS_PATH, OPENAI_EMBEDDINGS)
    assert len(fetch(wire, stream=EMBEDDINGS).rows) == 1
    asked = [value for name, value in query_of(wire.requests[0]) if name == "group_by[]"]
    assert asked == ["project_id", "api_key_id", "model"]


def test_a_window_without_usage_is_read_and_empty() -> None:
    assert fetch(Wire().on(COMPLETIONS_PATH, EMPTY)) == FetchedWindow(rows=(), pages=1)


def test_buckets_outside_the_window_are_not_counted() -> None:
    filling = _bucket(hour=2) | {"end_time": 1795305600 + 2 * 3600 + 300}
    page = replaced(EMPTY, ("data",), [_bucket(hour=-1), _bucket(hour=0), filling])
    assert [row.bucket_started_at for row in fetch(Wire().on(COMPLETIONS_PATH, page)).rows] == [MIDNIGHT]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(0, 86_400, id="a day"),
        pytest.param(-43_200, 43_200, id="a day that began before the window"),
        pytest.param(60, 3_660, id="an hour that begins at a minute past"),
        pytest.param(-1_800, 1_800, id="an hour that begins before the window"),
        pytest.param(0, 1_800, id="half an hour"),
        pytest.param(0, -3_600, id="an hour that ends before it begins"),
    ],
)
def test_a_bucket_of_another_grid_is_refused(start: int, end: int) -> None:
    bucket = _bucket(hour=0) | {"start_time": 1795305600 + start, "end_time": 1795305600 + end}
    page = replaced(EMPTY, ("data",), [bucket])
    with pytest.raises(UnreadableAnswerError, match="bucket start and end"):
        fetch(Wire().on(COMPLETIONS_PATH, page))


def test_a_bucket_that_comes_twice_is_refused() -> None:
    first = replaced(EMPTY, ("data",), [_bucket(hour=0)]) | {"has_more": True, "next_page": "2"}
    second = replaced(EMPTY, ("data",), [_bucket(hour=0)])
    with pytest.raises(UnreadableAnswerError, match="twice"):
        fetch(Wire().on(COMPLETIONS_PATH, first, second))


@pytest.mark.parametrize("cursor", [None, ""])
def test_more_pages_without_a_cursor_are_refused(cursor: str | None) -> None:
    with pytest.raises(UnreadableAnswerError) as refusal:
        fetch(Wire().on(COMPLETIONS_PATH, OPENAI_COMPLETIONS | {"has_more": True, "next_page": cursor}))
    assert refusal.value.field == "next_page"


def test_a_circle_of_pages_is_refused() -> None:
    page = EMPTY | {"has_more": True, "next_page": "page_A"}
    wire = Wire().on(COMPLETIONS_PATH, page, EMPTY | {"has_more": True, "next_page": "page_B"}, page)
    with pytest.raises(UnreadableAnswerError) as refusal:
        fetch(wire)
    assert (refusal.value.field, len(wire.requests)) == ("next_page", 3)


def test_a_failure_on_a_later_page_is_the_failure_of_the_window() -> None:
    first = OPENAI_COMPLETIONS | {"has_more": True, "next_page": "page_A"}
    with pytest.raises(RateLimitedError) as refusal:
        fetch(Wire().on(COMPLETIONS_PATH, first, (429, {"error": {"message": "slow"}}, {"Retry-After": "7"})))
    assert refusal.value.retry_after == timedelta(seconds=7)


def test_a_range_that_is_too_old_is_read_from_the_date_that_openai_names() -> None:
    window = UsageWindow(MIDNIGHT - timedelta(days=380), MIDNIGHT - timedelta(days=360))
    message = "Usage and cost data are available for the past year. Earliest supported start date: 2025-11-22 (UTC)."
    wire = Wire().on(COMPLETIONS_PATH, too_old(message), EMPTY)
    fetched = fetch(wire, window)
    assert fetched.clamped_to == UsageWindow(datetime(2025, 11, 22, tzinfo=UTC), window.end)
    assert starts_asked(wire) == [window.start, datetime(2025, 11, 22, tzinfo=UTC)]


def test_without_a_date_the_usual_look_backs_are_tried_in_turn() -> None:
    window = UsageWindow(MIDNIGHT - timedelta(days=200), MIDNIGHT - timedelta(days=170))
    wire = Wire().on(COMPLETIONS_PATH, too_old(), EMPTY)
    assert fetch(wire, window).clamped_to == UsageWindow(MIDNIGHT - timedelta(days=180), window.end)
    month = UsageWindow(MIDNIGHT - timedelta(days=31), MIDNIGHT)
    wire = Wire().on(COMPLETIONS_PATH, too_old(), too_old("no sooner than 2026-99-99"), EMPTY)
    assert fetch(wire, month).clamped_to == UsageWindow(MIDNIGHT - timedelta(days=7), MIDNIGHT)
    assert starts_asked(wire) == [MIDNIGHT - timedelta(days=days) for days in (31, 30, 7)]


def test_a_window_that_is_wholly_too_old_is_said_to_be_gone() -> None:
    window = UsageWindow(MIDNIGHT - timedelta(days=400), MIDNIGHT - timedelta(days=390))
    assert fetch(Wire().on(COMPLETIONS_PATH, too_old()), window) == FetchedWindow((), pages=0, provider_has_none=True)
    until_then = too_old(f"Earliest supported start date: {window.end.date()} (UTC).")
    assert fetch(Wire().on(COMPLETIONS_PATH, until_then), window).provider_has_none


def test_a_recent_window_that_is_called_too_old_is_refused() -> None:
    with pytest.raises(UnreadableAnswerError, match="within the last 7 days"):
        fetch(Wire().on(COMPLETIONS_PATH, too_old("Earliest supported start date: 2020-01-01")))


def test_another_400_is_no_clamped_window() -> None:
    body = {"error": {"message": "bad", "type": "invalid_request_error", "param": None, "code": None}}
    with pytest.raises(UnreadableAnswerError, match="status 400"):
        fetch(Wire().on(COMPLETIONS_PATH, (400, body)))


def test_a_window_longer_than_a_month_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="at most 31 days"):
        fetch(Wire(), UsageWindow(MIDNIGHT - timedelta(days=32), MIDNIGHT))


@pytest.mark.parametrize("minutes", [(1, 60), (0, 61)])
def test_a_window_that_cuts_through_a_bucket_is_a_mistake_of_the_caller(minutes: tuple[int, int]) -> None:
    start, end = (MIDNIGHT + timedelta(minutes=minute) for minute in minutes)
    with pytest.raises(ValueError, match="begins and ends with a bucket of 1h"):
        fetch(Wire(), UsageWindow(start, end))


def test_an_account_is_recognised_by_its_projects_and_keys() -> None:
    projects = {"object": "list", "data": [{"id": "proj_7Qm2"}, {"id": "proj_Idle"}], "has_more": False}
    wire = (
        Wire()
        .on(COMPLETIONS_PATH, OPENAI_COMPLETIONS)
        .on(EMBEDDINGS_PATH, OPENAI_EMBEDDINGS)
        .on(PROJECTS_PATH, projects)
    )
    identity = run(provider(wire).identify(KEY, usage_endpoint="organization", now=NOW))
    assert identity.external_id is None
    assert identity.identifiers == {("project", "proj_7Qm2"), ("project", "proj_Idle"), ("api_key", "key_a81f")}
    start = str(int((MIDNIGHT - timedelta(days=30)).timestamp()))
    assert query_of(wire.requests[0])[:3] == [("start_time", start), ("bucket_width", "1d"), ("limit", "31")]
    assert query_of(wire.requests[2]) == [("limit", "100")]


@pytest.mark.parametrize("refusal", [(403, {}), (404, {}), (401, {}), {"object": "list"}])
def test_a_key_that_may_only_read_usage_is_good_enough(refusal: object) -> None:
    wire = Wire().on(COMPLETIONS_PATH, EMPTY).on(EMBEDDINGS_PATH, OPENAI_EMBEDDINGS).on(PROJECTS_PATH, refusal)
    identity = run(provider(wire).identify(KEY, usage_endpoint="organization", now=NOW))
    assert identity.identifiers == {("project", "proj_7Qm2"), ("api_key", "key_a81f")}


def test_a_provider_that_is_down_while_it_is_identified_is_no_account() -> None:
    wire = Wire().on(COMPLETIONS_PATH, EMPTY).on(EMBEDDINGS_PATH, EMPTY).on(PROJECTS_PATH, (429, {}))
    with pytest.raises(RateLimitedError):
        run(provider(wire).identify(KEY, usage_endpoint="organization", now=NOW))


def test_one_object_serves_one_event_loop_after_the_other() -> None:
    wire = Wire().on(COMPLETIONS_PATH, EMPTY, EMPTY)
    openai = provider(wire)
    for _ in range(2):
        assert run(openai.fetch(KEY, stream=COMPLETIONS, window=TWO_HOURS, now=NOW)).pages == 1


def test_the_streams_and_their_reach() -> None:
    openai = provider(Wire())
    assert openai.usage_endpoints == ("organization",)
    assert openai.streams("organization") == (COMPLETIONS, EMBEDDINGS)
    assert openai.history(COMPLETIONS, now=NOW) == datetime(2025, 11, 22, tzinfo=UTC)
    assert openai.settled_before(COMPLETIONS, now=NOW) == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert openai.longest_window(EMBEDDINGS) == timedelta(days=31)


def _bucket(*, hour: int, **changes: object) -> Json:
    start = 1795305600 + hour * 3600
    result = OPENAI_COMPLETIONS["data"][0]["results"][0] | changes
    return {"object": "bucket", "start_time": start, "end_time": start + 3600, "results": [result]}


def test_an_answer_that_is_no_json_is_refused() -> None:
    with pytest.raises(UnreadableAnswerError) as refusal:
        fetch(Wire().on(COMPLETIONS_PATH, httpx.Response(200, text="<html>")))
    assert refusal.value.field == "body"
