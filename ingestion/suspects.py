"""Suspect reads: an answer that would take away much, or that the provider itself doubts, is held until it is said
twice.
"""

import hashlib
import json
from datetime import datetime

from core.database import Connection
from core.outbox import enqueue
from core.owner_notices import tell_owners
from ingestion.account_state import AccountState
from ingestion.observations import Seen
from ingestion.poll_plan import CONFIRM_AFTER, PlannedRead
from ingestion.usage_row import FetchedWindow, StreamKind, UsageWindow


def suspicion(fetched: FetchedWindow, *, tokens_before: int, tokens_removed: int) -> str | None:
    """Why this answer is not believed at once, as a sentence; None if it is. One fifth itself is believed."""
    if tokens_removed * 5 > tokens_before:
        return f"it would remove {tokens_removed} of {tokens_before} tokens"
    if fetched.provider_has_none:
        return "the provider says that it no longer has this span"
    if fetched.clamped_to is not None:
        return "the provider says that it has only a part of this span"
    if fetched.warnings:
        return f"the provider warned: {'; '.join(fetched.warnings)}"
    return None


def answer_digest(fetched: FetchedWindow, seen: Seen) -> str:
    """SHA-256 (hex) of what the answer says: buckets with their counts, the clamp, the warnings."""
    clamp = fetched.clamped_to and [fetched.clamped_to.start.isoformat(), fetched.clamped_to.end.isoformat()]
    buckets = sorted((usage_hash, [str(fact) for fact in facts]) for usage_hash, (facts, _) in seen.items())
    said = [buckets, clamp, fetched.provider_has_none, fetched.warnings]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def is_confirmed(connection: Connection, *, state: AccountState, read: PlannedRead, digest: str, now: datetime) -> bool:
    """Whether a read of this window said the same long enough before."""
    row = connection.execute(
        "select 1 from raw.suspect_reads where account_id = %s and endpoint_family = %s and endpoint = %s"
        " and bucket_width = %s and group_by_version = %s and window_started_at = %s and window_ended_at = %s"
        " and digest = %s and first_seen_at <= %s",
        [*_key(state, read.stream, read.window), digest, now - CONFIRM_AFTER],
    ).fetchone()
    return row is not None


def hold(
    connection: Connection, *, state: AccountState, read: PlannedRead, digest: str, reason: str, now: datetime
) -> None:
    """Keep the digest until it is confirmed (another digest starts the wait anew), and tell operators and owners once
    a day.
    """
    connection.execute(
        "insert into raw.suspect_reads as held (account_id, endpoint_family, endpoint, bucket_width, group_by_version,"
        " window_started_at, window_ended_at, org_id, digest, reason, first_seen_at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict (account_id, endpoint_family, endpoint, bucket_width, group_by_version, window_started_at,"
        " window_ended_at) do update set digest = excluded.digest, reason = excluded.reason,"
        " first_seen_at = case when held.digest = excluded.digest then held.first_seen_at"
        " else excluded.first_seen_at end",
        [*_key(state, read.stream, read.window), state.org_id, digest, reason, now],
    )
    key = f"suspect-read:{state.account_id}:{read.stream.endpoint_family}:{now.date().isoformat()}"
    title = f"An answer of {state.provider} is held back"
    body = (
        f"The usage that {state.provider} reports for “{state.label}” from {read.window.start:%Y-%m-%d %H:%M} to"
        f" {read.window.end:%Y-%m-%d %H:%M} UTC is not counted yet: {reason}. It is read again and counted if the"
        " provider says the same. Until then the earlier numbers stand. Nothing needs to be done."
    )
    enqueue(
        connection, org_id=state.org_id, dedupe_key=f"{key}:operator", channel="operator", recipient=None, title=title,
        body=body, now=now,
    )  # fmt: skip
    tell_owners(connection, org_id=state.org_id, dedupe_key=key, title=title, body=body, now=now)


def release(connection: Connection, *, state: AccountState, stream: StreamKind, window: UsageWindow) -> None:
    """Forget held reads of this stream inside the window: what was stored now answers them, or they are stale."""
    connection.execute(
        "delete from raw.suspect_reads where account_id = %s and endpoint_family = %s and endpoint = %s"
        " and bucket_width = %s and group_by_version = %s and window_started_at >= %s and window_ended_at <= %s",
        _key(state, stream, window),
    )


def _key(state: AccountState, stream: StreamKind, window: UsageWindow) -> tuple[object, ...]:
    return (
        state.account_id, stream.endpoint_family, stream.endpoint, stream.bucket_width, stream.group_by_version,
        window.start, window.end,
    )  # fmt: skip
