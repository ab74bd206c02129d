"""The map of an account's hours: what is drawn, counted and said of them, hour by hour."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dashboard.coverage_map import coverage_map, shown_days, span_text
from ingestion.coverage import CoverageSpan, CoverageState

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
DAYS = shown_days(NOW)
HOUR = timedelta(hours=1)
STATES: tuple[CoverageState, ...] = ("known", "missing", "provider-has-none", "not-connected", "not-yet")


def at(day: int, hour: int = 0) -> datetime:
    """Of November 2026."""
    return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=day - 1, hours=hour)


def test_two_missing_hours_are_drawn_counted_and_named() -> None:
    drawn = coverage_map(
        [
            CoverageSpan("known", DAYS.start, at(21, 14)),
            CoverageSpan("missing", at(21, 14), at(21, 16)),
            CoverageSpan("known", at(21, 16), at(22, 12)),
            CoverageSpan("not-yet", at(22, 12), DAYS.end),
        ],
        DAYS,
    )
    assert drawn.summary == (
        "706 of 708 hours known, 2 missing: 21 Nov, 14:00–16:00 (UTC). Beside them 12 not due yet."
    )
    assert drawn.missing_hours == 2
    # 24 October is the first column, 21 November the 29th.
    assert drawn.rectangles == [
        ("known", 0, 0, 28, 24),
        ("known", 28, 0, 1, 14),
        ("missing", 28, 14, 1, 2),
        ("known", 28, 16, 1, 8),
        ("known", 29, 0, 1, 12),
        ("not-yet", 29, 12, 1, 12),
    ]
    assert [(figure.state, figure.hours) for figure in drawn.spans] == [
        ("known", 686), ("missing", 2), ("known", 20), ("not-yet", 12),
    ]  # fmt: skip
    assert (drawn.days, drawn.dates[0], len(drawn.dates)) == (30, DAYS.start, 6)


def test_of_many_gaps_the_newest_are_named() -> None:
    spans = [
        CoverageSpan("missing" if number % 2 else "known", at(10, number), at(10, number + 1)) for number in range(10)
    ]
    assert coverage_map(spans, DAYS).summary == (
        "5 of 10 hours known, 5 missing: 10 Nov, 05:00–06:00; 10 Nov, 07:00–08:00; 10 Nov, 09:00–10:00"
        " and 2 more (UTC)."
    )


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (at(21, 14), at(21, 15), "21 Nov, 14:00–15:00"),
        (at(21, 22), at(22), "21 Nov, 22:00–24:00"),
        (at(21), at(22), "21 Nov, 00:00–24:00"),
        (at(21, 22), at(22, 2), "21 Nov, 22:00 – 22 Nov, 02:00"),
    ],
)
def test_a_span_is_written_short(start: datetime, end: datetime, text: str) -> None:
    assert span_text(start, end) == text


@given(st.lists(st.tuples(st.sampled_from(STATES), st.integers(1, 200)), min_size=1, max_size=30))
def test_rectangles_cover_each_hour_once_with_its_state(lengths: list[tuple[CoverageState, int]]) -> None:
    spans, begun = [], DAYS.start
    for state, hours in lengths:
        ended = min(begun + hours * HOUR, DAYS.end)
        if begun < ended:
            spans.append(CoverageSpan(state, begun, ended))
        begun = ended
    expected = {
        (span.start + number * HOUR, span.state) for span in spans for number in range((span.end - span.start) // HOUR)
    }
    drawn = [
        (DAYS.start + timedelta(days=day, hours=hour), one.state)
        for one in coverage_map(spans, DAYS).rectangles
        for day in range(one.day, one.day + one.days)
        for hour in range(one.hour, one.hour + one.hours)
    ]
    assert sorted(drawn) == sorted(expected)
