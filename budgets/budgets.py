"""The budgets themselves: list, make, change, remove. One for the organization at most, and one for each project.

ops.budgets says which there are, ops.budget_terms what each says and said before.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import psycopg

from budgets.errors import BudgetChangedError, BudgetExistsError, BudgetNotFoundError, UnknownBudgetProjectError
from budgets.terms import Bound, Terms
from core.audit import AuditedAct, audit
from core.database import Connection, Database, fetch_one
from core.ids import public_id
from core.units import scaled_by_a_millionth

_STANDING = """
select budget.id, budget.org_id, budget.project_id, project.name as project_name, budget.version,
    terms.limit_micrograms, terms.warning_percent, terms.bound, budget.paused_at, budget.created_at, terms.set_at
from ops.budgets budget
join ops.budget_terms terms on terms.budget_id = budget.id and terms.version = budget.version
left join ops.projects project on project.id = budget.project_id
where budget.org_id = %(org_id)s and budget.removed_at is null
"""


@dataclass(frozen=True, slots=True)
class Budget:
    """`project_id` None: of the organization as a whole. `version` counts the changes of its terms, the last one at
    `set_at`. Of a paused one nobody is told.
    """

    id: int
    org_id: int
    project_id: int | None
    project_name: str | None
    version: int
    terms: Terms
    paused_at: datetime | None
    created_at: datetime
    set_at: datetime


@dataclass(frozen=True, slots=True)
class PastTerms:
    """Terms as they were from `set_at` on; `set_by` is a public id."""

    version: int
    terms: Terms
    set_at: datetime
    set_by: str


@dataclass(frozen=True, slots=True)
class BudgetChange:
    """None leaves a thing as it is."""

    limit_micrograms: int | None = None
    warning_percent: int | None = None
    bound: Bound | None = None
    is_paused: bool | None = None

    def applied_to(self, terms: Terms) -> Terms:
        """Raises InvalidBudgetError."""
        return Terms(
            limit_micrograms=terms.limit_micrograms if self.limit_micrograms is None else self.limit_micrograms,
            warning_percent=terms.warning_percent if self.warning_percent is None else self.warning_percent,
            bound=terms.bound if self.bound is None else self.bound,
        )


def list_budgets(connection: Connection, org_id: int) -> list[Budget]:
    """In a tenant's or the worker's transaction: the organization's own first, then those of projects by name."""
    rows = connection.execute(
        _STANDING + " order by budget.project_id is not null, project.name", {"org_id": org_id}
    ).fetchall()
    return [_budget(row) for row in rows]


def get_budget(connection: Connection, org_id: int, budget_id: int) -> Budget:
    """Raises BudgetNotFoundError, also for another organization's."""
    row = connection.execute(_STANDING + " and budget.id = %(id)s", {"org_id": org_id, "id": budget_id}).fetchone()
    if row is None:
        raise BudgetNotFoundError
    return _budget(row)


def past_terms(connection: Connection, org_id: int, budget_id: int) -> list[PastTerms]:
    """What it says and said, newest first."""
    rows = connection.execute(
        "select version, limit_micrograms, warning_percent, bound, set_at, set_by from ops.budget_terms"
        " where org_id = %s and budget_id = %s order by version desc",
        [org_id, budget_id],
    ).fetchall()
    return [PastTerms(row["version"], _terms(row), row["set_at"], row["set_by"]) for row in rows]


def create_budget(
    database: Database, *, org_id: int, project_id: int | None, terms: Terms, actor: str, now: datetime
) -> Budget:
    """Raises UnknownBudgetProjectError and BudgetExistsError."""
    with database.tenant(org_id) as connection:
        if project_id is not None:
            _check_project(connection, org_id, project_id)
        made = connection.execute(
            "insert into ops.budgets (org_id, project_id, created_at) values (%s, %s, %s)"
            " on conflict do nothing returning id",
            [org_id, project_id, now],
        ).fetchone()
        if made is None:
            raise BudgetExistsError
        _set_terms(connection, org_id, made["id"], version=1, terms=terms, actor=actor, now=now)
        budget = get_budget(connection, org_id, made["id"])
        _audit(connection, budget, "budget.created", actor=actor, now=now)
    return budget


def change_budget(
    database: Database,
    *,
    org_id: int,
    budget_id: int,
    change: BudgetChange,
    version: int | None = None,
    actor: str,
    now: datetime,
) -> Budget:
    """The budget after the change. Other terms are a version of their own.

    Raises BudgetNotFoundError, InvalidBudgetError, and BudgetChangedError if `version` is not the budget's any more.
    """
    with database.tenant(org_id) as connection:
        before = _lock(connection, org_id, budget_id)
        if version is not None and version != before.version:
            raise BudgetChangedError
        terms = change.applied_to(before.terms)
        if terms != before.terms:
            _set_terms(connection, org_id, budget_id, version=before.version + 1, terms=terms, actor=actor, now=now)
            _audit(connection, get_budget(connection, org_id, budget_id), "budget.changed", actor=actor, now=now)
        if change.is_paused is not None and change.is_paused != (before.paused_at is not None):
            connection.execute(
                "update ops.budgets set paused_at = %s where org_id = %s and id = %s",
                [now if change.is_paused else None, org_id, budget_id],
            )
            _audit(connection, before, "budget.paused" if change.is_paused else "budget.resumed", actor=actor, now=now)
        return get_budget(connection, org_id, budget_id)


def remove_budget(database: Database, *, org_id: int, budget_id: int, actor: str, now: datetime) -> None:
    """What it said and what was told by it stays. Raises BudgetNotFoundError."""
    with database.tenant(org_id) as connection:
        budget = _lock(connection, org_id, budget_id)
        connection.execute(
            "update ops.budgets set removed_at = %s where org_id = %s and id = %s", [now, org_id, budget_id]
        )
        _audit(connection, budget, "budget.removed", actor=actor, now=now)


def _lock(connection: Connection, org_id: int, budget_id: int) -> Budget:
    connection.execute("select 1 from ops.budgets where org_id = %s and id = %s for update", [org_id, budget_id])
    return get_budget(connection, org_id, budget_id)


def _check_project(connection: Connection, org_id: int, project_id: int) -> None:
    found = fetch_one(
        connection,
        "select count(*) as count from ops.projects where org_id = %s and id = %s",
        [org_id, project_id],
    )
    if found["count"] == 0:
        raise UnknownBudgetProjectError


def _set_terms(
    connection: Connection, org_id: int, budget_id: int, *, version: int, terms: Terms, actor: str, now: datetime
) -> None:
    connection.execute(
        "insert into ops.budget_terms (budget_id, version, org_id, limit_micrograms, warning_percent, bound, set_at,"
        " set_by) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        [budget_id, version, org_id, terms.limit_micrograms, terms.warning_percent, terms.bound, now, actor],
    )
    connection.execute(
        "update ops.budgets set version = %s where org_id = %s and id = %s", [version, org_id, budget_id]
    )


def _budget(row: psycopg.rows.DictRow) -> Budget:
    return Budget(
        id=row["id"],
        org_id=row["org_id"],
        project_id=row["project_id"],
        project_name=row["project_name"],
        version=row["version"],
        terms=_terms(row),
        paused_at=row["paused_at"],
        created_at=row["created_at"],
        set_at=row["set_at"],
    )


def _terms(row: psycopg.rows.DictRow) -> Terms:
    return Terms(row["limit_micrograms"], row["warning_percent"], row["bound"])


def _audit(connection: Connection, budget: Budget, act: AuditedAct, *, actor: str, now: datetime) -> None:
    terms = budget.terms
    audit(
        connection,
        budget.org_id,
        actor=actor,
        act=act,
        subject=public_id("budget", budget.id),
        now=now,
        reason=f"{budget.project_name or 'organization'}: {scaled_by_a_millionth(Decimal(terms.limit_micrograms))} g"
        f" a month, {terms.bound}, warning at {terms.warning_percent} %",
    )
