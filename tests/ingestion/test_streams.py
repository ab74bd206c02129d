"""Stream intervals: whatever is switched when, each day has one stream and the past keeps its own."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ingestion.spans import EARLIEST, LATEST, Span, merged
from ingestion.streams import StreamInterval, parts, switch_day, switched
from ingestion.usage_row import StreamKind

OLD = StreamKind("messages", "messages", "1h", 1)
NEW = StreamKind("messages", "analytics", "1h", 1)
DAILY = StreamKind("messages", "days", "1d", 1)
FIRST_DAY = datetime(2026, 11, 1, tzinfo=UTC)
ALWAYS_OLD = [StreamInterval(OLD, Span(EARLIEST, LATEST))]


def day(number: int) -> datetime:
    return FIRST_DAY + timedelta(days=number)


def stream_on(intervals: list[StreamInterval], instant: datetime) -> StreamKind:
    (found,) = [interval.stream for interval in intervals if interval.span.start <= instant < interval.span.end]
    return found


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([OLD, NEW, DAILY])), max_size=8))
def test_switches_leave_one_stream_a_day_and_never_touch_the_past(steps: list[tuple[int, StreamKind]]) -> None:
    intervals, today = ALWAYS_OLD, 0
    for days_later, stream in steps:
        today += days_later
        before = [stream_on(intervals, day(n)) for n in range(-2, today)]
        intervals = switched(intervals, stream, day=day(today))
        assert [stream_on(intervals, day(n)) for n in range(-2, today)] == before
        assert stream_on(intervals, day(today)) == stream_on(intervals, day(today + 99)) == stream
        assert merged(interval.span for interval in intervals) == (Span(EARLIEST, LATEST),)
        assert all(a.stream != b.stream for a, b in pairwise(intervals))


def test_switching_back_on_the_same_day_takes_the_first_stream_up_again() -> None:
    there = switched(ALWAYS_OLD, NEW, day=day(3))
    assert switched(there, OLD, day=day(3)) == ALWAYS_OLD


def test_a_span_over_a_switch_is_cut_at_its_midnight() -> None:
    intervals = switched(ALWAYS_OLD, NEW, day=day(3))
    span = Span(day(2) + timedelta(hours=20), day(3) + timedelta(hours=5))
    assert parts(intervals, family="messages", span=span) == [
        StreamInterval(OLD, Span(span.start, day(3))),
        StreamInterval(NEW, Span(day(3), span.end)),
    ]


def test_hourly_buckets_take_over_today_once_there_is_one_and_daily_ones_yesterday() -> None:
    now = day(3) + timedelta(hours=10, minutes=10)
    assert switch_day(NEW, settled=day(3) + timedelta(hours=10), now=now) == day(3)
    assert switch_day(NEW, settled=day(3), now=day(3) + timedelta(minutes=30)) is None
    assert switch_day(DAILY, settled=day(3), now=now) == day(2)
