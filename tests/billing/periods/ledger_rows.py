"""What the database says of periods, as tests read it."""

from datetime import datetime
from typing import Any, NamedTuple

from core.database import Database


class Row(NamedTuple):
    funding: str
    state: str
    starts_at: datetime | None
    ends_at: datetime | None


def periods(database: Database, org_id: int) -> list[Row]:
    """All periods in order of time."""
    with database.worker() as connection:
        rows = connection.execute(
            "select funding, state, lower(span) as starts_at, upper(span) as ends_at from ops.billing_periods"
            " where org_id = %s order by lower(span) nulls first",
            [org_id],
        ).fetchall()
    return [Row(**row) for row in rows]


def paid(database: Database, org_id: int) -> list[dict[str, Any]]:
    """The paid periods in order of time, whole rows."""
    with database.worker() as connection:
        return connection.execute(
            "select *, lower(span) as starts_at, upper(span) as ends_at from ops.billing_periods"
            " where org_id = %s and funding = 'paid' order by lower(span)",
            [org_id],
        ).fetchall()


def moves(database: Database, period_id: int) -> list[tuple[str | None, str]]:
    """(from, to) of each move of the period that changed its state, in order."""
    with database.worker() as connection:
        rows = connection.execute(
            "select from_state, to_state from ops.billing_period_moves where period_id = %s"
            " and from_state is distinct from to_state order by version",
            [period_id],
        ).fetchall()
    return [(row["from_state"], row["to_state"]) for row in rows]
