"""Instants of a receipt ("YYYY-MM-DDTHH:MM:SSZ") as people read them. All are UTC."""

from datetime import UTC, datetime, timedelta

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip # not strftime's: names of months follow the process's locale


def instant(text: str) -> datetime:
    """The instant that a receipt writes; raises ValueError for any other form."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def day(text: str) -> str:
    """`1 November 2026` of an instant or of a date."""
    return _day(datetime.strptime(text[:10], "%Y-%m-%d").replace(tzinfo=UTC))


def moment(text: str) -> str:
    """`1 November 2026, 14:05 UTC`."""
    return _moment(instant(text))


def period(start: str, end: str) -> str:
    """`October 2026` for a calendar month, else `5 October to 4 November 2026`, else both instants."""
    first, after = instant(start), instant(end)
    if any(moment.time().isoformat() != "00:00:00" for moment in (first, after)):
        return f"{_moment(first)} to {_moment(after)}"
    last = after - timedelta(days=1)
    if first.day == 1 and after.day == 1 and (first.year, first.month) == (last.year, last.month):
        return f"{_MONTHS[first.month - 1]} {first.year}"
    return f"{_day(first, with_year=first.year != last.year)} to {_day(last)}"


def _day(moment: datetime, *, with_year: bool = True) -> str:
    return f"{moment.day} {_MONTHS[moment.month - 1]}" + (f" {moment.year}" if with_year else "")


def _moment(moment: datetime) -> str:
    return f"{_day(moment)}, {moment:%H:%M} UTC"
