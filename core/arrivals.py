"""Arrivals: the order in which raw facts, touches and seals become visible, and the lock that a seal shuts them out by.

Every observation, touch and seal draws its id from `ops.arrivals` inside a short transaction that holds the arrival
lock to its end, so the order of commits is the order of ids and "everything up to N" is exact for a build.

Whoever adds usage of an organization, or moves it, holds the organization's ingest lock shared; a seal holds it alone.
The order is always: row locks, ingest lock, arrival lock. The arrival lock is one for all organizations, so it is last.
"""

from collections.abc import Sequence
from datetime import date, datetime

from psycopg.types.range import Range

from core.database import Connection, advisory_key

ALL_DAYS: Range[date] = Range(None, None)


def lock_arrivals(connection: Connection) -> None:
    """Until this transaction ends no other draws arrivals. Take it last: whoever waits for it holds row locks
    already.
    """
    connection.execute("select pg_advisory_xact_lock(%s, %s)", advisory_key("arrivals"))


def share_ingestion(connection: Connection, org_id: int) -> None:
    """Until this transaction ends no usage of the organization is sealed: it waits for us, or we waited for it."""
    connection.execute("select pg_advisory_xact_lock_shared(%s, %s)", advisory_key("ingest", org_id))


def stop_ingestion(connection: Connection, org_id: int) -> None:
    """Until this transaction ends nothing is added to the organization's usage, and none of it moves."""
    connection.execute("select pg_advisory_xact_lock(%s, %s)", advisory_key("ingest", org_id))


def touch_usage(
    connection: Connection, *, org_id: int, account_id: int, days: Range[date], cause: str, now: datetime
) -> None:
    """The next build redoes these UTC days of the account: something moved its usage without a new observation."""
    share_ingestion(connection, org_id)
    lock_arrivals(connection)
    connection.execute(
        "insert into ops.usage_touches (arrival_id, org_id, account_id, days, cause, at)"
        " values (nextval('ops.arrivals'), %s, %s, %s::daterange, %s, %s)",
        [org_id, account_id, days, cause, now],
    )


def touch_organization(
    connection: Connection, *, org_id: int, days: Sequence[Range[date]], cause: str, now: datetime
) -> None:
    """The same for all accounts of the organization."""
    share_ingestion(connection, org_id)
    lock_arrivals(connection)
    connection.execute(
        "insert into ops.usage_touches (arrival_id, org_id, account_id, days, cause, at)"
        " select nextval('ops.arrivals'), account.org_id, account.id, days, %s, %s"
        " from ops.provider_accounts as account cross join unnest(%s::daterange[]) as days where account.org_id = %s",
        [cause, now, [*days], org_id],
    )
