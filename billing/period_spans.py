"""Spans of periods, without a database: the months of an annual line, and the coverage of a part of a month."""

import calendar
from collections.abc import Iterator
from datetime import datetime, timedelta

_DAY = timedelta(days=1)


def add_months(instant: datetime, count: int) -> datetime:
    """The same day and time `count` months on; the last day of a month that is too short for it."""
    year, month = divmod(instant.year * 12 + instant.month - 1 + count, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return instant.replace(year=year, month=month + 1, day=min(instant.day, last_day))


def months(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """[start, end) cut into months that are counted from `start`, so that 31 January gives 28 February, 31 March, …"""
    number, begins_at = 0, start
    while begins_at < end:
        number += 1
        ends_at = min(add_months(start, number), end)
        yield begins_at, ends_at
        begins_at = ends_at


def prorated_grams(monthly_grams: int, start: datetime, end: datetime) -> int:
    """The part of a month's coverage that [start, end) has: all of it for a whole month, else by days, rounded up.

    Days begun count, as parts of the calendar month in which the span starts.
    """
    if add_months(start, 1) <= end:
        return monthly_grams
    days = -(-(end - start) // _DAY)
    days_of_month = calendar.monthrange(start.year, start.month)[1]
    return min(monthly_grams, -(-monthly_grams * days // days_of_month))
