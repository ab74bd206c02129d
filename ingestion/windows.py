"""Which spans of event time a poll reads: closed hours only, wider the rarer the re-read, in pieces to ask for at once.

hourly   the last 6 h     each hour at minute 10
daily    the last 48 h    at 02:10
weekly   the last 7 d     at 02:10 on Mondays
monthly  the last 62 d    at 02:10 on the first two days of a month, while the month that ended is about to be settled:
                          it and the month before are read whole
Besides, every poll reads a billing period whole that is in the 48 hours before its close, and the one before it
(poll_plan.py). A wider re-read holds the narrower ones, so one cause an hour is enough. These are the embedded worker's
times; Dagster's schedules (orchestration/rereads.py) read the wider ones later in the same hour.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from core.clock import floor_to_day, floor_to_hour
from ingestion.spans import Span, Spans, merged
from ingestion.usage_row import WIDTHS, BucketWidth, UsageWindow

Cause = Literal["hourly", "daily", "weekly", "monthly", "backfill", "sync", "delete"]
DueCause = Literal["hourly", "daily", "weekly", "monthly"]

TRAILING: Mapping[Cause, timedelta] = {
    "hourly": timedelta(hours=6),
    "daily": timedelta(hours=48),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=62),
    "sync": timedelta(hours=48),
    "delete": timedelta(hours=48),
    "backfill": timedelta(0),
}
FIRST_HISTORY = timedelta(days=30)
"""What a new connection reads before anything older: enough for the first screen."""

_REREAD_HOUR = 2
_MONDAY = 0
_SETTLING = timedelta(hours=48)
_NARROWER: tuple[Cause, ...] = ("monthly", "weekly", "daily", "hourly")
_OVERDUE: Mapping[Cause, timedelta] = {
    "monthly": timedelta(days=33),
    "weekly": timedelta(days=8),
    "daily": timedelta(hours=26),
}


def due_cause(hour: datetime) -> DueCause:
    """The re-read that is due in the UTC hour of this instant, the widest one if several are."""
    instant = floor_to_hour(hour)
    if instant.hour != _REREAD_HOUR:
        return "hourly"
    if instant < _first_of_month(instant) + _SETTLING:
        return "monthly"
    return "weekly" if instant.weekday() == _MONDAY else "daily"


def overdue_cause(cause: Cause, *, last_read_at: Mapping[Cause, datetime], now: datetime) -> Cause:
    """`cause`, or a wider one that this account missed: a machine that sleeps at 02:10 still re-reads once a day.

    `last_read_at` says when each of daily, weekly and monthly (or a wider one) was last done. A backfill or a sync
    stays what it is.
    """
    if cause not in _NARROWER:
        return cause
    for wider in _NARROWER[: _NARROWER.index(cause)]:
        if now - last_read_at[wider] > _OVERDUE[wider]:
            return wider
    return cause


def trailing_span(cause: Cause, *, now: datetime) -> Span:
    """[start, now's hour) of the re-read that the cause names, whole hours."""
    end = floor_to_hour(now)
    start = end - TRAILING[cause]
    if cause == "monthly" and end < _first_of_month(end) + _SETTLING:
        month_that_ended = _first_of_month(_first_of_month(end) - timedelta(days=1))
        start = min(start, _first_of_month(month_that_ended - timedelta(days=1)))
    return Span(start, end)


def aligned(spans: Spans, width: BucketWidth, *, settled: datetime) -> Spans:
    """The spans with their starts moved back and their ends moved on to whole buckets, cut at `settled`."""
    return merged(Span(_floor(span.start, width), min(_ceiling(span.end, width), settled)) for span in spans)


def pieces(span: Span, *, longest: timedelta, width: BucketWidth) -> list[UsageWindow]:
    """The span as windows of at most `longest` (whole buckets), oldest first, none missing and none twice."""
    step = max(longest // WIDTHS[width], 1) * WIDTHS[width]
    windows = []
    start = span.start
    while start < span.end:
        end = min(start + step, span.end)
        windows.append(UsageWindow(start, end))
        start = end
    return windows


def _floor(instant: datetime, width: BucketWidth) -> datetime:
    return floor_to_hour(instant) if width == "1h" else floor_to_day(instant)


def _ceiling(instant: datetime, width: BucketWidth) -> datetime:
    floor = _floor(instant, width)
    return floor if floor == instant else floor + WIDTHS[width]


def _first_of_month(instant: datetime) -> datetime:
    return floor_to_day(instant).replace(day=1)
