"""Windows: closed hours only, nothing left out, nothing twice, and the re-read that each hour is due for."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.spans import Span
from ingestion.usage_row import WIDTHS, BucketWidth
from ingestion.windows import Cause, aligned, due_cause, overdue_cause, pieces, trailing_span

NOW = datetime(2026, 11, 22, 14, 37, 12, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31)).map(lambda naive: naive.replace(tzinfo=UTC))  # noqa: DTZ001 - made aware here
WIDTHS_DRAWN: st.SearchStrategy[BucketWidth] = st.sampled_from(("1h", "1d"))


@pytest.mark.parametrize(
    ("cause", "start"),
    [
        ("hourly", datetime(2026, 11, 22, 8, tzinfo=UTC)),
        ("daily", datetime(2026, 11, 20, 14, tzinfo=UTC)),
        ("weekly", datetime(2026, 11, 15, 14, tzinfo=UTC)),
        ("monthly", datetime(2026, 9, 21, 14, tzinfo=UTC)),
    ],
)
def test_a_trailing_span_ends_with_the_last_closed_hour(cause: Cause, start: datetime) -> None:
    assert trailing_span(cause, now=NOW) == Span(start, datetime(2026, 11, 22, 14, tzinfo=UTC))


@pytest.mark.parametrize("day", [1, 2])
def test_while_a_month_settles_it_and_the_one_before_are_read_whole(day: int) -> None:
    span = trailing_span("monthly", now=datetime(2026, 9, day, 2, 10, tzinfo=UTC))
    assert span.start == datetime(2026, 7, 1, tzinfo=UTC)


@given(INSTANTS, WIDTHS_DRAWN, st.integers(1, 2000), st.integers(1, 800))
def test_pieces_cover_a_span_once_and_are_never_too_long(
    now: datetime, width: BucketWidth, hours: int, longest_hours: int
) -> None:
    end = now.replace(minute=0, second=0, microsecond=0)
    longest = max(timedelta(hours=longest_hours), WIDTHS[width])
    (span,) = aligned((Span(end - timedelta(hours=hours), end),), width, settled=end + timedelta(days=1))
    windows = pieces(span, longest=longest, width=width)
    assert windows[0].start == span.start
    assert windows[-1].end == span.end
    assert all(left.end == right.start for left, right in pairwise(windows))
    assert all(window.end - window.start <= longest for window in windows)
    assert all(window.start.timestamp() % WIDTHS[width].total_seconds() == 0 for window in windows)


@given(INSTANTS, st.integers(0, 100))
def test_nothing_is_read_beyond_what_is_settled(now: datetime, hours: int) -> None:
    settled = now.replace(hour=0, minute=0, second=0, microsecond=0)
    spans = aligned((Span(now - timedelta(hours=hours), now + timedelta(days=1)),), "1d", settled=settled)
    assert all(span.end <= settled for span in spans)


def test_each_hour_of_a_month_is_due_for_one_re_read() -> None:
    hours = [datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(30 * 24)]
    causes = Counter(due_cause(hour) for hour in hours)
    # 30 nights: two of them settle October, five are Mondays of which the 2nd is settling too.
    assert causes == {"monthly": 2, "weekly": 4, "daily": 24, "hourly": 690}


@pytest.mark.parametrize(
    ("asked", "last_daily", "last_weekly", "last_monthly", "wanted"),
    [
        ("hourly", 1, 24, 240, "hourly"),
        ("hourly", 27, 24, 240, "daily"),
        ("hourly", 27, 24 * 9, 240, "weekly"),
        ("weekly", 27, 24 * 9, 24 * 34, "monthly"),
        ("monthly", 27, 24 * 9, 24 * 34, "monthly"),
        ("backfill", 27, 24 * 9, 24 * 34, "backfill"),
    ],
)
def test_a_missed_re_read_is_made_up_for(
    asked: Cause, last_daily: int, last_weekly: int, last_monthly: int, wanted: Cause
) -> None:
    last: dict[Cause, datetime] = {
        "daily": NOW - timedelta(hours=last_daily),
        "weekly": NOW - timedelta(hours=last_weekly),
        "monthly": NOW - timedelta(hours=last_monthly),
    }
    assert overdue_cause(asked, last_read_at=last, now=NOW) == wanted
