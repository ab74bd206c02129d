"""The span of event time that a question is about: half-open, [start, end), in UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from core.clock import floor_to_day
from core.errors import InvalidInputError

DEFAULT_DAYS = timedelta(days=30)
LONGEST_SPAN = timedelta(days=1100)  # three years of days; providers keep less
LONGEST_SPAN_BY_HOUR = timedelta(days=62)  # as far back as the monthly re-read; more is a download, not a chart
LONGEST_SPAN_BY_KEY = timedelta(days=92)  # three months; keys are read row by row, which no sum of days shortens

_instant: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


class InvalidTimeRangeError(InvalidInputError):
    code = "invalid-time-range"


@dataclass(frozen=True, slots=True)
class TimeSpan:
    start: datetime
    end: datetime

    @property
    def is_whole_days(self) -> bool:
        return self.start == floor_to_day(self.start) and self.end == floor_to_day(self.end)


def time_span(start: str | None, end: str | None, *, now: datetime, longest: timedelta = LONGEST_SPAN) -> TimeSpan:
    """From two dates or RFC 3339 instants. Without an end: to the end of today (UTC); without a start: 30 days before.

    A date means its midnight, so `end=2026-12-01` closes November. Raises InvalidTimeRangeError for text that is
    neither, an instant without an offset, a span that is reversed or empty, and one longer than `longest`.
    """
    until = floor_to_day(now) + timedelta(days=1) if end is None else instant_of(end, "end")
    try:
        since = until - DEFAULT_DAYS if start is None else instant_of(start, "start")
    except OverflowError:
        raise InvalidTimeRangeError("end lies before all history.") from None
    if since >= until:
        raise InvalidTimeRangeError("start has to lie before end; the span is half-open, [start, end), in UTC.")
    if until - since > longest:
        raise InvalidTimeRangeError(f"The span is too long: at most {longest.days} days here. Ask in parts.")
    return TimeSpan(since, until)


def instant_of(text: str, name: str) -> datetime:
    """A date's midnight or an RFC 3339 instant, in UTC. Raises InvalidTimeRangeError, with `name` in its sentence."""
    try:
        if len(text) == len("2026-11-22"):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        # pydantic would read a bare number as seconds since 1970.
        if text[10:11] in {"T", "t"}:
            return _instant.validate_strings(text, strict=True).astimezone(UTC)
    except (ValueError, ValidationError, OverflowError):
        pass
    raise InvalidTimeRangeError(f"{name} is neither a date (2026-11-01) nor an instant (2026-11-01T00:00:00Z).")
