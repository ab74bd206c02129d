"""What the page says of a connection in words: what follows from its last failure, and how its last sync ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.dashboard.instants import ago, written_instant
from ingestion.connections import ConnectionView
from ingestion.failures import MOST_PERMANENT_FAILURES


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    state: Literal["succeeded", "failed"]
    sentence: str

    @property
    def is_bad(self) -> bool:
        return self.state == "failed"


def what_follows(connection: ConnectionView, *, now: datetime) -> str:
    """After the sentence of the last poll's failure: what we do, and what is to be done."""
    if connection.status != "active":
        return (
            "Polling has stopped; nothing that was read is lost. Re-authenticate with a working key: what is missing is"
            " read then."
        )
    again = "It is asked again with the next hourly poll."
    if connection.not_before is not None and connection.not_before > now:
        again = f"It is asked again after {written_instant(connection.not_before)}."
    if not connection.consecutive_failures:
        return again
    left = MOST_PERMANENT_FAILURES - connection.consecutive_failures
    return f"{again} After {left} more {'failure' if left == 1 else 'failures'} of this kind in a row polling stops."


def sync_outcome(connection: ConnectionView, *, now: datetime) -> SyncOutcome | None:
    """Of the newest sync request, once it has ended. A failure that the connection tells anyway is only named."""
    sync = connection.sync
    if sync is None or sync.finished_at is None:
        return None
    when = ago(sync.finished_at, now=now)
    if sync.state == "failed":
        told = "" if sync.error_sentence == connection.error_sentence else f" {sync.error_sentence}"
        read = f" after {sync.windows_done} of {sync.windows_total} spans" if sync.windows_total else ""
        return SyncOutcome("failed", f"The last sync failed {when}{read}.{told}")
    spans = "1 span" if sync.windows_done == 1 else f"{sync.windows_done} spans"
    rows = "1 row" if sync.rows_read == 1 else f"{sync.rows_read:,} rows"
    return SyncOutcome("succeeded", f"Last sync {when}: {spans}, {rows} read, {sync.rows_changed:,} new or changed.")
