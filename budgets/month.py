"""Calendar months in UTC, named by their first day."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

DAY = timedelta(days=1)


def month_of(instant: datetime) -> date:
    return instant.astimezone(UTC).date().replace(day=1)


def days_of(month: date) -> list[date]:
    """28 to 31 of them, in order."""
    return [month + n * DAY for n in range(monthrange(month.year, month.month)[1])]


def midnight(day: date) -> datetime:
    """The instant at which the day begins."""
    return datetime.combine(day, time(), UTC)
