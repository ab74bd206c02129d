"""Days that the next build has to look at again, because periods moved: their own, and those of adjustments that wait
for a period to carry them.
"""

from collections.abc import Iterable
from datetime import date, datetime

from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from core.arrivals import touch_organization
from core.database import Connection, fetch_one


def touch_moved_days(
    connection: Connection, *, org_id: int, days: Iterable[Range[date]], cause: str, now: datetime
) -> None:
    """Usage of these days, and every waiting adjustment, may belong to another period now."""
    moved = _merged(connection, [*days, *_days_of_adjustments(connection, org_id)])
    if moved:
        touch_organization(connection, org_id=org_id, days=moved, cause=cause, now=now)


def _days_of_adjustments(connection: Connection, org_id: int) -> list[Range[date]]:
    """As the marts hold them. What arrived since they were built is on days that the next build redoes anyway."""
    if fetch_one(connection, "select to_regclass('marts.fct_period_usage') is null as absent")["absent"]:
        return []
    row = fetch_one(
        connection,
        "select range_agg(daterange(usage_date, usage_date + 1)) as days from marts.fct_period_usage"
        " where org_id = %s and is_adjustment",
        [org_id],
    )
    return [*(row["days"] or ())]


def _merged(connection: Connection, days: list[Range[date]]) -> list[Range[date]]:
    merged: Multirange[date] = fetch_one(
        connection, "select coalesce(range_agg(part), '{}') as days from unnest(%s::daterange[]) as part", [days]
    )["days"]
    return [*merged]
