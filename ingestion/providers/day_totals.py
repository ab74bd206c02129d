"""Totals of whole UTC days out of a provider's daily buckets: one row a day of the window, zeros where none came."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from ingestion.providers.page import Origin, is_on_grid
from ingestion.usage_row import Counters, DayTotals, UsageWindow, summed

DAY = timedelta(days=1)
MOST_DAYS = 31


def require_days(window: UsageWindow) -> None:
    """ValueError for a window that cuts through a day, or is too long for one question."""
    if not (is_on_grid(window.start, "1d") and is_on_grid(window.end, "1d")):
        raise ValueError("totals are of whole UTC days")
    if window.end - window.start > MOST_DAYS * DAY:
        raise ValueError(f"totals are asked for {MOST_DAYS} days at most")


def totals_of_days(
    buckets: Iterable[tuple[datetime, Counters]], window: UsageWindow, *, nothing: Counters, origin: Origin
) -> Sequence[DayTotals]:
    """Each day's buckets added up, or `nothing`. Buckets outside are dropped: some ends are inclusive.

    Raises UnreadableAnswerError for a bucket that does not begin at midnight UTC.
    """
    days: defaultdict[date, list[Counters]] = defaultdict(list)
    for start, counters in buckets:
        if not is_on_grid(start, "1d"):
            raise origin.unreadable("bucket start", "is not a midnight of UTC")
        if window.start <= start < window.end:
            days[start.date()].append(counters)
    wanted = [(window.start + DAY * number).date() for number in range((window.end - window.start) // DAY)]
    return [DayTotals(day, summed(days[day]) if day in days else nothing) for day in wanted]
