from datetime import UTC, datetime, timedelta

import pytest

from ingestion.providers.anthropic_page import ANALYTICS, MESSAGES
from ingestion.providers.anthropic_usage import AnthropicUsage
from ingestion.providers.protocol import UnreadableAnswerError
from ingestion.usage_row import FetchedWindow, StreamKind, UsageWindow
from tests.ingestion.providers.recorded import ANTHROPIC_ANALYTICS, ANTHROPIC_MESSAGES, Json
from tests.ingestion.providers.wire import MIDNIGHT, NOW, TWO_HOURS, Wire, query_of, replaced, run, secret

KEY = secret("sk-ant-admin01-abcd")
MESSAGES_PATH, ANALYTICS_PATH = "/usage_report/messages", "/analytics/usage"
ME_PATH = "/organizations/me"
ME = {"id": "dc9f6c26-b22c-4831-8d01-0446bada88f1", "type": "organization", "name": "Acme"}
FIVE = [("group_by[]", name) for name in ("model", "workspace_id", "api_key_id", "service_tier", "inference_geo")]


def provider(wire: Wire) -> AnthropicUsage:
    return AnthropicUsage("https://api.anthropic.test", http=wire.client())


def fetch(wire: Wire, stream: StreamKind, window: UsageWindow = TWO_HOURS) -> FetchedWindow:
    return run(provider(wire).fetch(KEY, stream=stream, window=window, now=NOW))


def test_the_usage_report_is_read_to_its_last_page() -> None:
    later = replaced(ANTHROPIC_MESSAGES, ("data", 0, "starting_at"), "2026-11-22T01:00:00Z")
    later = replaced(later, ("data", 0, "ending_at"), "2026-11-22T02:00:00Z")
    wire = Wire().on(MESSAGES_PATH, ANTHROPIC_MESSAGES | {"has_more": True, "next_page": "page_MjAy"}, later)
    fetched = fetch(wire, MESSAGES)
    assert [row.bucket_started_at.hour for row in fetched.rows] == [0, 0, 1, 1]
    assert (fetched.pages, fetched.counted_through) == (2, None)
    question = [
        ("bucket_width", "1h"),
        ("limit", "168"),
        ("starting_at", "2026-11-22T00:00:00Z"),
        ("ending_at", "2026-11-22T02:00:00Z"),
        *FIVE,
    ]
    assert [query_of(request) for request in wire.requests] == [question, [*question, ("page", "page_MjAy")]]
    headers = wire.requests[0].headers
    assert (headers["x-api-key"], headers["anthropic-version"]) == ("sk-ant-admin01-abcd", "2023-06-01")
    assert "authorization" not in headers
    assert "anthropic-beta" not in headers
    assert headers["user-agent"] == "CarbonLedger/0.1 (+http://127.0.0.1:8321)"


def test_analytics_is_read_in_order_of_time_a_thousand_rows_at_once() -> None:
    first = ANTHROPIC_ANALYTICS | {"has_more": True, "next_page": "2", "data_refreshed_at": "2026-11-22T01:30:00Z"}
    second = replaced(ANTHROPIC_ANALYTICS, ("data", 0, "group", "workspace_id"), "wrkspc_Other")
    wire = Wire().on(ANALYTICS_PATH, first, second)
    fetched = fetch(wire, ANALYTICS)
    assert [row.provider_project_id for row in fetched.rows] == ["wrkspc_01Default", "wrkspc_Other"]
    assert fetched.counted_through == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    question = [
        ("time_bucket_width", "1h"),
        ("limit", "1000"),
        ("order_by", "time"),
        ("order", "asc"),
        ("starting_at", "2026-11-22T00:00:00Z"),
        ("ending_at", "2026-11-22T02:00:00Z"),
        *FIVE,
    ]
    assert [query_of(request) for request in wire.requests] == [question, [*question, ("page", "2")]]
    assert wire.requests[1].headers["anthropic-beta"] == "analytics-usage-cost-2026-08-24"


@pytest.mark.parametrize("refreshed", [None, "absent"])
def test_analytics_may_not_say_how_fresh_it_is(refreshed: str | None) -> None:
    page = ANTHROPIC_ANALYTICS | {"data_refreshed_at": None}
    if refreshed == "absent":
        del page["data_refreshed_at"]
    assert fetch(Wire().on(ANALYTICS_PATH, page), ANALYTICS).counted_through is None


@pytest.mark.parametrize(("path", "stream"), [(MESSAGES_PATH, MESSAGES), (ANALYTICS_PATH, ANALYTICS)])
def test_more_pages_without_a_cursor_are_refused(path: str, stream: StreamKind) -> None:
    page: Json = {"data": [], "has_more": True, "next_page": None}
    with pytest.raises(UnreadableAnswerError) as refusal:
        fetch(Wire().on(path, page), stream)
    assert refusal.value.field == "next_page"


@pytest.mark.parametrize(("path", "stream"), [(MESSAGES_PATH, MESSAGES), (ANALYTICS_PATH, ANALYTICS)])
def test_a_circle_of_pages_is_refused(path: str, stream: StreamKind) -> None:
    page: Json = {"data": [], "has_more": True, "next_page": "same"}
    with pytest.raises(UnreadableAnswerError, match="a second time"):
        fetch(Wire().on(path, page, page), stream)


def test_a_row_that_moves_to_the_next_page_while_it_is_read_is_not_counted_twice() -> None:
    first = ANTHROPIC_ANALYTICS | {"has_more": True, "next_page": "2"}
    with pytest.raises(UnreadableAnswerError, match="twice"):
        fetch(Wire().on(ANALYTICS_PATH, first, ANTHROPIC_ANALYTICS), ANALYTICS)


def test_the_bucket_that_begins_at_the_end_of_the_window_is_not_counted() -> None:
    hour = UsageWindow(MIDNIGHT - timedelta(hours=1), MIDNIGHT)
    assert fetch(Wire().on(MESSAGES_PATH, ANTHROPIC_MESSAGES), MESSAGES, hour).rows == ()


@pytest.mark.parametrize(
    ("endpoint", "path", "page"),
    [("messages", MESSAGES_PATH, ANTHROPIC_MESSAGES), ("analytics", ANALYTICS_PATH, ANTHROPIC_ANALYTICS)],
)
def test_an_account_is_recognised_by_its_organization(endpoint: str, path: str, page: Json) -> None:
    wire = Wire().on(path, page).on(ME_PATH, ME)
    identity = run(provider(wire).identify(KEY, usage_endpoint=endpoint, now=NOW))
    workspace = "wrkspc_01JwQvzr" if endpoint == "messages" else "wrkspc_01Default"
    assert identity.external_id == ME["id"]
    assert identity.identifiers == {("project", workspace), ("api_key", "apikey_01Rj2N8S")}
    asked = dict(query_of(wire.requests[0]))
    assert (asked["starting_at"], asked["ending_at"]) == ("2026-10-23T00:00:00Z", "2026-11-22T12:00:00Z")
    assert asked["bucket_width" if endpoint == "messages" else "time_bucket_width"] == "1d"


@pytest.mark.parametrize("answer", [(404, {}), (403, {}), {"type": "organization"}])
def test_without_the_organization_the_ids_in_use_recognise_it(answer: object) -> None:
    wire = Wire().on(MESSAGES_PATH, ANTHROPIC_MESSAGES).on(ME_PATH, answer)
    identity = run(provider(wire).identify(KEY, usage_endpoint="messages", now=NOW))
    assert identity.external_id is None
    assert identity.identifiers == {("project", "wrkspc_01JwQvzr"), ("api_key", "apikey_01Rj2N8S")}


def test_a_window_longer_than_a_month_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="at most 31 days"):
        fetch(Wire(), ANALYTICS, UsageWindow(MIDNIGHT - timedelta(days=32), MIDNIGHT))


def test_the_streams_and_their_reach() -> None:
    anthropic = provider(Wire())
    assert anthropic.usage_endpoints == ("messages", "analytics")
    assert (anthropic.streams("messages"), anthropic.streams("analytics")) == ((MESSAGES,), (ANALYTICS,))
    assert MESSAGES.endpoint_family == ANALYTICS.endpoint_family
    assert anthropic.history(MESSAGES, now=NOW) == datetime(2025, 11, 22, tzinfo=UTC)
    assert anthropic.history(ANALYTICS, now=NOW) == datetime(2026, 1, 1, tzinfo=UTC)
    assert anthropic.history(ANALYTICS, now=NOW + timedelta(days=100)) == datetime(2026, 3, 3, tzinfo=UTC)
