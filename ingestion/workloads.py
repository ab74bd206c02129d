"""Workloads: which project an account's usage belongs to, over a span of event time.

The first one of an account takes all of its usage, back to −infinity. Later ones take over from an hour on; what was
before stays where it was.
"""

from datetime import date, datetime

from psycopg.types.range import Range

from core.clock import floor_to_hour
from core.database import Connection
from ingestion.arrivals import touch_usage

WHOLE_ACCOUNT = ("account", "(all)")


def route_account(
    connection: Connection, *, org_id: int, account_id: int, project_id: int, now: datetime, cause: str
) -> None:
    """The whole account's usage goes to this project: all of it if it had no project yet, else from this hour on."""
    current = connection.execute(
        "select id, project_id, lower(in_force) as since from ops.workloads where account_id = %s"
        " and selector_kind = %s and selector_value = %s and upper_inf(in_force)",
        [account_id, *WHOLE_ACCOUNT],
    ).fetchone()
    hour = floor_to_hour(now)
    days: Range[date] = Range(None, None)
    in_force: Range[datetime] = Range(None, None)
    if current is not None:
        if current["project_id"] == project_id:
            return
        in_force, days = Range(hour, None), Range(hour.date(), None)
        if current["since"] is not None and current["since"] >= hour:
            connection.execute("delete from ops.workloads where id = %s", [current["id"]])
            in_force = Range(current["since"], None)
        else:
            connection.execute(
                "update ops.workloads set in_force = tstzrange(lower(in_force), %s) where id = %s",
                [hour, current["id"]],
            )
    connection.execute(
        "insert into ops.workloads"
        " (org_id, account_id, selector_kind, selector_value, project_id, in_force, created_at)"
        " values (%s, %s, %s, %s, %s, %s::tstzrange, %s)",
        [org_id, account_id, *WHOLE_ACCOUNT, project_id, in_force, now],
    )
    touch_usage(connection, org_id=org_id, account_id=account_id, days=days, cause=cause, now=now)
