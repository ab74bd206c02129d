"""Owners are told that a month reached the share to warn at, is heading past its limit, or is above it: once each.

marts, coverage -> Standing -> ops.budget_alerts and the notices, in one transaction an organization. What was told is
told once for the same terms and month, however often this runs and whatever a later revision of usage says; other terms
are another question. Of several facts that are new at once the gravest is told, and the others are in its text.

The last hours of a month are read when it is over: for AFTER_ITS_END more it is looked at whether its limit was passed.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from budgets.budgets import Budget, list_budgets
from budgets.growth import read_growth
from budgets.month import month_of
from budgets.months import read_standings
from budgets.standing import AlertKind, Standing
from budgets.words import body, title
from core.database import Connection, Database, fetch_one
from core.owner_notices import tell_owners

PAGE = "/budgets"
AFTER_ITS_END = timedelta(days=3)


class AlertBasis(NamedTuple):
    """What alerts follow from: the last build, the last change of terms, how many budgets are watched."""

    built_at: datetime | None
    set_at: datetime | None
    watched: int


def tell_of_budgets(database: Database, *, public_url: str, now: datetime) -> int:
    """How often owners are told of a budget now. To be called after a build."""
    with database.worker() as connection:
        organizations = connection.execute(
            "select distinct org_id from ops.budgets where removed_at is null and paused_at is null order by org_id"
        ).fetchall()
    told = 0
    for organization in organizations:
        with database.worker() as connection:
            told += _tell_organization(connection, organization["org_id"], public_url=public_url, now=now)
    return told


def basis_of_alerts(database: Database) -> AlertBasis:
    """While it stays the same there is nothing new to tell."""
    with database.worker() as connection:
        row = fetch_one(
            connection,
            "select (select max(finished_at) from ops.builds where state = 'succeeded') as built_at,"
            " (select max(set_at) from ops.budget_terms) as set_at,"
            " (select count(*) from ops.budgets where removed_at is null and paused_at is null) as watched",
        )
    return AlertBasis(**row)


def _tell_organization(connection: Connection, org_id: int, *, public_url: str, now: datetime) -> int:
    budgets = [budget for budget in list_budgets(connection, org_id) if budget.paused_at is None]
    standings = [read_standings(connection, org_id, budgets, now=now)]
    if month_of(now - AFTER_ITS_END) != month_of(now):
        ended = [budget for budget in budgets if month_of(budget.set_at) != month_of(now)]
        past = read_standings(connection, org_id, ended, now=now - AFTER_ITS_END)
        standings.insert(0, {key: each for key, each in past.items() if each.exceeded_date is not None})
    told = 0
    for budget in sorted(budgets, key=lambda budget: budget.id):  # two runs lock in one order
        for standing in (of_month[budget.id] for of_month in standings if budget.id in of_month):
            new = _note(connection, budget, standing, now=now)
            if new:
                _tell(connection, new[0], budget, standing, public_url=public_url, now=now)
                told += 1
    return told


def _note(connection: Connection, budget: Budget, standing: Standing, *, now: datetime) -> list[AlertKind]:
    """Those that hold and were not told before, the gravest first. Waits for a run that is noting the same."""
    return [
        kind
        for kind in standing.alerts
        if connection.execute(
            "insert into ops.budget_alerts (budget_id, version, month, kind, org_id, told_at)"
            " values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
            [budget.id, budget.version, standing.month, kind, budget.org_id, now],
        ).rowcount
    ]


def _tell(
    connection: Connection, kind: AlertKind, budget: Budget, standing: Standing, *, public_url: str, now: datetime
) -> None:
    organization = fetch_one(connection, "select name from ops.organizations where id = %s", [budget.org_id])["name"]
    tell_owners(
        connection,
        org_id=budget.org_id,
        dedupe_key=f"budget:{budget.id}:{budget.version}:{standing.month}:{kind}",
        title=title(kind, budget, standing, organization=organization),
        body=body(budget, standing, read_growth(connection, budget), link=f"{public_url}{PAGE}"),
        now=now,
    )
