"""What grew most: the seven days up to where the data reach, held against the seven days before them.

Both spans end at the same hour of the same weekday, so today counts as far as it is known. Only accounts that were read
whole over all fourteen days are compared: a hole in the earlier week would pass for growth.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from psycopg import sql

from budgets.budgets import Budget
from budgets.months import read_reach
from budgets.whole_reads import read_whole_reads
from core.clock import floor_to_hour
from core.database import Connection

SPAN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Grown:
    """`name` None: the provider names no model. `by`: micrograms CO2e, positive."""

    name: str | None
    provider: str | None
    by: Decimal


@dataclass(frozen=True, slots=True)
class Growth:
    """`through`: where the later seven days end. None: there is nothing to compare, or it did not grow."""

    through: datetime | None
    model: Grown | None
    project: Grown | None


_MODELS = sql.SQL("model as name, provider")
_PROJECTS = sql.SQL("project.name as name, null as provider")
_GREW = """
select {named}, sum(case when bucket_started_at >= %(middle)s then {mass} else -{mass} end) as "by"
from marts.fct_usage usage
join ops.projects project on project.id = usage.project_id
where usage.org_id = %(org_id)s and bucket_started_at >= %(start)s and bucket_started_at < %(end)s
    and is_counted and account_id = any(%(accounts)s)
    and (%(project_id)s::bigint is null or usage.project_id = %(project_id)s)
group by {named_by}
having sum(case when bucket_started_at >= %(middle)s then {mass} else -{mass} end) > 0
order by "by" desc, 1, 2 limit 1
"""


def read_growth(connection: Connection, budget: Budget) -> Growth:
    """Of what the budget is about, by the estimate that it is held to. A tenant's or worker's transaction."""
    reach = read_reach(connection, budget.org_id)
    if reach is None or reach.data_through is None:
        return Growth(None, None, None)
    end = floor_to_hour(min(reach.data_through, reach.built_at))
    whole = read_whole_reads(connection, budget.org_id, until=reach.built_at)
    parameters = {
        "org_id": budget.org_id,
        "project_id": budget.project_id,
        "start": end - 2 * SPAN,
        "middle": end - SPAN,
        "end": end,
        "accounts": sorted(whole.accounts(end - 2 * SPAN, end)),
    }
    mass = sql.SQL("coalesce({}, 0)").format(sql.Identifier(f"co2e_micrograms_{budget.terms.bound}"))

    def most(named: sql.SQL, named_by: sql.SQL) -> Grown | None:
        statement = sql.SQL(_GREW).format(named=named, named_by=named_by, mass=mass)
        row = connection.execute(statement, parameters).fetchone()
        return None if row is None else Grown(**row)

    return Growth(end, most(_MODELS, sql.SQL("model, provider")), most(_PROJECTS, sql.SQL("project.name")))
