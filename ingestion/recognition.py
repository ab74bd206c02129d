"""Recognising an account late: a quiet account's key shows whose it is only when its first usage arrives."""

from collections.abc import Iterable
from datetime import datetime
from typing import LiteralString

from core.database import Connection, Database
from core.errors import PermanentError
from ingestion.account_state import AccountState
from ingestion.accounts import lock_accounts
from ingestion.arrivals import ALL_DAYS, touch_usage
from ingestion.carry_mapping import carry_mapping, lock_carried_projects
from ingestion.errors import AccountAlreadyConnectedError, OtherAccountError

_TABLES_OF_AN_EMPTY_ACCOUNT: tuple[LiteralString, ...] = (
    "raw.suspect_reads",
    "ops.usage_touches",
    "ops.account_coverage",
    "ops.usage_streams",
    "ops.workloads",
    "ops.account_identifiers",
)


class KnownElsewhereError(PermanentError):
    """The usage that was read carries ids of another account of this organization; nothing of it was stored."""

    code = "known-elsewhere"

    def __init__(self, other_account_id: int) -> None:
        self.other_account_id = other_account_id
        super().__init__("This usage belongs to an account that was connected before.")


def refuse_if_known_elsewhere(
    connection: Connection, *, state: AccountState, identifiers: Iterable[tuple[str, str]]
) -> None:
    """Raises KnownElsewhereError if another account of the organization has shown one of these ids."""
    shown = sorted(identifiers)
    row = connection.execute(
        "select account.id from ops.provider_accounts account"
        " join ops.account_identifiers seen on seen.account_id = account.id"
        " join unnest(%s::text[], %s::text[]) as shown (kind, value) using (kind, value)"
        " where account.org_id = %s and account.provider = %s and account.id <> %s order by account.id limit 1",
        [[kind for kind, _ in shown], [value for _, value in shown], state.org_id, state.provider, state.account_id],
    ).fetchone()
    if row is not None:
        raise KnownElsewhereError(row["id"])


def resume_known_account(database: Database, *, state: AccountState, other_account_id: int, now: datetime) -> None:
    """Move the connection to the account that it turned out to read; its own, empty one goes.

    Corrections of the connection's usage come along, and so does what people mapped of it.

    Raises AccountAlreadyConnectedError if that account has an active connection, and OtherAccountError if this one has
    stored usage of its own: counting the same usage twice is worse than to stop polling.
    """
    with database.worker() as connection:
        lock_accounts(connection, state.org_id)
        lock_carried_projects(connection, quiet_account_id=state.account_id)
        # Whoever maps or corrects its usage right now is before this, or finds the other account. Connections before
        # accounts: a correction locks them in this order too.
        connection.execute(
            "select 1 from ops.connections where account_id = %s order by id for no key update", [state.account_id]
        )
        connection.execute(
            "select 1 from ops.provider_accounts where id = any(%s) order by id for update",
            [[state.account_id, other_account_id]],
        )
        first = connection.execute(
            "select label from ops.connections where account_id = %s and deleted_at is null", [other_account_id]
        ).fetchone()
        if first is not None:
            raise AccountAlreadyConnectedError(first["label"])
        if connection.execute(
            "select 1 from raw.usage_observations where account_id = %s limit 1", [state.account_id]
        ).fetchone():
            raise OtherAccountError
        has_mapping = carry_mapping(connection, state=state, known_account_id=other_account_id, now=now)
        connection.execute(
            "update ops.connections set account_id = %s where account_id = %s", [other_account_id, state.account_id]
        )
        connection.execute(  # whoever edits the mapping of the account that goes has not seen this one's
            "update ops.provider_accounts known set mapping_version = greatest(known.mapping_version,"
            " gone.mapping_version) + 1 from ops.provider_accounts gone where known.id = %s and gone.id = %s",
            [other_account_id, state.account_id],
        )
        corrected = connection.execute(
            "update ops.usage_corrections set account_id = %s where account_id = %s",
            [other_account_id, state.account_id],
        )
        for table in _TABLES_OF_AN_EMPTY_ACCOUNT:
            connection.execute(f"delete from {table} where account_id = %s", [state.account_id])
        connection.execute("delete from ops.provider_accounts where id = %s", [state.account_id])
        if corrected.rowcount or has_mapping:
            touch_usage(
                connection, org_id=state.org_id, account_id=other_account_id, days=ALL_DAYS, cause="account-resumed",
                now=now,
            )  # fmt: skip
