"""The map of an account's hours: 30 UTC days side by side, 24 hours from top to bottom, each in one of five states.

Drawn as a few rectangles, not as 720 cells: twenty connections are twenty small pictures. What the picture shows is
also there as a sentence and as a table of spans.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from app.dashboard.instants import DAY, Period
from ingestion.coverage import CoverageSpan, CoverageState

SHOWN_DAYS = 30
NAMED_SPANS = 3

STATE_WORDS: Mapping[CoverageState, str] = {
    "known": "Known",
    "missing": "Missing",
    "provider-has-none": "Provider has none",
    "not-connected": "Not connected",
    "not-yet": "Not yet due",
}
_OTHERS: Mapping[CoverageState, str] = {
    "provider-has-none": "older than what the provider keeps",
    "not-connected": "without a key",
    "not-yet": "not due yet",
}
_HOUR = timedelta(hours=1)


class Rectangle(NamedTuple):
    """`days` columns from the column `day` on, and `hours` rows from the row `hour` on, both counted from 0."""

    state: CoverageState
    day: int
    hour: int
    days: int
    hours: int


@dataclass(frozen=True, slots=True)
class StateFigure:
    state: CoverageState
    words: str
    hours: int


@dataclass(frozen=True, slots=True)
class SpanFigure:
    state: CoverageState
    words: str
    start: datetime
    end: datetime
    hours: int


@dataclass(frozen=True, slots=True)
class CoverageMap:
    """`dates` has every fifth day, the first one among them; `summary` says it all in one sentence or two."""

    days: int
    dates: Sequence[datetime]
    rectangles: Sequence[Rectangle]
    states: Sequence[StateFigure]
    spans: Sequence[SpanFigure]
    missing_hours: int
    summary: str


def shown_days(now: datetime) -> Period:
    return Period.last_days(SHOWN_DAYS, now=now)


def coverage_map(spans: Sequence[CoverageSpan], days: Period) -> CoverageMap:
    """From spans that fill whole UTC days without a gap."""
    count = (days.end - days.start) // DAY
    hours = dict.fromkeys(STATE_WORDS, 0)
    for span in spans:
        hours[span.state] += (span.end - span.start) // _HOUR
    return CoverageMap(
        days=count,
        dates=[days.start + number * DAY for number in range(0, count, 5)],
        rectangles=[rectangle for span in spans for rectangle in _rectangles(span, days.start)],
        states=[StateFigure(state, words, hours[state]) for state, words in STATE_WORDS.items()],
        spans=[_span(span) for span in spans],
        missing_hours=hours["missing"],
        summary=_summary(spans, hours),
    )


def span_text(start: datetime, end: datetime) -> str:
    """`21 Nov, 14:00–16:00`, or with both days where it goes on past midnight."""
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    if last <= first.replace(hour=0) + DAY:
        until = "24:00" if last.hour == 0 else f"{last:%H:%M}"
        return f"{first:%-d %b, %H:%M}–{until}"
    return f"{first:%-d %b, %H:%M} – {last:%-d %b, %H:%M}"


def _rectangles(span: CoverageSpan, origin: datetime) -> Iterator[Rectangle]:
    """The span as up to three: the rest of its first day, whole days, the beginning of its last one."""
    at = span.start
    while at < span.end:
        day, hour = divmod((at - origin) // _HOUR, 24)
        whole_days = (span.end - at) // DAY if hour == 0 else 0
        tall = 24 if whole_days else min(24 - hour, (span.end - at) // _HOUR)
        yield Rectangle(span.state, day, hour, max(whole_days, 1), tall)
        at += whole_days * DAY if whole_days else tall * _HOUR


def _span(span: CoverageSpan) -> SpanFigure:
    hours = (span.end - span.start) // _HOUR
    return SpanFigure(span.state, STATE_WORDS[span.state], span.start, span.end, hours)


def _summary(spans: Sequence[CoverageSpan], hours: Mapping[CoverageState, int]) -> str:
    known, missing = hours["known"], hours["missing"]
    said = f"{known} of {known + missing} hours known"
    if missing:
        gaps = [span_text(span.start, span.end) for span in spans if span.state == "missing"]
        more = f" and {len(gaps) - NAMED_SPANS} more" if len(gaps) > NAMED_SPANS else ""
        said += f", {missing} missing: {'; '.join(gaps[-NAMED_SPANS:])}{more} (UTC)"
    others = [f"{hours[state]} {words}" for state, words in _OTHERS.items() if hours[state]]
    return f"{said}." + (f" Beside them {', '.join(others)}." if others else "")
