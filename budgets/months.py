"""How the months of an organization's budgets stand: marts.fct_daily_emissions and coverage -> a Standing each.

The marts hold what the last build has seen. A day counts as complete if it was over when that build began.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from budgets.budgets import Budget
from budgets.forecast import Day
from budgets.month import DAY, days_of, month_of
from budgets.standing import Standing, standing_of
from budgets.terms import BOUNDS, Bound
from budgets.whole_reads import accounts_of_projects, read_whole_reads
from core.database import Connection, fetch_one

_SEEN = """
select usage_date, project_id, sum(co2e_micrograms_low) as low, sum(co2e_micrograms_central) as central,
    sum(co2e_micrograms_high) as high
from marts.fct_daily_emissions
where org_id = %s and usage_date >= %s and usage_date < %s and is_counted
group by 1, 2
"""
_NOTHING = Decimal()
_NONE: Mapping[Bound, Decimal] = dict.fromkeys(BOUNDS, _NOTHING)

Seen = Mapping[tuple[date, int | None], Mapping[Bound, Decimal]]
"""Day and project (None: the organization) -> micrograms CO2e by bound; what has no estimate adds none."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the numbers go. `data_through`: of the connections that are polled; None if one has nothing yet."""

    built_at: datetime
    data_through: datetime | None


def read_reach(connection: Connection, org_id: int) -> Reach | None:
    """None before the first build."""
    found = fetch_one(
        connection,
        "select (select max(started_at) from ops.builds where state = 'succeeded') as built_at,"
        " (select case when count(data_through) = count(*) then min(data_through) end from ops.connections"
        "  where org_id = %s and deleted_at is null and status = 'active') as data_through",
        [org_id],
    )
    return None if found["built_at"] is None else Reach(**found)


def read_standings(
    connection: Connection, org_id: int, budgets: Sequence[Budget], *, now: datetime
) -> Mapping[int, Standing]:
    """Budget id -> how the present month stands; nothing before the first build. A tenant's or worker's transaction."""
    reach = read_reach(connection, org_id)
    if reach is None or not budgets:
        return {}
    days = days_of(month_of(now))
    end = days[-1] + DAY
    seen = _read_seen(connection, org_id, days[0], end)
    whole = read_whole_reads(connection, org_id, until=reach.built_at)
    routed = accounts_of_projects(connection, org_id, start=days[0], end=end)
    everything = set(whole.settled)

    def days_for(budget: Budget) -> list[Day]:
        accounts = everything if budget.project_id is None else routed.get(budget.project_id, set())
        return [
            Day(
                date=day,
                seen=seen.get((day, budget.project_id), _NONE)[budget.terms.bound],
                is_complete=whole.is_complete(day, accounts),
            )
            for day in days
        ]

    return {
        budget.id: standing_of(days_for(budget), budget.terms, data_through=reach.data_through) for budget in budgets
    }


def _read_seen(connection: Connection, org_id: int, first: date, end: date) -> Seen:
    found: dict[tuple[date, int | None], dict[Bound, Decimal]] = {}
    for row in connection.execute(_SEEN, [org_id, first, end]).fetchall():
        for of in (row["project_id"], None):
            masses = found.setdefault((row["usage_date"], of), dict.fromkeys(BOUNDS, _NOTHING))
            for bound in BOUNDS:
                masses[bound] += row[bound] or _NOTHING
    return found
