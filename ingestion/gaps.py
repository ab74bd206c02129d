"""Hours that should be known and are not, over every connection that is not deleted: what an alarm looks at."""

from datetime import datetime, timedelta
from typing import NamedTuple

from core.clock import floor_to_hour
from core.database import Database
from ingestion.coverage import coverage


class Gap(NamedTuple):
    """Of one account: how many of the trailing hours are missing, and the connection's status."""

    account_id: int
    status: str
    missing_hours: int


def gaps(database: Database, *, trailing: timedelta, now: datetime) -> list[Gap]:
    """Accounts with missing hours in [now - trailing, now), those with most of them first."""
    end = floor_to_hour(now)
    with database.worker() as connection:
        accounts = connection.execute(
            "select org_id, account_id, status from ops.connections where deleted_at is null order by account_id"
        ).fetchall()
    found = []
    for account in accounts:
        spans = coverage(
            database,
            org_id=account["org_id"],
            account_id=account["account_id"],
            start=end - trailing,
            end=end,
            now=now,
        )
        missing = sum(((span.end - span.start) for span in spans if span.state == "missing"), timedelta())
        if missing:
            found.append(Gap(account["account_id"], account["status"], missing // timedelta(hours=1)))
    return sorted(found, key=lambda gap: (-gap.missing_hours, gap.account_id))
