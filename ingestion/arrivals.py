"""Arrivals: the order in which raw facts and touches become visible.

Every observation and every touch draws its id from `ops.arrivals` inside a short transaction that holds the arrival
lock to its end, so the order of commits is the order of ids and "everything up to N" is exact for a build.
"""

from datetime import date, datetime

from psycopg.types.range import Range

from core.database import Connection, advisory_key

ALL_DAYS: Range[date] = Range(None, None)


def lock_arrivals(connection: Connection) -> None:
    """Until this transaction ends no other draws arrivals. Take it last: whoever waits for it holds row locks
    already.
    """
    connection.execute("select pg_advisory_xact_lock(%s, %s)", advisory_key("arrivals"))


def touch_usage(
    connection: Connection, *, org_id: int, account_id: int, days: Range[date], cause: str, now: datetime
) -> None:
    """The next build redoes these UTC days of the account: something moved its usage without a new observation."""
    lock_arrivals(connection)
    connection.execute(
        "insert into ops.usage_touches (arrival_id, org_id, account_id, days, cause, at)"
        " values (nextval('ops.arrivals'), %s, %s, %s::daterange, %s, %s)",
        [org_id, account_id, days, cause, now],
    )


def touch_byok_usage(connection: Connection, *, org_id: int, cause: str, now: datetime) -> None:
    """OpenRouter usage under own provider keys counts or not, depending on what else is connected."""
    rows = connection.execute(
        "select id from ops.provider_accounts where org_id = %s and provider = 'openrouter' order by id", [org_id]
    ).fetchall()
    for row in rows:
        touch_usage(connection, org_id=org_id, account_id=row["id"], days=ALL_DAYS, cause=cause, now=now)
