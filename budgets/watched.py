"""Budgets with how their month stands and what was told of it: what the API and the pages show."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from budgets.budgets import Budget, get_budget, list_budgets
from budgets.month import month_of
from budgets.months import read_standings
from budgets.standing import AlertKind, Standing
from core.database import Connection, Database


class Told(NamedTuple):
    kind: AlertKind
    at: datetime


@dataclass(frozen=True, slots=True)
class Watched:
    """`standing` None: nothing was built yet. `told`: in this month, by the terms in force, the first one first."""

    budget: Budget
    standing: Standing | None
    told: tuple[Told, ...]


def watched_budgets(database: Database, org_id: int, *, now: datetime) -> list[Watched]:
    """The organization's own first, then those of projects by name."""
    with database.tenant(org_id) as connection:
        return _watched(connection, org_id, list_budgets(connection, org_id), now=now)


def watched_budget(database: Database, org_id: int, budget_id: int, *, now: datetime) -> Watched:
    """Raises BudgetNotFoundError."""
    with database.tenant(org_id) as connection:
        (found,) = _watched(connection, org_id, [get_budget(connection, org_id, budget_id)], now=now)
    return found


def watched_budget_of(database: Database, org_id: int, project_id: int | None, *, now: datetime) -> Watched | None:
    """That of the project, or for None the organization's own; None where there is none, or a paused one."""
    with database.tenant(org_id) as connection:
        budgets = [budget for budget in list_budgets(connection, org_id) if budget.project_id == project_id]
        found = _watched(connection, org_id, [each for each in budgets if each.paused_at is None], now=now)
    return next(iter(found), None)


def _watched(connection: Connection, org_id: int, budgets: list[Budget], *, now: datetime) -> list[Watched]:
    if not budgets:
        return []
    standings = read_standings(connection, org_id, budgets, now=now)
    told: dict[tuple[int, int], list[Told]] = {}
    for row in connection.execute(
        "select budget_id, version, kind, told_at from ops.budget_alerts where org_id = %s and month = %s"
        " order by told_at, kind",
        [org_id, month_of(now)],
    ).fetchall():
        told.setdefault((row["budget_id"], row["version"]), []).append(Told(row["kind"], row["told_at"]))
    return [
        Watched(budget, standings.get(budget.id), tuple(told.get((budget.id, budget.version), ())))
        for budget in budgets
    ]
