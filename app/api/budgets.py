"""/v1/budgets: what the organization and its projects may emit in a month, and how the present month stands."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Response

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.api.budget_bodies import (
    BudgetBody,
    BudgetChangeBody,
    BudgetList,
    NewBudget,
    PastTermsBody,
    TermsHistory,
)
from app.api.dependencies import Context, Now, allowed
from app.api.idempotency import IdempotentRoute
from app.api.public_ids import key_or_not_found
from budgets import budgets
from budgets.budgets import BudgetChange
from budgets.errors import UnknownBudgetProjectError
from budgets.terms import Terms, limit_in_micrograms
from budgets.watched import Watched, watched_budget, watched_budgets
from core.ids import database_key, public_id

router = APIRouter(prefix="/v1/budgets", tags=["budgets"], route_class=IdempotentRoute)

Reader = Annotated[Principal, allowed("telemetry:read")]
Writer = Annotated[Principal, allowed("projects:write")]


@router.get("")
def list_budgets(context: Context, principal: Reader, now: Now) -> BudgetList:
    """The organization's own first, then those of projects by name; each with how the present month stands."""
    found = watched_budgets(context.database, principal.org_id, now=now)
    return BudgetList(data=[BudgetBody.of(each) for each in found])


@router.post("", status_code=201)
def create_budget(new: NewBudget, context: Context, principal: Writer, now: Now, response: Response) -> BudgetBody:
    """One for the organization, and one for each project. All of the present month counts, also what was before."""
    made = budgets.create_budget(
        context.database,
        org_id=principal.org_id,
        project_id=None if new.project_id is None else _project_key(new.project_id),
        terms=Terms(limit_in_micrograms(new.limit_grams), new.warning_percent, new.bound),
        actor=principal.actor,
        now=now,
    )
    response.headers["Location"] = f"/v1/budgets/{public_id('budget', made.id)}"
    return _as_seen_by(principal, watched_budget(context.database, principal.org_id, made.id, now=now))


@router.get("/{budget_id}")
def get_budget(budget_id: str, context: Context, principal: Reader, now: Now) -> BudgetBody:
    """One budget, with how the present month stands."""
    key = key_or_not_found("budget", budget_id)
    return BudgetBody.of(watched_budget(context.database, principal.org_id, key, now=now))


@router.get("/{budget_id}/history")
def read_budget_history(budget_id: str, context: Context, principal: Reader) -> TermsHistory:
    """What it says and said before, newest first."""
    key = key_or_not_found("budget", budget_id)
    with context.database.tenant(principal.org_id) as connection:
        budgets.get_budget(connection, principal.org_id, key)
        past = budgets.past_terms(connection, principal.org_id, key)
    return TermsHistory(data=[PastTermsBody.of(each) for each in past])


@router.patch("/{budget_id}")
def change_budget(
    budget_id: str, change: BudgetChangeBody, context: Context, principal: Writer, now: Now
) -> BudgetBody:
    """Change limit, share or estimate, pause it, or resume it."""
    changed = budgets.change_budget(
        context.database,
        org_id=principal.org_id,
        budget_id=key_or_not_found("budget", budget_id),
        change=BudgetChange(
            limit_micrograms=None if change.limit_grams is None else limit_in_micrograms(change.limit_grams),
            warning_percent=change.warning_percent,
            bound=change.bound,
            is_paused=change.is_paused,
        ),
        version=change.version,
        actor=principal.actor,
        now=now,
    )
    return _as_seen_by(principal, watched_budget(context.database, principal.org_id, changed.id, now=now))


@router.delete("/{budget_id}", status_code=204)
def remove_budget(budget_id: str, context: Context, principal: Writer, now: Now) -> None:
    """Remove it. What it said and what was told by it stays on record."""
    budgets.remove_budget(
        context.database,
        org_id=principal.org_id,
        budget_id=key_or_not_found("budget", budget_id),
        actor=principal.actor,
        now=now,
    )


def _as_seen_by(principal: Principal, watched: Watched) -> BudgetBody:
    """A key that may only write is not answered what was emitted."""
    may_read = "telemetry:read" in acts_of(principal)
    return BudgetBody.of(watched if may_read else replace(watched, standing=None))


def _project_key(project_id: str) -> int:
    key = database_key("proj", project_id)
    if key is None:
        raise UnknownBudgetProjectError
    return key
