"""Coverage: of each hour of an account, whether its usage was read whole, and if not, why."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from typing import Literal, NamedTuple

from core.clock import floor_to_day, floor_to_hour
from core.database import Connection, Database
from ingestion.account_state import FamilyCoverage, coverage_of
from ingestion.spans import EARLIEST, LATEST, Span, Spans, common, merged, without
from ingestion.streams import StreamInterval, intervals_of

CoverageState = Literal["known", "missing", "provider-has-none", "not-connected", "not-yet"]

POLL_DELAY = timedelta(minutes=20)
"""An hour is read at minute 10 of the next one; ten minutes more for the poll itself, then it is missing."""


class CoverageSpan(NamedTuple):
    """Whole hours [start, end) of one state."""

    state: CoverageState
    start: datetime
    end: datetime


def coverage(
    database: Database, *, org_id: int, account_id: int, start: datetime, end: datetime, now: datetime
) -> list[CoverageSpan]:
    """The hours of [start, end) (moved outward to whole hours), in order, neighbours of one state joined.

    known               every endpoint family was read whole
    provider-has-none   older than what the provider had when it was asked
    not-yet             not closed, or its poll is not due yet (a day, where the provider reports days)
    missing             connected, due, and not read: the next polls try again
    not-connected       no connection then, and none now that could still read it
    An account of another organization has no hours but unconnected ones.
    """
    with database.tenant(org_id) as connection:
        return coverage_of_accounts(connection, [account_id], start=start, end=end, now=now)[account_id]


def coverage_of_accounts(
    connection: Connection, account_ids: Sequence[int], *, start: datetime, end: datetime, now: datetime
) -> dict[int, list[CoverageSpan]]:
    """As `coverage`, of each of the accounts: three statements, however many they are."""
    span = Span(floor_to_hour(start), _hour_after(end))
    intervals, covered = intervals_of(connection, account_ids), coverage_of(connection, account_ids)
    connected = _connected(connection, account_ids)
    return {
        account_id: _states(intervals[account_id], covered[account_id], connected[account_id], span, now=now)
        for account_id in account_ids
    }


def _states(
    intervals: Sequence[StreamInterval],
    covered: Mapping[str, FamilyCoverage],
    connected: Spans,
    span: Span,
    *,
    now: datetime,
) -> list[CoverageSpan]:
    families = {interval.stream.endpoint_family for interval in intervals}
    is_daily = any(i.stream.bucket_width == "1d" and i.span.end == LATEST for i in intervals)
    of_families = [covered.get(family, FamilyCoverage((), ())) for family in sorted(families)]
    known = _all_have([coverage.known for coverage in of_families])
    read = _all_have([merged([*coverage.known, *coverage.provider_has_none]) for coverage in of_families])
    due = floor_to_day(now - POLL_DELAY) if is_daily else floor_to_hour(now - POLL_DELAY)
    states: list[tuple[CoverageState, Spans]] = [
        ("known", known),
        ("provider-has-none", read),
        ("not-yet", common(connected, [Span(due, LATEST)])),
        ("missing", connected),
        ("not-connected", (Span(EARLIEST, LATEST),)),
    ]
    found: list[CoverageSpan] = []
    left: Spans = (span,)
    for state, spans in states:
        found.extend(CoverageSpan(state, *part) for part in common(left, spans))
        left = without(left, spans)
    return sorted(found, key=lambda part: part.start)


def _connected(connection: Connection, account_ids: Sequence[int]) -> dict[int, Spans]:
    """When a key was there; all time while one is, since it can still read what is unread."""
    rows = connection.execute(
        "select account_id, created_at, deleted_at from ops.connections where account_id = any(%s)", [list(account_ids)]
    ).fetchall()
    spans: dict[int, list[Span]] = {account_id: [] for account_id in account_ids}
    for row in rows:
        spans[row["account_id"]].append(
            Span(floor_to_hour(row["created_at"]), _hour_after(row["deleted_at"]))
            if row["deleted_at"] is not None
            else Span(EARLIEST, LATEST)
        )
    return {account_id: merged(found) for account_id, found in spans.items()}


def _all_have(sets: Iterable[Spans]) -> Spans:
    """What is in every set; nothing for no set at all."""
    given = list(sets)
    return reduce(common, given) if given else ()


def _hour_after(instant: datetime) -> datetime:
    hour = floor_to_hour(instant)
    return hour if hour == instant else hour + timedelta(hours=1)
