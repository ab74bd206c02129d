"""Workloads: which project usage belongs to: (account, selector, project) over a span of event time.

The first one of an account takes all of its usage, back to −infinity. A later one takes over from an exact instant on:
a bucket belongs to the workload in force at its start, so what contains the instant stays where it was.
"""

from datetime import date, datetime
from typing import Literal, NamedTuple

from psycopg.types.range import Range

from core.database import Connection
from ingestion.arrivals import ALL_DAYS, touch_usage


class Selector(NamedTuple):
    """A part of an account's usage. A key's goes before a provider project's (or workspace's), that before the rest.

    `value` is the provider's id; "(none)" where the provider says null; "(all)" for the whole account.
    """

    kind: Literal["account", "project", "api_key"]
    value: str


WHOLE_ACCOUNT = Selector("account", "(all)")
_ALWAYS: Range[datetime] = Range(None, None)


def route_account(
    connection: Connection, *, org_id: int, account_id: int, project_id: int, now: datetime, cause: str
) -> None:
    """The whole account's usage goes to this project: all of it if it had no project yet, else from now on."""
    last = connection.execute(
        "select project_id, coalesce(lower(in_force) <= %s, true) as is_now from ops.workloads"
        " where account_id = %s and selector_kind = %s and selector_value = %s and upper_inf(in_force)",
        [now, account_id, *WHOLE_ACCOUNT],
    ).fetchone()
    days: Range[date] = ALL_DAYS
    if last is None:
        add_workload(
            connection, org_id, account_id, WHOLE_ACCOUNT, project_id, in_force=_ALWAYS, created_by=None, now=now
        )
    else:
        if last["is_now"] and last["project_id"] == project_id:
            return
        days = map_selector(
            connection,
            org_id=org_id,
            account_id=account_id,
            selector=WHOLE_ACCOUNT,
            project_id=project_id,
            effective_at=now,
            created_by=None,
            now=now,
        )
        advance_mapping(connection, account_id)
    touch_usage(connection, org_id=org_id, account_id=account_id, days=days, cause=cause, now=now)


def map_selector(
    connection: Connection,
    *,
    org_id: int,
    account_id: int,
    selector: Selector,
    project_id: int | None,
    effective_at: datetime,
    created_by: str | None,
    now: datetime,
) -> Range[date]:
    """The days whose usage may have moved. From `effective_at` on the selector's usage is the project's.

    Everything of the selector from then on is replaced; None takes the selector away from then on. The instant is now
    or later, or usage from then on was never read: history stays.
    The caller holds the account's mapping version and touches the usage.
    """
    connection.execute(
        "delete from ops.workloads where account_id = %s and selector_kind = %s and selector_value = %s"
        " and lower(in_force) >= %s",
        [account_id, *selector, effective_at],
    )
    covering = connection.execute(
        "select id, project_id from ops.workloads where account_id = %s and selector_kind = %s and selector_value = %s"
        " and in_force @> %s::timestamptz",
        [account_id, *selector, effective_at],
    ).fetchone()
    if covering is not None:
        is_kept = covering["project_id"] == project_id
        connection.execute(
            "update ops.workloads set in_force = tstzrange(lower(in_force), %s) where id = %s",
            [None if is_kept else effective_at, covering["id"]],
        )
    if project_id is not None and (covering is None or covering["project_id"] != project_id):
        add_workload(
            connection, org_id, account_id, selector, project_id,
            in_force=Range(effective_at, None), created_by=created_by, now=now,
        )  # fmt: skip
    return Range(effective_at.date(), None)


def advance_mapping(connection: Connection, account_id: int) -> None:
    """Whoever edits the mapping that was until now is told."""
    connection.execute(
        "update ops.provider_accounts set mapping_version = mapping_version + 1 where id = %s", [account_id]
    )


def add_workload(
    connection: Connection,
    org_id: int,
    account_id: int,
    selector: Selector,
    project_id: int,
    *,
    in_force: Range[datetime],
    created_by: str | None,
    now: datetime,
) -> None:
    """No other workload of the selector is in force then."""
    connection.execute(
        "insert into ops.workloads (org_id, account_id, selector_kind, selector_value, project_id, in_force,"
        " created_at, created_by) values (%s, %s, %s, %s, %s, %s::tstzrange, %s, %s)",
        [org_id, account_id, *selector, project_id, in_force, now, created_by],
    )
