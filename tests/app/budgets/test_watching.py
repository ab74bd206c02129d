"""Who looks at budgets, and when: the worker after a build and after a change, Dagster's job by the clock."""

from datetime import timedelta

import pytest

from app.context import ServerContext
from app.worker import Worker
from budgets.budgets import BudgetChange, change_budget
from tests.app.budgets.months_on_record import on_record
from tests.conftest import NOON

pytestmark = pytest.mark.database

GRAM = 1_000_000


def test_the_worker_looks_when_a_build_is_done_or_terms_have_changed(own_built_context: ServerContext) -> None:
    grace = on_record(own_built_context.database)
    grace.emit(NOON.date(), [10 * GRAM])
    worker = Worker(own_built_context)
    assert worker.tell_of_budgets() is False
    budget = grace.budget(20 * GRAM)
    assert [worker.tell_of_budgets(), worker.tell_of_budgets()] == [False, False]
    grace.emit(NOON.date(), [11 * GRAM])
    assert worker.tell_of_budgets() is False  # no build has said so
    grace.built(NOON + timedelta(minutes=1))
    assert [worker.tell_of_budgets(), worker.tell_of_budgets()] == [True, False]
    change_budget(
        grace.database,
        org_id=budget.org_id,
        budget_id=budget.id,
        change=BudgetChange(limit_micrograms=21 * GRAM - 1),
        actor="user_1",
        now=NOON + timedelta(minutes=2),
    )
    assert [worker.tell_of_budgets(), worker.tell_of_budgets()] == [True, False]
    assert [title for title, _ in grace.notices()] == ["“Grace” is above its CO2e budget for November 2026"] * 2
    assert Worker(own_built_context).tell_of_budgets() is False  # another process looks, and finds it told
