"""The plan of a poll: which windows to read of which stream, in which order. Pure.

Every poll re-reads its trailing span and the billing periods that are about to close, and reads what is still unread
since the connection's first history; a backfill reads what is older than that. Held reads are repeated exactly as they
were, first, so that a second answer can be told to be the same.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from core.clock import floor_to_hour
from ingestion.account_state import AccountState, FamilyCoverage, HeldRead
from ingestion.providers.protocol import UsageProvider
from ingestion.spans import EARLIEST, Span, Spans, common, merged, without
from ingestion.streams import StreamInterval, newest, parts, switch_day
from ingestion.usage_row import StreamKind, UsageWindow
from ingestion.windows import Cause, aligned, pieces, trailing_span

CONFIRM_AFTER = timedelta(minutes=30)
"""A suspect read is believed when a poll at least this much later says the same: a provider's outage is over by then,
or is seen to last."""


class PlannedRead(NamedTuple):
    stream: StreamKind
    window: UsageWindow
    switches_at: datetime | None = None
    """The UTC midnight from which storing this read puts its stream in force; None for a stream in force already."""


def planned_reads(state: AccountState, provider: UsageProvider, *, cause: Cause, now: datetime) -> list[PlannedRead]:
    """Held reads that are due again, then the windows oldest first; a backfill's newest first."""
    readable = _readable(provider)
    reads = [
        PlannedRead(stream, window)
        for family in families(state, provider)
        for stream, span in _family_spans(state, provider, family=family, cause=cause, now=now)
        if stream in readable
        for window in pieces(span, longest=provider.longest_window(stream), width=stream.bucket_width)
    ]
    reads.sort(key=lambda read: read.window.start, reverse=cause == "backfill")
    repeats = [
        PlannedRead(held.stream, UsageWindow(*held.span))
        for held in state.held
        if now - held.first_seen_at >= CONFIRM_AFTER
        and held.stream in readable
        and is_in_force(state, held)
        and _is_within_reach(held, provider, now=now)
    ]
    return [*repeats, *(read for read in reads if read not in repeats)]


def planned_switches(state: AccountState, provider: UsageProvider, *, now: datetime) -> list[PlannedRead]:
    """For each family whose chosen stream is not the one in force: the read that puts it in force, if it can be made
    yet.
    """
    switches = []
    for stream in provider.streams(state.usage_endpoint):
        current = newest(state.intervals, family=stream.endpoint_family)
        settled = provider.settled_before(stream, now=now)
        day = switch_day(stream, settled=settled, now=now)
        if current is None or current.stream == stream or day is None:
            continue
        held = [read for read in state.held if read.stream == stream and read.span.start == day]
        end = held[0].span.end if held else settled
        switches.append(PlannedRead(stream, UsageWindow(day, end), switches_at=day))
    return switches


def stale_holds(state: AccountState, provider: UsageProvider, *, now: datetime) -> list[HeldRead]:
    """Held reads that nobody will repeat: their stream is no longer in force over their span, nor about to be, or they
    begin before what the provider still has. What it has of them is unread then, and planned anew.
    """
    awaited = {(switch.stream, switch.window.start) for switch in planned_switches(state, provider, now=now)}
    readable = _readable(provider)
    return [
        held
        for held in state.held
        if (not is_in_force(state, held) and (held.stream, held.span.start) not in awaited)
        or (held.stream in readable and not _is_within_reach(held, provider, now=now))
    ]


def families(state: AccountState, provider: UsageProvider) -> list[str]:
    return [stream.endpoint_family for stream in provider.streams(state.usage_endpoint)]


def is_in_force(state: AccountState, held: HeldRead) -> bool:
    """Whether the held read's stream is still the one that counts over all of its span."""
    in_force = parts(state.intervals, family=held.stream.endpoint_family, span=held.span)
    return in_force == [StreamInterval(held.stream, held.span)]


def _readable(provider: UsageProvider) -> set[StreamKind]:
    return {stream for endpoint in provider.usage_endpoints for stream in provider.streams(endpoint)}


def _is_within_reach(held: HeldRead, provider: UsageProvider, *, now: datetime) -> bool:
    """Whether the provider still answers for all of it. OpenRouter refuses a range that begins too early, and a read
    of all its history begins too early a day later.
    """
    return held.span.start >= provider.history(held.stream, now=now)


def _family_spans(
    state: AccountState, provider: UsageProvider, *, family: str, cause: Cause, now: datetime
) -> Iterator[StreamInterval]:
    """What to read of each of the family's streams, over its own days and only what the provider may still have."""
    for stream, days in parts(state.intervals, family=family, span=Span(EARLIEST, floor_to_hour(now))):
        reach = Span(provider.history(stream, now=now), provider.settled_before(stream, now=now))
        # The last hours are not a backfill's: where the provider has not counted them yet, it would never end.
        asked = Span(reach.start, state.history_from) if cause == "backfill" else Span(state.history_from, reach.end)
        again = () if cause == "backfill" else state.settling
        wanted = merged([trailing_span(cause, now=now), *again, *_unread(state, family, asked)])
        buckets = aligned(common(common(wanted, [days]), [reach]), stream.bucket_width, settled=reach.end)
        yield from (StreamInterval(stream, span) for span in common(buckets, [days]))


def _unread(state: AccountState, family: str, span: Span) -> Spans:
    """Hours of the span that are neither read, nor known to be nowhere, nor held."""
    coverage = state.coverage.get(family, FamilyCoverage((), ()))
    held = [read.span for read in state.held if read.stream.endpoint_family == family]
    return without([span], [*coverage.known, *coverage.provider_has_none, *held])
