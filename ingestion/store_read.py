"""One window into the raw store, in one short transaction: observations, coverage, streams, watermark, and the poll
itself.

The transaction stores all of the window or nothing. Killed before its commit it never was; run again after it, the same
answer changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from psycopg.types.range import Range

from core.clock import floor_to_hour
from core.database import Connection, Database, fetch_one
from ingestion.account_state import AccountState
from ingestion.accounts import remember_identifiers
from ingestion.arrivals import lock_arrivals, share_ingestion, touch_usage
from ingestion.errors import ConnectionNotFoundError
from ingestion.observations import Changes, Seen, changes, seen_buckets
from ingestion.poll_plan import PlannedRead
from ingestion.raw_store import PollReference, append_observations, latest_observations
from ingestion.recognition import refuse_if_known_elsewhere
from ingestion.spans import EARLIEST, Span, merged
from ingestion.streams import parts, switch_stream
from ingestion.suspects import answer_digest, hold, is_confirmed, release, suspicion
from ingestion.usage_row import FetchedWindow, UsageWindow
from ingestion.watermark import begin_coverage, forget_from, mark_read, move_watermark
from ingestion.windows import Cause


class ReadAnswer(NamedTuple):
    """A planned read and what the provider answered, whole."""

    read: PlannedRead
    fetched: FetchedWindow
    started_at: datetime
    oldest: datetime
    """The oldest instant that the provider may know of this stream."""


@dataclass(frozen=True, slots=True)
class StoredRead:
    outcome: Literal["stored", "suspect"]
    pages: int
    rows_seen: int
    rows_new: int
    rows_revised: int
    rows_removed: int


def store_read(
    database: Database,
    answer: ReadAnswer,
    *,
    state: AccountState,
    families: list[str],
    cause: Cause,
    now: datetime,
) -> StoredRead:
    """Store the answer, or hold it as suspect.

    Raises ConnectionNotFoundError if the connection was deleted meanwhile, UnreadableAnswerError if the answer
    contradicts itself, and KnownElsewhereError if it is another account's.
    """
    read, fetched = answer.read, answer.fetched
    answered = _answered(answer)
    with database.worker() as connection:
        _lock_connection(connection, state)
        share_ingestion(connection, state.org_id)
        seen = seen_buckets(fetched.rows, account_id=state.account_id, stream=read.stream, span=answered)
        identifiers = _identifiers(fetched)
        refuse_if_known_elsewhere(connection, state=state, identifiers=identifiers)
        latest = latest_observations(connection, account_id=state.account_id, stream=read.stream, span=answered)
        change = changes(latest, seen)
        before, removed = _tokens_at_stake(connection, state, read, change, seen)
        reason = suspicion(fetched, tokens_before=before, tokens_removed=removed)
        if reason is not None:
            digest = answer_digest(fetched, seen)
            if not is_confirmed(connection, state=state, read=read, digest=digest, now=now):
                hold(connection, state=state, read=read, digest=digest, reason=reason, now=now)
                held = StoredRead("suspect", fetched.pages, len(fetched.rows), 0, 0, 0)
                _record_poll(connection, answer, held, state=state, cause=cause, now=now)
                return held
        release(connection, state=state, stream=read.stream, window=read.window)
        stored = StoredRead(
            "stored", fetched.pages, len(fetched.rows), len(change.new), len(change.revised), len(change.removed)
        )
        poll_id = _record_poll(connection, answer, stored, state=state, cause=cause, now=now)
        remember_identifiers(
            connection, org_id=state.org_id, account_id=state.account_id, identifiers=identifiers, now=now
        )
        _write_coverage(connection, answer, answered, state=state)
        move_watermark(connection, state=state, families=families)
        _write_observations(connection, read, change, poll_id=poll_id, state=state, now=now)
        return stored


def _write_observations(
    connection: Connection, read: PlannedRead, change: Changes, *, poll_id: int, state: AccountState, now: datetime
) -> None:
    """Last in the transaction, because the arrival lock that it takes is one for all organizations."""
    if read.switches_at is not None:
        switch_stream(
            connection, org_id=state.org_id, account_id=state.account_id, stream=read.stream, day=read.switches_at
        )
        touch_usage(
            connection, org_id=state.org_id, account_id=state.account_id, days=Range(read.switches_at.date(), None),
            cause="stream-switched", now=now,
        )  # fmt: skip
    if not change.all():
        return
    lock_arrivals(connection)
    models = sorted({seen.facts.model for seen in change.new if seen.facts.model is not None})
    connection.execute(
        "insert into ops.seen_models (provider, model, first_seen_at)"
        " select %s, model, %s from unnest(%s::text[]) as seen (model) on conflict do nothing",
        [state.provider, now, models],
    )
    append_observations(
        connection,
        poll=PollReference(state.org_id, state.account_id, poll_id, state.provider),
        stream=read.stream,
        changes=change.all(),
        observed_at=now,
    )


def _write_coverage(connection: Connection, answer: ReadAnswer, answered: Span, *, state: AccountState) -> None:
    family, asked = answer.read.stream.endpoint_family, _span(answer.read.window)
    begin_coverage(connection, state=state, family=family, oldest=answer.oldest)
    if answer.read.switches_at is not None:
        forget_from(connection, state=state, family=family, day=answer.read.switches_at)
    counted_through = answer.fetched.counted_through or answered.end
    counted = Span(answered.start, min(answered.end, floor_to_hour(counted_through)))
    too_old = [Span(asked.start, answered.start), *_out_of_reach(answer, state)]
    mark_read(connection, state=state, family=family, known=merged([counted]), provider_has_none=merged(too_old))


def _out_of_reach(answer: ReadAnswer, state: AccountState) -> list[Span]:
    """The stream's days that nobody will ask for any more: what polling missed of them while it had stopped is lost,
    and the watermark does not wait for it.
    """
    stream = answer.read.stream
    older = parts(state.intervals, family=stream.endpoint_family, span=Span(EARLIEST, answer.oldest))
    return [interval.span for interval in older if interval.stream == stream]


def _tokens_at_stake(
    connection: Connection, state: AccountState, read: PlannedRead, change: Changes, seen: Seen
) -> tuple[int, int]:
    """Tokens that count in the window now, and how many of them storing this read would take away."""
    if read.switches_at is None:
        return change.tokens_before, change.tokens_removed
    counted = 0
    for stream, span in parts(state.intervals, family=read.stream.endpoint_family, span=_span(read.window)):
        latest = latest_observations(connection, account_id=state.account_id, stream=stream, span=span)
        counted += sum(held.facts.tokens for held in latest.values())
    return counted, max(0, counted - sum(facts.tokens for facts, _ in seen.values()))


def _lock_connection(connection: Connection, state: AccountState) -> None:
    row = connection.execute(
        "select 1 from ops.connections where id = %s and account_id = %s and deleted_at is null for no key update",
        [state.connection_id, state.account_id],
    ).fetchone()
    if row is None:
        raise ConnectionNotFoundError


def _record_poll(
    connection: Connection, answer: ReadAnswer, result: StoredRead, *, state: AccountState, cause: Cause, now: datetime
) -> int:
    read = answer.read
    row = fetch_one(
        connection,
        "insert into raw.polls (org_id, account_id, connection_id, cause, endpoint_family, endpoint, window_started_at,"
        " window_ended_at, started_at, finished_at, outcome, pages, rows_seen, rows_new, rows_revised, rows_removed)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning id",
        [
            state.org_id, state.account_id, state.connection_id, cause, read.stream.endpoint_family,
            read.stream.endpoint, read.window.start, read.window.end, answer.started_at, now, result.outcome,
            result.pages, result.rows_seen, result.rows_new, result.rows_revised, result.rows_removed,
        ],
    )  # fmt: skip
    return int(row["id"])


def _identifiers(fetched: FetchedWindow) -> set[tuple[str, str]]:
    projects = {("project", row.provider_project_id) for row in fetched.rows if row.provider_project_id is not None}
    keys = {("api_key", row.api_key_id) for row in fetched.rows if row.api_key_id is not None}
    return projects | keys


def _answered(answer: ReadAnswer) -> Span:
    """The part of the window that the provider spoke of: what is older than that part, it no longer has."""
    window = answer.fetched.clamped_to or answer.read.window
    return Span(window.end if answer.fetched.provider_has_none else window.start, window.end)


def _span(window: UsageWindow) -> Span:
    return Span(window.start, window.end)
