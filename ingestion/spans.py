"""Half-open spans [start, end) of event time, and sets of them: sorted, disjoint, never touching.

A set is a tuple of spans. An end that is open in the database is `EARLIEST` or `LATEST` here.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


class Span(NamedTuple):
    start: datetime
    end: datetime


Spans = tuple[Span, ...]


def merged(spans: Iterable[Span]) -> Spans:
    """The same instants as a set: empty spans dropped, touching and overlapping ones joined."""
    joined: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.end):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)


def common(first: Iterable[Span], second: Iterable[Span]) -> Spans:
    """The instants that are in both."""
    others = tuple(second)
    return merged(Span(max(one.start, two.start), min(one.end, two.end)) for one in first for two in others)


def without(spans: Iterable[Span], taken: Iterable[Span]) -> Spans:
    """The instants of `spans` that are not in `taken`."""
    return common(spans, complement(taken))


def complement(spans: Iterable[Span]) -> Spans:
    """All instants that are not in `spans`."""
    edges = merged(spans)
    starts = (EARLIEST, *(span.end for span in edges))
    ends = (*(span.start for span in edges), LATEST)
    return merged(Span(start, end) for start, end in zip(starts, ends, strict=True))


def from_multirange(multirange: Multirange[datetime]) -> Spans:
    return merged(Span(part.lower or EARLIEST, part.upper or LATEST) for part in multirange)


def to_range(span: Span) -> Range[datetime]:
    return Range(
        None if span.start == EARLIEST else span.start,
        None if span.end == LATEST else span.end,
    )
