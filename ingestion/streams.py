"""Streams: which endpoint's buckets count, over whole UTC days of event time.

Two endpoints of one family count the same usage, so their intervals never overlap (a constraint holds that). A switch
ends one interval at a UTC midnight and starts the next; switching back on the same day takes the first one up again.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from psycopg.types.range import Range

from core.clock import floor_to_day
from core.database import Connection
from ingestion.spans import EARLIEST, LATEST, Span, common
from ingestion.usage_row import WIDTHS, StreamKind


class StreamInterval(NamedTuple):
    """A stream in force over `span`, whose ends are UTC midnights (or open)."""

    stream: StreamKind
    span: Span


def load_intervals(connection: Connection, account_id: int) -> list[StreamInterval]:
    """All intervals of the account, oldest first."""
    return intervals_of(connection, [account_id])[account_id]


def intervals_of(connection: Connection, account_ids: Sequence[int]) -> dict[int, list[StreamInterval]]:
    """The intervals of each of the accounts, oldest first, in one statement."""
    rows = connection.execute(
        "select account_id, endpoint_family, endpoint, bucket_width, group_by_version, in_force from ops.usage_streams"
        " where account_id = any(%s) order by endpoint_family, lower(in_force) nulls first",
        [list(account_ids)],
    ).fetchall()
    found: dict[int, list[StreamInterval]] = {account_id: [] for account_id in account_ids}
    for row in rows:
        kind = StreamKind(row["endpoint_family"], row["endpoint"], row["bucket_width"], row["group_by_version"])
        found[row["account_id"]].append(StreamInterval(kind, _span(row["in_force"])))
    return found


def begin_streams(connection: Connection, *, org_id: int, account_id: int, streams: Iterable[StreamKind]) -> None:
    """For each family that the account has no stream of: this stream, over all days."""
    begun = {interval.stream.endpoint_family for interval in load_intervals(connection, account_id)}
    for stream in streams:
        if stream.endpoint_family not in begun:
            _insert(connection, org_id, account_id, StreamInterval(stream, Span(EARLIEST, LATEST)))


def parts(intervals: Iterable[StreamInterval], *, family: str, span: Span) -> list[StreamInterval]:
    """The span cut by the family's intervals: each stream for its own days."""
    return [
        StreamInterval(interval.stream, cut)
        for interval in intervals
        if interval.stream.endpoint_family == family
        for cut in common([interval.span], [span])
    ]


def newest(intervals: Iterable[StreamInterval], *, family: str) -> StreamInterval | None:
    """The family's stream that is in force from now on."""
    of_family = [interval for interval in intervals if interval.stream.endpoint_family == family]
    return max(of_family, key=lambda interval: interval.span.start, default=None)


def switch_day(stream: StreamKind, *, settled: datetime, now: datetime) -> datetime | None:
    """The UTC midnight at which `stream` can take over: that of the newest day of which it has a settled bucket.

    Today for hourly buckets, yesterday for daily ones (today's comes tomorrow); None if there is none yet.
    """
    day = floor_to_day(settled - WIDTHS[stream.bucket_width])
    earliest = floor_to_day(now) if stream.bucket_width == "1h" else floor_to_day(now) - timedelta(days=1)
    return day if day >= earliest else None


def switched(intervals: Sequence[StreamInterval], stream: StreamKind, *, day: datetime) -> list[StreamInterval]:
    """One family's intervals after `stream` took over at the UTC midnight `day`; the day before is as it was."""
    kept = [
        StreamInterval(interval.stream, Span(interval.span.start, min(interval.span.end, day)))
        for interval in intervals
        if interval.span.start < day
    ]
    if kept and kept[-1].stream == stream:
        return [*kept[:-1], StreamInterval(stream, Span(kept[-1].span.start, LATEST))]
    return [*kept, StreamInterval(stream, Span(day, LATEST))]


def switch_stream(connection: Connection, *, org_id: int, account_id: int, stream: StreamKind, day: datetime) -> None:
    """Write what `switched` says. The caller's transaction also stores the new stream's data and a usage touch."""
    family = stream.endpoint_family
    before = [i for i in load_intervals(connection, account_id) if i.stream.endpoint_family == family]
    connection.execute(
        "delete from ops.usage_streams where account_id = %s and endpoint_family = %s", [account_id, family]
    )
    for interval in switched(before, stream, day=day):
        _insert(connection, org_id, account_id, interval)


def _insert(connection: Connection, org_id: int, account_id: int, interval: StreamInterval) -> None:
    stream, span = interval
    in_force = Range(
        None if span.start == EARLIEST else span.start.date(),
        None if span.end == LATEST else span.end.date(),
    )
    connection.execute(
        "insert into ops.usage_streams"
        " (org_id, account_id, endpoint_family, endpoint, bucket_width, group_by_version, in_force)"
        " values (%s, %s, %s, %s, %s, %s, %s::daterange)",
        [
            org_id, account_id, stream.endpoint_family, stream.endpoint, stream.bucket_width, stream.group_by_version,
            in_force,
        ],
    )  # fmt: skip


def _span(in_force: Range[date]) -> Span:
    return Span(_midnight(in_force.lower) or EARLIEST, _midnight(in_force.upper) or LATEST)


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), tzinfo=UTC)
