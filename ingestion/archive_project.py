"""What has to be true before a project is archived: no usage goes to it, now or at a planned instant."""

from datetime import date, datetime

from psycopg.types.range import Range

from core.database import Connection, fetch_one
from ingestion.arrivals import touch_usage
from ingestion.errors import ProjectInUseError
from ingestion.workloads import WHOLE_ACCOUNT, Selector, add_workload, advance_mapping


def release_project(connection: Connection, *, org_id: int, project_id: int, actor: str, now: datetime) -> None:
    """No workload of the project is in force from `now` on. The caller holds the project's row.

    Raises ProjectInUseError, which names the connections whose usage goes to it. An account that nobody reads any
    more cannot be re-mapped: its usage, should a connection ever read it again, goes to the default project when
    it would have gone to this one (a part of it falls to what the account goes to); what is planned beside stays.
    """
    rows = connection.execute(
        "select workload.id, workload.account_id, selector_kind, selector_value, connection.label,"
        " greatest(lower(in_force), %s) as goes_on_from, upper(in_force) as ends_at"
        " from ops.workloads workload"
        " left join ops.connections connection"
        "   on connection.account_id = workload.account_id and connection.deleted_at is null"
        " where workload.org_id = %s and workload.project_id = %s"
        " and (upper_inf(workload.in_force) or upper(workload.in_force) > %s)"
        " order by workload.account_id, goes_on_from, workload.id",
        [now, org_id, project_id, now],
    ).fetchall()
    labels = sorted({row["label"] for row in rows if row["label"] is not None})
    if labels:
        raise ProjectInUseError(labels)
    if not rows:
        return
    default = fetch_one(connection, "select id from ops.projects where org_id = %s and is_default", [org_id])["id"]
    moved: dict[int, Range[date]] = {}
    for row in rows:
        account_id, since = row["account_id"], row["goes_on_from"]
        connection.execute("delete from ops.workloads where id = %s and lower(in_force) >= %s", [row["id"], now])
        connection.execute(
            "update ops.workloads set in_force = tstzrange(lower(in_force), %s) where id = %s", [now, row["id"]]
        )
        selector = Selector(row["selector_kind"], row["selector_value"])
        if selector == WHOLE_ACCOUNT:
            add_workload(
                connection, org_id, account_id, selector, default,
                in_force=Range(since, row["ends_at"]), created_by=actor, now=now,
            )  # fmt: skip
        moved.setdefault(account_id, Range(since.date(), None))  # the earliest comes first
    for account_id in moved:
        advance_mapping(connection, account_id)
    for account_id, days in moved.items():  # last: the arrival lock that touching takes is one for all organizations
        touch_usage(connection, org_id=org_id, account_id=account_id, days=days, cause="project-archived", now=now)
