"""Who is told of a budget, of what, and that it is once: however often it is asked, and whatever comes in between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import psycopg
import pytest

from app.context import ServerContext
from budgets.alerts import tell_of_budgets
from budgets.budgets import Budget, BudgetChange, change_budget, remove_budget
from tests.app.budgets.months_on_record import PUBLIC_URL, OnRecord, at, on_record

pytestmark = pytest.mark.database

NOVEMBER = date(2026, 11, 1)
NOW = at(date(2026, 11, 11), 12)
GRAM = 1_000_000


@pytest.fixture
def grace(own_built_context: ServerContext) -> OnRecord:
    """Read whole from October on to noon of 11 November: ten grams a day in ten days of November."""
    grace = on_record(own_built_context.database)
    go_on_to(grace, NOW)
    grace.emit(NOVEMBER, [10 * GRAM] * 10)
    return grace


def go_on_to(grace: OnRecord, now: datetime) -> None:
    grace.read((at(date(2026, 10, 1)), now))
    grace.built(now)


def tell(grace: OnRecord, now: datetime = NOW) -> int:
    return tell_of_budgets(grace.database, public_url=PUBLIC_URL, now=now)


def change(grace: OnRecord, budget: Budget, change: BudgetChange) -> None:
    change_budget(grace.database, org_id=budget.org_id, budget_id=budget.id, change=change, actor="user_1", now=NOW)


def titles(grace: OnRecord) -> list[str]:
    return [title for title, _ in grace.notices()]


def test_each_fact_is_told_once_a_month_whatever_revisions_say_later(grace: OnRecord) -> None:
    grace.budget(310 * GRAM, warning_percent=40)
    assert [tell(grace), tell(grace)] == [0, 0]  # 100 g of 310 g, heading for 300 g
    grace.emit(date(2026, 11, 11), [15 * GRAM])
    assert [tell(grace), tell(grace)] == [0, 0]  # today counts as the 15 g that are seen, not as ten: 305 g
    grace.emit(date(2026, 11, 11), [9 * GRAM])
    assert [tell(grace), tell(grace)] == [1, 0]  # 124 g are 40 %; and 314 g at the end
    grace.revise(NOVEMBER, 1)
    assert tell(grace) == 0
    grace.revise(NOVEMBER, 10 * GRAM)
    assert tell(grace) == 0
    grace.emit(date(2026, 11, 11), [187 * GRAM])
    assert [tell(grace), tell(grace)] == [1, 0]
    grace.revise(date(2026, 11, 11), 1)
    grace.revise(date(2026, 11, 11), 400 * GRAM)
    assert tell(grace) == 0
    assert titles(grace) == [
        "“Grace” is heading past its CO2e budget for November 2026",
        "“Grace” is above its CO2e budget for November 2026",
    ]


def test_what_it_says_names_what_grew_most(grace: OnRecord) -> None:
    """In seven days to noon of the eleventh: gpt-5 70 g as in the seven before, opus 35 g, and in the project 28 g."""
    search = grace.a_project("Search\u202e")
    grace.emit(date(2026, 11, 5), [GRAM] * 7, model="claude-opus-4-1")
    grace.emit(date(2026, 10, 29), [5 * GRAM] * 3)
    grace.emit(date(2026, 11, 4), [6 * GRAM] * 7, model="claude-opus-4-1", project_id=search)
    grace.budget(174 * GRAM)
    assert tell(grace) == 1
    ((title, body),) = grace.notices()
    assert title == "“Grace” is heading past its CO2e budget for November 2026"
    # ten complete days: 100 g + 6 g + 42 g are 148 g; 1 g of today is less than the mean, 14.8 g, on 20 days
    assert body == (
        "So far 149 g CO2e of 174 g (86 %), by the central estimate. Data reach through 2026-11-11 12:00 UTC;"
        " 10 of the month's 30 days are complete. At this rate the month ends at 444 g, past the limit from"
        " 2026-11-12 on. Grew most in the seven days to 2026-11-11 12:00 UTC, against the seven before:"
        " model “claude-opus-4-1” (openai), by 48.0 g and project “Search\ufffd”, by 42.0 g."
        " See https://carbon.example.com/budgets"
    )


def test_of_a_project_the_model_alone_is_named_and_a_hole_in_a_week_compares_nothing(grace: OnRecord) -> None:
    search = grace.a_project("Search")
    account = grace.account_of(search, label="Claude")
    grace.read((at(date(2026, 10, 1)), NOW), account=account)
    grace.emit(date(2026, 11, 8), [2 * GRAM], model="claude-opus-4-1", project_id=search, account=account)
    grace.budget(GRAM, project_id=search)
    assert tell(grace) == 1
    ((title, body),) = grace.notices()
    assert title == "“Search” is above its CO2e budget for November 2026"
    assert "The limit was passed on 2026-11-08." in body
    assert "against the seven before: model “claude-opus-4-1” (anthropic), by 2.00 g. See" in body

    grace.read((at(date(2026, 10, 1)), at(NOVEMBER)), (at(NOVEMBER, 1), NOW), account=account)
    other = grace.a_project("Other")
    grace.emit(date(2026, 11, 8), [2 * GRAM], project_id=other, account=account)
    grace.budget(GRAM, project_id=other)
    assert tell(grace) == 1
    assert "No model grew against the seven days before, as far as both weeks are known." in grace.notices()[1][1]


def test_two_runs_at_once_tell_once(grace: OnRecord) -> None:
    grace.budget(GRAM)
    with ThreadPoolExecutor(4) as runs:
        assert sum(runs.map(lambda _: tell(grace), range(4))) == 1
    assert len(grace.notices()) == 1


def test_a_run_that_dies_between_noting_and_telling_has_done_neither(grace: OnRecord) -> None:
    grace.budget(GRAM)
    with grace.database.owner() as connection:
        connection.execute("create function ops.die() returns trigger language plpgsql as"
                           " $$ begin raise exception 'killed'; end $$")  # fmt: skip
        connection.execute("create trigger die before insert on ops.outbox for each row execute function ops.die()")
    with pytest.raises(psycopg.errors.RaiseException):
        tell(grace)
    with grace.database.owner() as connection:
        connection.execute("drop trigger die on ops.outbox")
        assert connection.execute("select 1 from ops.budget_alerts").fetchall() == []
    assert [tell(grace), tell(grace)] == [1, 0]
    assert len(grace.notices()) == 1


def test_a_new_month_is_another_one(grace: OnRecord) -> None:
    grace.budget(50 * GRAM)
    assert tell(grace) == 1
    december = at(date(2026, 12, 1), 1)
    go_on_to(grace, december)
    assert tell(grace, december) == 0
    grace.emit(date(2026, 12, 1), [40 * GRAM])
    assert [tell(grace, december), tell(grace, december)] == [1, 0]
    assert titles(grace)[1:] == ["“Grace” has reached 80 % of its CO2e budget for December 2026"]
    # What there is of today lies after one o'clock, where the data end, and the last week of November was silent.
    assert grace.notices()[1][1] == (
        "So far 40.0 g CO2e of 50.0 g (80 %), by the central estimate. Data reach through 2026-12-01 01:00 UTC; 0 of"
        " the month's 31 days are complete. No model grew against the seven days before, as far as both weeks are"
        " known. See https://carbon.example.com/budgets"
    )


def test_what_the_last_hours_of_a_month_brought_is_told_when_it_is_over(grace: OnRecord) -> None:
    grace.budget(400 * GRAM)
    assert tell(grace) == 0
    december = at(date(2026, 12, 1), 1)
    go_on_to(grace, december)
    assert tell(grace, december) == 0
    grace.emit(date(2026, 11, 30), [301 * GRAM])
    assert [tell(grace, december), tell(grace, december)] == [1, 0]
    assert titles(grace) == ["“Grace” is above its CO2e budget for November 2026"]
    assert "The limit was passed on 2026-11-30." in grace.notices()[0][1]


def test_a_month_is_not_held_to_terms_that_came_after_it(grace: OnRecord) -> None:
    budget, december = grace.budget(400 * GRAM), at(date(2026, 12, 1), 1)
    go_on_to(grace, december)
    change_budget(
        grace.database, org_id=budget.org_id, budget_id=budget.id, change=BudgetChange(limit_micrograms=GRAM),
        actor="user_1", now=december,
    )  # fmt: skip
    assert tell(grace, december) == 0


def test_other_terms_are_another_question_and_the_same_ones_are_not(grace: OnRecord) -> None:
    budget = grace.budget(50 * GRAM)
    assert tell(grace) == 1
    change(grace, budget, BudgetChange(limit_micrograms=50 * GRAM, bound="central"))
    assert tell(grace) == 0
    change(grace, budget, BudgetChange(limit_micrograms=1000 * GRAM))
    assert tell(grace) == 0
    change(grace, budget, BudgetChange(bound="high"))
    assert tell(grace) == 0  # 200 g of 1,000 g, heading for 600 g
    change(grace, budget, BudgetChange(warning_percent=20))
    assert [tell(grace), tell(grace)] == [1, 0]
    assert titles(grace)[1:] == ["“Grace” has reached 20 % of its CO2e budget for November 2026"]


def test_of_a_paused_or_removed_budget_nobody_is_told(grace: OnRecord) -> None:
    budget = grace.budget(GRAM)
    change(grace, budget, BudgetChange(is_paused=True))
    assert tell(grace) == 0
    change(grace, budget, BudgetChange(is_paused=False))
    remove_budget(grace.database, org_id=budget.org_id, budget_id=budget.id, actor="user_1", now=NOW)
    assert tell(grace) == 0
    grace.budget(GRAM)
    assert tell(grace) == 1


def test_holes_are_no_zeros_and_silence_forecasts_nothing(grace: OnRecord) -> None:
    budget = grace.budget(10_000 * GRAM)
    assert grace.standing(budget, now=NOW).forecast_micrograms == 300 * GRAM
    hole = at(date(2026, 11, 5), 3), at(date(2026, 11, 5), 4)
    grace.read((at(date(2026, 10, 1)), hole[0]), (hole[1], NOW))
    grace.revise(date(2026, 11, 5), GRAM)
    found = grace.standing(budget, now=NOW)
    assert [found.complete_days, found.spent] == [9, 91 * GRAM]
    assert found.forecast_micrograms == 300 * GRAM  # the fifth counts as ten grams
    grace.read((at(date(2026, 10, 1)), at(date(2026, 11, 3), 23)))
    found = grace.standing(budget, now=NOW)
    assert (found.complete_days, found.forecast_micrograms) == (2, None)
    assert found.complete_through == date(2026, 11, 2)


def test_a_day_that_was_not_over_when_the_build_began_is_not_complete(grace: OnRecord) -> None:
    budget = grace.budget(10_000 * GRAM)
    grace.built(at(date(2026, 11, 10), 23))
    assert grace.standing(budget, now=NOW).complete_through == date(2026, 11, 9)


def test_a_project_waits_for_its_own_accounts_and_the_organization_for_all(grace: OnRecord) -> None:
    search = grace.a_project("Search")
    grace.account_of(search, label="never read")
    whole, own, other = (
        grace.standing(grace.budget(10_000 * GRAM, project_id=project), now=NOW)
        for project in (None, grace.tenant.project_id, search)
    )
    assert (whole.complete_days, whole.forecast_micrograms, whole.data_through) == (0, None, None)
    assert (own.complete_days, own.forecast_micrograms) == (10, 300 * GRAM)
    assert [other.complete_days, other.spent, other.forecast_micrograms] == [0, 0, None]


def test_of_an_account_whose_key_is_gone_no_hour_after_that_is_waited_for(grace: OnRecord) -> None:
    budget = grace.budget(10_000 * GRAM)
    old = grace.account_of(grace.tenant.project_id, label="old")
    gone = at(date(2026, 11, 4), 9)
    grace.read((at(date(2026, 10, 1)), gone), account=old)
    assert grace.standing(budget, now=NOW).complete_days == 3
    with grace.database.worker() as connection:
        connection.execute(
            "update ops.connections set status = 'deleted', secret_arn = null, deleted_at = %s where id = %s",
            [gone, old.connection_id],
        )
    found = grace.standing(budget, now=NOW)
    assert (found.complete_days, found.data_through) == (10, NOW)


def test_a_budget_made_in_the_middle_of_a_month_counts_all_of_it(grace: OnRecord) -> None:
    assert grace.standing(grace.budget(10_000 * GRAM), now=NOW).spent == 100 * GRAM


def test_another_organization_hears_nothing(grace: OnRecord) -> None:
    on_record(grace.database, "Heidi").budget(GRAM)
    assert tell(grace) == 0
    assert tell(grace, NOW + timedelta(hours=1)) == 0
