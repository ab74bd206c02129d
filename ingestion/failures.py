"""What a failed poll does to its connection.

refused key, wrong kind, missing scope, another's account   error: polling stops, the owners are told, once
any permanent failure, five polls in a row                  skipped: polling stops until the key is given anew
a transient failure                                         tried again in the next hour, or when the provider said
"""

from datetime import datetime, timedelta

from core.clock import floor_to_hour
from core.database import Connection, Database
from core.errors import CarbonLedgerError, ConflictError, PermanentError
from core.owner_notices import tell_owners
from ingestion.account_state import AccountState
from ingestion.patience import retry_after
from ingestion.poll_plan import PlannedRead
from ingestion.providers.protocol import KeyRefusedError, MissingScopeError, WrongKeyKindError
from ingestion.windows import Cause

MOST_PERMANENT_FAILURES = 5

_STOPPING = (KeyRefusedError, WrongKeyKindError, MissingScopeError, ConflictError)


def record_failure(
    database: Database,
    error: CarbonLedgerError,
    *,
    state: AccountState,
    read: PlannedRead | None,
    cause: Cause,
    now: datetime,
) -> None:
    """Write the failed poll (of this window, if it came to one) and what follows for the connection."""
    with database.worker() as connection:
        if read is not None:
            record_failed_read(connection, error, state=state, read=read, cause=cause, now=now)
        if isinstance(error, PermanentError):
            _permanent(connection, error, state=state, now=now)
        else:
            _transient(connection, error, state=state, now=now)


def record_failed_read(
    connection: Connection,
    error: CarbonLedgerError,
    *,
    state: AccountState,
    read: PlannedRead,
    cause: Cause,
    now: datetime,
) -> None:
    """The window that could not be read, in raw.polls; nothing follows from it here."""
    connection.execute(
        "insert into raw.polls (org_id, account_id, connection_id, cause, endpoint_family, endpoint, window_started_at,"
        " window_ended_at, started_at, finished_at, outcome, error_code, pages, rows_seen, rows_new, rows_revised,"
        " rows_removed) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'failed', %s, 0, 0, 0, 0, 0)",
        [
            state.org_id, state.account_id, state.connection_id, cause, read.stream.endpoint_family,
            read.stream.endpoint, read.window.start, read.window.end, now, now, error.code,
        ],
    )  # fmt: skip


def record_success(connection: Connection, *, state: AccountState, cause: Cause, now: datetime) -> None:
    """Every window of the plan was answered: the connection is well. A backfill says nothing of the last hours."""
    if cause == "backfill":
        return
    connection.execute(
        "update ops.connections set last_polled_at = %(now)s, consecutive_permanent_failures = 0, not_before = null,"
        " error_code = null, error_sentence = null,"
        " last_daily_at = case when %(cause)s in ('daily', 'weekly', 'monthly') then %(now)s else last_daily_at end,"
        " last_weekly_at = case when %(cause)s in ('weekly', 'monthly') then %(now)s else last_weekly_at end,"
        " last_monthly_at = case when %(cause)s = 'monthly' then %(now)s else last_monthly_at end"
        " where id = %(id)s and status = 'active'",
        {"now": now, "cause": cause, "id": state.connection_id},
    )


def _permanent(connection: Connection, error: PermanentError, *, state: AccountState, now: datetime) -> None:
    row = connection.execute(
        "update ops.connections set error_code = %(code)s, error_sentence = %(sentence)s,"
        " consecutive_permanent_failures = consecutive_permanent_failures + 1,"
        " status = case when %(stops)s then 'error'"
        "   when consecutive_permanent_failures + 1 >= %(most)s then 'skipped' else 'active' end"
        " where id = %(id)s and status = 'active' returning status",
        {
            "code": error.code,
            "sentence": error.sentence,
            "stops": isinstance(error, _STOPPING),
            "most": MOST_PERMANENT_FAILURES,
            "id": state.connection_id,
        },
    ).fetchone()
    if row is None or row["status"] == "active":
        return
    tell_owners(
        connection,
        org_id=state.org_id,
        dedupe_key=f"connection-stopped:{state.connection_id}:{now.isoformat()}",
        title=f"“{state.label}” is no longer polled",
        body=f"{error.sentence} No usage of this {state.provider} connection is read until you re-authenticate it;"
        " nothing that was read is lost, and what is missing is read then.",
        now=now,
    )


def _transient(connection: Connection, error: CarbonLedgerError, *, state: AccountState, now: datetime) -> None:
    next_hour = floor_to_hour(now) + timedelta(hours=1)
    asked = retry_after(error) or timedelta(0)
    connection.execute(
        "update ops.connections set error_code = %s, error_sentence = %s, not_before = %s"
        " where id = %s and status = 'active'",
        [error.code, error.sentence, max(next_hour, now + asked), state.connection_id],
    )
