"""What has to be true before a project is archived: no usage goes to it, now or at a planned instant."""

from datetime import date, datetime

from psycopg.types.range import Range

from core.database import Connection, fetch_one
from ingestion.arrivals import touch_usage
from ingestion.errors import ProjectInUseError
from ingestion.workloads import WHOLE_ACCOUNT, Selector, advance_mapping, map_selector


def release_project(connection: Connection, *, org_id: int, project_id: int, actor: str, now: datetime) -> None:
    """No workload of the project is in force from `now` on. The caller holds the project's row.

    Raises ProjectInUseError, which names the connections whose usage goes to it. An account that nobody reads any
    more cannot be re-mapped: its usage, should a connection ever read it again, goes to the default project from now
    on (a part of it falls to what the account goes to).
    """
    rows = connection.execute(
        "select distinct workload.account_id, selector_kind, selector_value, connection.label"
        " from ops.workloads workload"
        " left join ops.connections connection"
        "   on connection.account_id = workload.account_id and connection.deleted_at is null"
        " where workload.org_id = %s and workload.project_id = %s"
        " and (upper_inf(workload.in_force) or upper(workload.in_force) > %s)"
        " order by workload.account_id, selector_kind, selector_value",
        [org_id, project_id, now],
    ).fetchall()
    labels = sorted({row["label"] for row in rows if row["label"] is not None})
    if labels:
        raise ProjectInUseError(labels)
    if not rows:
        return
    default = fetch_one(connection, "select id from ops.projects where org_id = %s and is_default", [org_id])["id"]
    moved: dict[int, Range[date]] = {}
    for row in rows:
        selector = Selector(row["selector_kind"], row["selector_value"])
        moved[row["account_id"]] = map_selector(
            connection,
            org_id=org_id,
            account_id=row["account_id"],
            selector=selector,
            project_id=default if selector == WHOLE_ACCOUNT else None,
            effective_at=now,
            created_by=actor,
            now=now,
        )
        advance_mapping(connection, row["account_id"])
    for account_id, days in moved.items():  # last: the arrival lock that touching takes is one for all organizations
        touch_usage(connection, org_id=org_id, account_id=account_id, days=days, cause="project-archived", now=now)
