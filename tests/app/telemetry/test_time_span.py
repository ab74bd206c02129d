"""Spans of event time from what callers write."""

from datetime import UTC, datetime, timedelta

import pytest

from app.telemetry.time_span import LONGEST_SPAN, InvalidTimeRangeError, TimeSpan, time_span

NOW = datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)


def midnight(month: int, day: int) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "span"),
    [
        (None, None, (midnight(10, 24), midnight(11, 23))),
        ("2026-11-01", None, (midnight(11, 1), midnight(11, 23))),
        (None, "2026-11-15", (midnight(10, 16), midnight(11, 15))),
        ("2026-11-01", "2026-11-02", (midnight(11, 1), midnight(11, 2))),
        ("2026-11-01T00:00:00Z", "2026-11-02T02:00:00+02:00", (midnight(11, 1), midnight(11, 2))),
        ("2026-11-01T23:30:00-00:30", "2026-11-02T00:00:00.000001Z",
         (midnight(11, 2), midnight(11, 2) + timedelta(microseconds=1))),
    ],
)  # fmt: skip
def test_dates_and_instants(start: str | None, end: str | None, span: tuple[datetime, datetime]) -> None:
    assert time_span(start, end, now=NOW) == TimeSpan(*span)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-02", "2026-11-01"),
        ("2026-11-01", "2026-11-01"),
        ("2026-11-24", None),
        ("2020-01-01", "2026-11-01"),
        ("2026-11-01T00:00:00", None),
        ("2026-02-30", None),
        ("yesterday", None),
        ("1793491200", None),
        ("-1", None),
        ("1.7934912e9", None),
        ("20261101", None),
        ("", None),
        (None, "0001-01-01"),
        ("0001-01-01T00:00:00+14:00", None),
        (None, "9999-12-31T23:59:59-14:00"),
        ("2026-11-01T00:00:00 02:00", None),
    ],
)
def test_what_is_no_span_is_refused(start: str | None, end: str | None) -> None:
    with pytest.raises(InvalidTimeRangeError):
        time_span(start, end, now=NOW)


def test_the_longest_span_is_allowed() -> None:
    start = (midnight(11, 23) - LONGEST_SPAN).date().isoformat()
    assert time_span(start, None, now=NOW).end == midnight(11, 23)


@pytest.mark.parametrize(
    ("span", "is_whole"),
    [
        (TimeSpan(midnight(11, 1), midnight(11, 2)), True),
        (TimeSpan(midnight(11, 1), midnight(11, 2) + timedelta(hours=1)), False),
        (TimeSpan(midnight(11, 1) + timedelta(microseconds=1), midnight(11, 2)), False),
    ],
)
def test_whole_days_begin_and_end_at_midnight_utc(span: TimeSpan, *, is_whole: bool) -> None:
    assert span.is_whole_days is is_whole
