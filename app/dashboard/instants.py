"""Instants and spans as the pages write them: UTC, and they say so."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole UTC days [start, end), both midnights."""

    start: datetime
    end: datetime

    @classmethod
    def last_days(cls, days: int, *, now: datetime) -> "Period":
        """`days` days, today's (as far as it has come) among them."""
        end = _midnight(now.astimezone(UTC).date()) + DAY
        return cls(end - days * DAY, end)

    @classmethod
    def of_dates(cls, first: date, last: date) -> "Period":
        return cls(_midnight(first), _midnight(last) + DAY)

    @property
    def text(self) -> str:
        first, last = written_date(self.start), written_date(self.end - DAY)
        return first if first == last else f"{first} – {last}"


def written_date(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%-d %b %Y}"


def written_instant(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def ago(instant: datetime, *, now: datetime) -> str:
    """`just now`, `5 min ago`, `3 h ago`, `12 days ago`."""
    passed = now - instant
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{passed // timedelta(minutes=1)} min ago"
    if passed < 2 * DAY:
        return f"{passed // timedelta(hours=1)} h ago"
    return f"{passed // DAY} days ago"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
