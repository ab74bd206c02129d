from collections.abc import Callable

import pytest

from ingestion.providers.anthropic_page import (
    AnalyticsPage,
    MessagesPage,
    analytics_rows,
    messages_rows,
)
from ingestion.providers.page import Origin, read
from ingestion.providers.protocol import UnreadableAnswerError
from ingestion.usage_row import Counters, UsageRow
from tests.ingestion.providers.recorded import ANTHROPIC_ANALYTICS, ANTHROPIC_MESSAGES, Json
from tests.ingestion.providers.wire import MIDNIGHT, Path, fields_of, replaced, without

ORIGIN = Origin("Anthropic", "v1/organizations/usage_report/messages")

NOT_READ_OF_MESSAGES = {"server_tool_use", "web_search_requests", "account_id", "service_account_id", "context_window"}
NOT_READ_OF_ANALYTICS = {
    *("actor", "context_window", "product", "server_tool_use", "web_search_requests"),
    "data_refreshed_at",  # nullable, and only says how fresh the answer is
}


def messages(page: Json) -> list[UsageRow]:
    return list(messages_rows(read(MessagesPage, page, origin=ORIGIN), origin=ORIGIN))


def analytics(page: Json) -> list[UsageRow]:
    return list(analytics_rows(read(AnalyticsPage, page, origin=ORIGIN), origin=ORIGIN))


def test_a_messages_page_becomes_rows_without_a_request_count() -> None:
    first, second = messages(ANTHROPIC_MESSAGES)
    assert first.counters == Counters(41_200, 318_000, 6_100, 700, 22_870, None)
    assert first.dimensions == {
        "model": "claude-sonnet-4-5-20250929",
        "workspace_id": "wrkspc_01JwQvzr",
        "api_key_id": "apikey_01Rj2N8S",
        "service_tier": "standard",
        "inference_geo": "not_available",
    }
    assert (first.bucket_started_at, first.is_batch, first.inference_geo) == (MIDNIGHT, False, "not_available")
    assert (first.provider_project_id, first.api_key_id) == ("wrkspc_01JwQvzr", "apikey_01Rj2N8S")
    assert first.payload == ANTHROPIC_MESSAGES["data"][0]["results"][0]
    assert second.counters == Counters(900, 0, 0, 0, 310, None)
    assert (second.is_batch, second.provider_project_id, second.api_key_id) == (True, None, None)


def test_an_analytics_page_becomes_rows_with_a_request_count() -> None:
    (row,) = analytics(ANTHROPIC_ANALYTICS)
    assert row.counters == Counters(41_200, 318_000, 6_100, 700, 22_870, 97)
    assert row.dimensions == {
        "model": "claude-opus-5",
        "workspace_id": "wrkspc_01Default",
        "api_key_id": "apikey_01Rj2N8S",
        "service_tier": "standard",
        "inference_geo": "us",
    }
    assert row.payload == ANTHROPIC_ANALYTICS["data"][0]


@pytest.mark.parametrize(("tier", "is_batch"), [("standard", False), ("batch", True), ("flex", False), (None, None)])
def test_only_the_batch_tier_is_batch(tier: str | None, is_batch: bool | None) -> None:
    page = replaced(ANTHROPIC_MESSAGES, ("data", 0, "results", 0, "service_tier"), tier)
    assert messages(page)[0].is_batch is is_batch


def test_analytics_may_not_know_the_requests() -> None:
    page = replaced(ANTHROPIC_ANALYTICS, ("data", 0, "usage", "requests"), None)
    assert analytics(page)[0].counters == Counters(41_200, 318_000, 6_100, 700, 22_870, None)


@pytest.mark.parametrize("total", [388_869, 388_871])
def test_tokens_that_no_counter_explains_are_refused(total: int) -> None:
    with pytest.raises(UnreadableAnswerError) as refusal:
        analytics(replaced(ANTHROPIC_ANALYTICS, ("data", 0, "usage", "total_tokens"), total))
    assert refusal.value.field == "total_tokens"


@pytest.mark.parametrize("path", fields_of(ANTHROPIC_MESSAGES), ids=lambda path: ".".join(map(str, path)))
def test_a_messages_page_without_one_field_is_refused_or_says_the_same(path: Path) -> None:
    page = without(ANTHROPIC_MESSAGES, path)
    if path[-1] in NOT_READ_OF_MESSAGES:
        assert messages(page)[0].counters == messages(ANTHROPIC_MESSAGES)[0].counters
    else:
        _is_refused(lambda: messages(page), str(path[-1]))


@pytest.mark.parametrize("path", fields_of(ANTHROPIC_ANALYTICS), ids=lambda path: ".".join(map(str, path)))
def test_an_analytics_page_without_one_field_is_refused_or_says_the_same(path: Path) -> None:
    page = without(ANTHROPIC_ANALYTICS, path)
    if path[-1] in NOT_READ_OF_ANALYTICS:
        assert analytics(page)[0].counters == analytics(ANTHROPIC_ANALYTICS)[0].counters
    else:
        _is_refused(lambda: analytics(page), str(path[-1]))


@pytest.mark.parametrize("wrong", ["3", 3.0, True, None, -1, 2**63])
@pytest.mark.parametrize("name", ["uncached_input_tokens", "cache_read_input_tokens", "output_tokens"])
def test_a_count_that_is_none_is_refused(name: str, wrong: object) -> None:
    page = replaced(ANTHROPIC_MESSAGES, ("data", 0, "results", 0, name), wrong)
    _is_refused(lambda: messages(page), name)


@pytest.mark.parametrize(
    "wrong", ["2026-11-22T00:00:00", "2026-11-22", "noon", 1795305600, "0001-01-01T00:00:00+23:00"]
)
def test_a_bucket_without_a_time_is_refused(wrong: object) -> None:
    page = replaced(ANTHROPIC_MESSAGES, ("data", 0, "starting_at"), wrong)
    _is_refused(lambda: messages(page), "starting_at")


def _is_refused(reading: Callable[[], list[UsageRow]], field: str) -> None:
    with pytest.raises(UnreadableAnswerError) as refusal:
        reading()
    assert str(refusal.value.field).split(".")[-1] == field
    assert field in refusal.value.sentence
