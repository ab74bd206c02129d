"""What was mapped of a quiet account goes along to the account that it turns out to be: nobody's choice is lost."""

from datetime import datetime

from core.audit import audit
from core.database import Connection, fetch_one
from core.ids import public_id
from ingestion.account_state import AccountState
from ingestion.workloads import Selector, map_selector

_REASON = "its usage showed an account that was connected before; what was mapped meanwhile came along"


def lock_carried_projects(connection: Connection, *, quiet_account_id: int) -> None:
    """The projects of the quiet account's workloads stay as they are until the transaction ends.

    Before the accounts: archiving a project locks in this order too.
    """
    connection.execute(
        "select 1 from ops.projects"
        " where id in (select project_id from ops.workloads where account_id = %s) order by id for share",
        [quiet_account_id],
    )


def carry_mapping(connection: Connection, *, state: AccountState, known_account_id: int, now: datetime) -> bool:
    """Whether anything was mapped of the quiet account `state`. It counts for the known one from when it was mapped on;
    nothing moves that was read before the known account's last connection was deleted.

    The project chosen with the connection counts as mapped, unless it is the default one, which nobody has to choose.
    The caller holds the projects and the accounts, and touches the usage.
    """
    read_until = fetch_one(
        connection,
        "select coalesce(max(deleted_at), %s) as read_until from ops.connections where account_id = %s",
        [now, known_account_id],
    )["read_until"]
    rows = connection.execute(
        "select selector_kind, selector_value, workload.project_id, created_by, upper(in_force) as ends_at,"
        " coalesce(lower(in_force), workload.created_at) as starts_at,"
        " not upper_inf(in_force) and not exists ("
        "   select 1 from ops.workloads following where following.account_id = workload.account_id"
        "   and following.selector_kind = workload.selector_kind"
        "   and following.selector_value = workload.selector_value"
        "   and lower(following.in_force) = upper(workload.in_force)"
        " ) as was_taken_away"
        " from ops.workloads workload join ops.projects project on project.id = workload.project_id"
        " where account_id = %s and not (lower_inf(in_force) and is_default) order by starts_at, workload.id",
        [state.account_id],
    ).fetchall()
    for row in rows:
        acts = [(row["project_id"], row["starts_at"])]
        if row["was_taken_away"]:
            acts.append((None, row["ends_at"]))
        for project_id, since in acts:
            map_selector(
                connection,
                org_id=state.org_id,
                account_id=known_account_id,
                selector=Selector(row["selector_kind"], row["selector_value"]),
                project_id=project_id,
                effective_at=max(since, read_until),
                created_by=row["created_by"],
                now=now,
            )
    if rows:
        reader = public_id("conn", state.connection_id)
        audit(connection, state.org_id, actor=reader, act="mapping.changed", subject=reader, now=now, reason=_REASON)
    return bool(rows)
