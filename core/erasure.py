"""Erase an organization that its owner has deleted: people, labels, payloads and secrets; the ledger stays.

deleting -> secrets destroyed -> texts -> payloads -> names in the marts -> deleted. Every step may be killed at any
line and run again: what is gone is not found again, and the state turns last. docs/retention.md says what is kept.
"""

from datetime import datetime, timedelta

import psycopg
from psycopg import sql

from core.database import Connection, Database, fetch_one
from core.errors import CarbonLedgerError
from core.secret_store import SecretStore

ERASED_AFTER = timedelta(minutes=2)
"""Longer than any request takes: what was under way when the organization was deleted has ended by then."""

PAYLOADS_AT_ONCE = 10_000

_LABELS = {
    "project_name": sql.SQL("'Erased project ' || project_id"),
    "sealed_project_name": sql.SQL("'Erased project ' || project_id"),
    "connection_label": sql.SQL("'Erased connection'"),
}
"""Columns of the marts that hold what people wrote, and what the next build puts there."""


def erase_due(database: Database, secrets: SecretStore, *, now: datetime) -> int:
    """How many organizations were erased whole: those whose deletion was asked for ERASED_AFTER ago or longer. None
    while a build is under way, which may have read a name. One that fails holds up no other: its error (what the secret
    store raises, or the database) is raised when all were tried; the next call goes on.
    """
    with database.worker() as connection:
        due = _due(connection, now=now)
    erased, failed = 0, None
    for org_id in due:
        try:
            erased += erase(database, secrets, org_id=org_id, now=now)
        except (CarbonLedgerError, psycopg.Error) as error:
            failed = error
    if failed is not None:
        raise failed
    return erased


def is_due(database: Database, *, now: datetime) -> bool:
    """Whether `erase_due` would find something."""
    with database.worker() as connection:
        return bool(_due(connection, now=now))


def erase(database: Database, secrets: SecretStore, *, org_id: int, now: datetime) -> bool:
    """True: the organization is erased. False: it is not being deleted, or a build is under way; the next call ends it.

    Raises what the secret store raises.
    """
    with database.worker() as connection:
        arns = _secrets_of(connection, org_id)
    for arn in arns:
        secrets.delete(arn)
    with database.worker() as connection:
        connection.execute("select ops.prepare_erasure(%s)", [org_id])
        connection.execute("select ops.erase_texts(%s, %s)", [org_id, now])
    _erase_payloads(database, org_id)  # only now: a poll that was under way stores nothing for a deleted connection
    with database.worker() as connection:
        if _is_building(connection):
            return False  # it may write a name that it has read, after us
        _erase_labels_of_marts(connection, org_id)
        finished = fetch_one(connection, "select ops.finish_organization_deletion(%s, %s) as is_done", [org_id, now])
    return bool(finished["is_done"])


def _due(connection: Connection, *, now: datetime) -> list[int]:
    rows = connection.execute(
        "select id from ops.organizations where state = 'deleting' and deletion_requested_at <= %s"
        " and not exists (select from ops.builds where state = 'running') order by id",
        [now - ERASED_AFTER],
    ).fetchall()
    return [row["id"] for row in rows]


def _is_building(connection: Connection) -> bool:
    return connection.execute("select 1 from ops.builds where state = 'running'").fetchone() is not None


def _secrets_of(connection: Connection, org_id: int) -> list[str]:
    """The keys to providers, the URLs of targets, and what opens the receipts; none unless it is being deleted."""
    rows = connection.execute(
        "select secret_arn from ops.connections where org_id = %(org_id)s and secret_arn is not null"
        " union all select secret_arn from ops.notification_targets"
        "  where org_id = %(org_id)s and secret_arn is not null"
        " union all select secret_arn from ops.receipt_vaults where org_id = %(org_id)s",
        {"org_id": org_id},
    ).fetchall()
    state = connection.execute("select state from ops.organizations where id = %s", [org_id]).fetchone()
    return [str(row["secret_arn"]) for row in rows] if state is not None and state["state"] == "deleting" else []


def _erase_payloads(database: Database, org_id: int) -> None:
    after = 0
    while True:
        with database.worker() as connection:
            last = fetch_one(
                connection, "select ops.erase_payloads(%s, %s, %s) as id", [org_id, after, PAYLOADS_AT_ONCE]
            )["id"]
        if last is None:
            return
        after = int(last)


def _erase_labels_of_marts(connection: Connection, org_id: int) -> None:
    """At once, not with the next build. Only tables: a view shows what its tables hold."""
    columns = connection.execute(
        "select columns.table_schema, columns.table_name, columns.column_name from information_schema.columns"
        " join information_schema.tables using (table_schema, table_name) where table_type = 'BASE TABLE'"
        " and columns.table_schema in ('staging', 'intermediate', 'marts') and columns.column_name = any(%s)"
        " and exists (select from ops.organizations where id = %s and state = 'deleting') order by 1, 2, 3",
        [list(_LABELS), org_id],
    ).fetchall()
    for column in columns:
        connection.execute(
            sql.SQL("update {} set {} = {} where org_id = %s").format(
                sql.Identifier(column["table_schema"], column["table_name"]),
                sql.Identifier(column["column_name"]),
                _LABELS[column["column_name"]],
            ),
            [org_id],
        )
