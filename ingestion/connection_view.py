"""Connections as their organization sees them: never a key, never an ARN."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from core.database import Connection, Database
from ingestion.errors import ConnectionNotFoundError
from ingestion.sync_requests import SyncProgress
from ingestion.usage_row import ProviderName


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """`error` polling has stopped, the key was refused; `skipped` it has stopped after five failures; else `active`.

    `data_through` is the first instant that is not read whole; None before the first read. `error_*` tell of the last
    poll. `sync` is the newest sync request. `account_projects` are the projects that the whole account is mapped to,
    each with the instant from which on (None: always), oldest first, planned ones last. `consecutive_failures` counts
    the permanent ones; before `not_before` it is not asked again.
    """

    id: int
    org_id: int
    account_id: int
    provider: ProviderName
    label: str
    status: str
    usage_endpoint: str
    account_projects: tuple[tuple[datetime | None, int], ...]
    error_code: str | None
    error_sentence: str | None
    consecutive_failures: int
    not_before: datetime | None
    last_polled_at: datetime | None
    history_from: datetime
    data_through: datetime | None
    created_at: datetime
    sync: SyncProgress | None

    def project_at(self, instant: datetime) -> int:
        """The id of the project that the whole account's usage goes to."""
        return [project for since, project in self.account_projects if since is None or since <= instant][-1]


_SELECT: LiteralString = (
    "select connection.id, connection.org_id, connection.account_id, connection.provider, connection.label,"
    " connection.status, account.usage_endpoint, mapped.starts, mapped.projects, connection.error_code,"
    " connection.error_sentence, connection.last_polled_at, connection.history_from, connection.data_through,"
    " connection.consecutive_permanent_failures, connection.not_before, connection.created_at,"
    " sync.id as sync_id, sync.state as sync_state, sync.requested_at, sync.windows_done, sync.windows_total,"
    " sync.rows_read, sync.rows_changed,"
    " sync.finished_at, sync.error_code as sync_error_code, sync.error_sentence as sync_error_sentence"
    " from ops.connections connection"
    " join ops.provider_accounts account on account.id = connection.account_id"
    " left join lateral ("
    "   select array_agg(lower(in_force) order by in_force) as starts,"
    "     array_agg(project_id order by in_force) as projects"
    "   from ops.workloads where account_id = connection.account_id and selector_kind = 'account'"
    " ) mapped on true"
    " left join lateral ("
    "   select * from ops.sync_requests request where request.connection_id = connection.id order by id desc limit 1"
    " ) sync on true"
    " where connection.deleted_at is null and connection.org_id = %s"
)


def list_connections(database: Database, org_id: int) -> list[ConnectionView]:
    """The organization's connections, oldest first; deleted ones are not shown."""
    with database.tenant(org_id) as connection:
        rows = connection.execute(_SELECT + " order by connection.id", [org_id]).fetchall()
    return [_view(row) for row in rows]


def get_connection(database: Database, org_id: int, connection_id: int) -> ConnectionView:
    """Raises ConnectionNotFoundError, also for another organization's connection."""
    with database.tenant(org_id) as connection:
        return view_connection(connection, org_id=org_id, connection_id=connection_id)


def view_connection(connection: Connection, *, org_id: int, connection_id: int) -> ConnectionView:
    row = connection.execute(_SELECT + " and connection.id = %s", [org_id, connection_id]).fetchone()
    if row is None:
        raise ConnectionNotFoundError
    return _view(row)


def _view(row: dict[str, Any]) -> ConnectionView:
    sync = None
    if row["sync_id"] is not None:
        sync = SyncProgress(
            id=row["sync_id"],
            state=row["sync_state"],
            requested_at=row["requested_at"],
            windows_done=row["windows_done"],
            windows_total=row["windows_total"],
            rows_read=row["rows_read"],
            rows_changed=row["rows_changed"],
            finished_at=row["finished_at"],
            error_code=row["sync_error_code"],
            error_sentence=row["sync_error_sentence"],
        )
    return ConnectionView(
        id=row["id"],
        org_id=row["org_id"],
        account_id=row["account_id"],
        provider=ProviderName(row["provider"]),
        label=row["label"],
        status=row["status"],
        usage_endpoint=row["usage_endpoint"],
        account_projects=tuple(zip(row["starts"] or (), row["projects"] or (), strict=True)),
        error_code=row["error_code"],
        error_sentence=row["error_sentence"],
        consecutive_failures=row["consecutive_permanent_failures"],
        not_before=row["not_before"],
        last_polled_at=row["last_polled_at"],
        history_from=row["history_from"],
        data_through=row["data_through"],
        created_at=row["created_at"],
        sync=sync,
    )
