"""Coverage of an account as polls write it, and the watermark that follows from it.

The watermark (`data_through`) is the first instant after the connection's history began that is not read whole in every
endpoint family: it moves only when every page of every endpoint arrived.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from typing import NamedTuple

from core.database import Connection
from ingestion.account_state import AccountState, FamilyCoverage, load_coverage
from ingestion.spans import EARLIEST, LATEST, Span, Spans, common, merged, to_range


class Reach(NamedTuple):
    """The unbroken span that is read: what the dashboard's “data from … through …” says."""

    history_from: datetime
    data_through: datetime


def reach(coverages: Sequence[FamilyCoverage], *, anchor: datetime) -> Reach | None:
    """The unbroken span around the anchor that every family has read, or None if nothing at the anchor was read.

    What the provider does not have counts as read, but a reach does not begin with it.
    """
    if not coverages:
        return None
    read = _all_have(merged([*coverage.known, *coverage.provider_has_none]) for coverage in coverages)
    known = _all_have(coverage.known for coverage in coverages)
    for span in read:
        if span.start <= anchor < span.end:
            inside = common(known, [span])
            return Reach(inside[0].start, inside[-1].end) if inside else None
    return None


def begin_coverage(connection: Connection, *, state: AccountState, family: str, oldest: datetime) -> None:
    """The family's row; what is older than `oldest` when it is first asked, the provider does not have."""
    connection.execute(
        "insert into ops.account_coverage (org_id, account_id, endpoint_family, provider_has_none)"
        " values (%s, %s, %s, tstzmultirange(%s::tstzrange)) on conflict do nothing",
        [state.org_id, state.account_id, family, to_range(Span(EARLIEST, oldest))],
    )


def mark_read(
    connection: Connection, *, state: AccountState, family: str, known: Spans, provider_has_none: Spans
) -> None:
    """Add what one read covered."""
    connection.execute(
        "update ops.account_coverage set known = known + %s::tstzmultirange,"
        " provider_has_none = (provider_has_none + %s::tstzmultirange) - (known + %s::tstzmultirange)"
        " where account_id = %s and endpoint_family = %s",
        [_multirange(known), _multirange(provider_has_none), _multirange(known), state.account_id, family],
    )


def forget_from(connection: Connection, *, state: AccountState, family: str, day: datetime) -> None:
    """From this midnight on another stream counts, and what the old one read is not known of the new one."""
    connection.execute(
        "update ops.account_coverage set known = known - %s::tstzmultirange"
        " where account_id = %s and endpoint_family = %s",
        [_multirange([Span(day, LATEST)]), state.account_id, family],
    )


def move_watermark(connection: Connection, *, state: AccountState, families: Sequence[str]) -> None:
    """Write the reach that follows from the coverage as it stands in this transaction."""
    coverage = load_coverage(connection, state.account_id)
    nothing = FamilyCoverage((), ())
    reached = reach([coverage.get(family, nothing) for family in families], anchor=state.history_from)
    if reached is not None:
        connection.execute(
            "update ops.connections set data_through = %s, history_from = least(history_from, %s) where id = %s",
            [reached.data_through, reached.history_from, state.connection_id],
        )


def _all_have(sets: Iterable[Spans]) -> Spans:
    return reduce(common, sets)


def _multirange(spans: Iterable[Span]) -> str:
    """The literal of a tstzmultirange."""
    parts = []
    for span in spans:
        lower = "" if span.start == EARLIEST else span.start.isoformat()
        upper = "" if span.end == LATEST else span.end.isoformat()
        parts.append(f"[{lower},{upper})")
    return "{" + ",".join(parts) + "}"
