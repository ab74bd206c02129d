from datetime import UTC, datetime

import pytest

from ingestion.providers.openrouter_page import (
    ActivityAnswer,
    ActivityRow,
    AnalyticsAnswer,
    AnalyticsRow,
    KeyAnswer,
    counters,
)
from ingestion.providers.page import Origin, read
from ingestion.providers.protocol import UnreadableAnswerError
from ingestion.usage_row import Counters
from tests.ingestion.providers.recorded import OPENROUTER_ACTIVITY, OPENROUTER_ANALYTICS, OPENROUTER_KEY, Json
from tests.ingestion.providers.wire import Path, fields_of, replaced, without

ORIGIN = Origin("OpenRouter", "analytics/query")
ROW: Path = ("data", "data", 0)

# Younger than the rest of a row, or unknown to some of OpenRouter's upstreams: absent means not reported.
OPTIONAL = {"cached_tokens", "reasoning_tokens", "byok_request_count"}


def analytics_row(page: Json) -> AnalyticsRow:
    answer = read(AnalyticsAnswer, page, origin=ORIGIN)
    return read(AnalyticsRow, answer.data.data[0], origin=ORIGIN)


def activity_row(page: Json) -> ActivityRow:
    return read(ActivityRow, read(ActivityAnswer, page, origin=ORIGIN).data[0], origin=ORIGIN)


@pytest.mark.parametrize("path", fields_of(OPENROUTER_ANALYTICS), ids=lambda path: ".".join(map(str, path)))
def test_an_analytics_answer_without_one_field_is_refused_or_says_that_it_is_not_reported(path: Path) -> None:
    page, name = without(OPENROUTER_ANALYTICS, path), str(path[-1])
    if name in OPTIONAL:
        assert getattr(analytics_row(page), name) is None
    elif name in {"query_time_ms", "row_count"}:
        assert analytics_row(page) == analytics_row(OPENROUTER_ANALYTICS)
    else:
        with pytest.raises(UnreadableAnswerError) as refusal:
            analytics_row(page)
        assert str(refusal.value.field).split(".")[-1] == name


@pytest.mark.parametrize("path", fields_of(OPENROUTER_ACTIVITY), ids=lambda path: ".".join(map(str, path)))
def test_an_activity_answer_without_one_field_is_refused_or_says_that_it_is_not_reported(path: Path) -> None:
    page, name = without(OPENROUTER_ACTIVITY, path), str(path[-1])
    if name == "cached_tokens":
        assert activity_row(page).cached_tokens is None
    elif name in {"usage", "byok_usage_inference"}:  # dollars
        assert activity_row(page).prompt_tokens == 402_118
    else:
        with pytest.raises(UnreadableAnswerError) as refusal:
            activity_row(page)
        assert refusal.value.field == name


@pytest.mark.parametrize("name", ["is_management_key", "organization_id", "creator_user_id", "workspace_id"])
def test_a_key_that_does_not_say_whose_it_is_is_refused(name: str) -> None:
    with pytest.raises(UnreadableAnswerError) as refusal:
        read(KeyAnswer, without(OPENROUTER_KEY, ("data", name)), origin=ORIGIN)
    assert refusal.value.field == f"data.{name}"


@pytest.mark.parametrize("spelled", ["1523", 1523])
def test_analytics_counts_are_numbers_or_strings_of_digits(spelled: object) -> None:
    assert analytics_row(replaced(OPENROUTER_ANALYTICS, (*ROW, "tokens_prompt"), spelled)).tokens_prompt == 1523


@pytest.mark.parametrize("wrong", ["", "-1", "1.0", "1e3", " 1", "١", "9" * 19, "9" * 30, 3.0, -1, True, None, []])
def test_another_spelling_of_a_count_is_refused(wrong: object) -> None:
    with pytest.raises(UnreadableAnswerError) as refusal:
        analytics_row(replaced(OPENROUTER_ANALYTICS, (*ROW, "tokens_prompt"), wrong))
    assert refusal.value.field == "tokens_prompt"


def test_activity_counts_are_numbers_only() -> None:
    with pytest.raises(UnreadableAnswerError):
        activity_row(replaced(OPENROUTER_ACTIVITY, ("data", 0, "prompt_tokens"), "402118"))


@pytest.mark.parametrize(
    "spelled", ["2026-11-22T06:00:00.000Z", "2026-11-22T06:00:00Z", "2026-11-22T07:00:00+01:00", "2026-11-22 06:00:00"]
)
def test_an_hour_is_utc_however_it_is_spelled(spelled: str) -> None:
    row = analytics_row(replaced(OPENROUTER_ANALYTICS, (*ROW, "date__hour"), spelled))
    assert row.date__hour == datetime(2026, 11, 22, 6, tzinfo=UTC)


@pytest.mark.parametrize("spelled", ["2026-11-21", "2026-11-21T00:00:00.000Z"])
def test_a_day_is_its_midnight_utc(spelled: str) -> None:
    row = activity_row(replaced(OPENROUTER_ACTIVITY, ("data", 0, "date"), spelled))
    assert row.date == datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("prompt", "cached", "uncached"),
    [(17_903, 17_817, 86), (117_231, 115_584, 1_647), (100, 0, 100), (100, 130, 0), (100, None, 100)],
)
def test_cached_tokens_are_a_part_of_the_prompt_or_replayed_beside_it(
    prompt: int, cached: int | None, uncached: int
) -> None:
    counted = counters(prompt=prompt, cached=cached, completion=7, requests=2, reasoning=3, byok_requests=1)
    assert counted == Counters(uncached, cached, None, None, 7, 2, reasoning_tokens=3, byok_requests=1)


@pytest.mark.parametrize("wrong", ["soon", True, -1, 1e300, [1]])
def test_a_cache_time_that_is_none_is_refused(wrong: object) -> None:
    page = replaced(OPENROUTER_ANALYTICS, ("data",), OPENROUTER_ANALYTICS["data"] | {"cachedAt": wrong})
    with pytest.raises(UnreadableAnswerError) as refusal:
        analytics_row(page)
    assert refusal.value.field == "data.cachedAt"
