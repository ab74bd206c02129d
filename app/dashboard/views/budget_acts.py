"""What can be done with a budget: set one, change its terms, pause it, remove it."""

from collections.abc import Callable, Collection, Sequence

import streamlit as st

from app.accounts.principal import Principal
from app.dashboard import serving
from app.dashboard.acting import done
from app.dashboard.budget_figures import WHOLE, written_in_units
from app.dashboard.rounds import begin_round, key_of_round
from budgets.budgets import Budget, BudgetChange, change_budget, create_budget, remove_budget
from budgets.terms import BOUNDS, DEFAULT_WARNING_PERCENT, GRAMS_IN, Terms, written_limit
from ingestion.projects import ProjectView


def show_creation(person: Principal, projects: Sequence[ProjectView], budgeted: Collection[int | None]) -> None:
    """A button that opens the form; none where all have one. `budgeted`: projects that do; None: the organization."""
    names = {None: WHOLE} | {project.id: project.name for project in projects if not project.archived_at}
    free = [key for key in names if key not in budgeted]
    if not free:
        return
    context = serving.context()
    with (
        st.popover("New budget", icon=":material/add:", type="primary", key=key_of_round("new-budget")),
        st.form("create-budget", border=False),
    ):
        project_id = st.selectbox("For", free, format_func=lambda key: names[key])
        terms = _terms_form(None)
        if st.form_submit_button("Set budget", type="primary") and done(
            lambda: create_budget(
                context.database,
                org_id=person.org_id,
                project_id=project_id,
                terms=terms(),
                actor=person.actor,
                now=context.clock.now(),
            )
        ):
            _draw_anew()


def show_acts(person: Principal, budget: Budget) -> None:
    with st.container(horizontal=True, gap="small"):
        with st.popover("Change", icon=":material/edit:", key=key_of_round(f"change-budget-{budget.id}")):
            _change_terms(person, budget)
        is_paused = budget.paused_at is not None
        if st.button(
            "Resume" if is_paused else "Pause",
            icon=":material/play_arrow:" if is_paused else ":material/pause:",
            key=f"pause-budget-{budget.id}",
        ) and done(_change(person, budget, lambda: BudgetChange(is_paused=not is_paused))):
            _draw_anew()
        with st.popover("Remove", icon=":material/delete:", key=key_of_round(f"remove-budget-{budget.id}")):
            _remove(person, budget)


def _change_terms(person: Principal, budget: Budget) -> None:
    with st.form(f"change-budget-{budget.id}", border=False):
        terms = _terms_form(budget)

        def change() -> BudgetChange:
            wanted = terms()
            return BudgetChange(wanted.limit_micrograms, wanted.warning_percent, wanted.bound)

        if st.form_submit_button("Save", type="primary") and done(_change(person, budget, change)):
            _draw_anew()


def _terms_form(budget: Budget | None) -> Callable[[], Terms]:
    """The fields; what is written in them, as terms, once it is asked for. That raises InvalidBudgetError."""
    present = None if budget is None else budget.terms
    number, unit = ("", "kg") if present is None else written_in_units(present.limit_micrograms)
    name = "new" if budget is None else str(budget.id)
    amount, of = st.columns([2, 1])
    written = amount.text_input("Limit a month", value=number, placeholder="such as 2.5", key=f"limit-{name}")
    units = tuple(GRAMS_IN)
    chosen = of.selectbox("Unit of CO2e", units, index=units.index(unit), key=f"unit-{name}")
    percent = st.number_input(
        "Warn at this share of it, in %",
        min_value=1,
        max_value=100,
        step=5,
        value=DEFAULT_WARNING_PERCENT if present is None else present.warning_percent,
        key=f"warning-{name}",
    )
    bound = st.selectbox(
        "Estimate that is held to it",
        BOUNDS,
        index=BOUNDS.index("central" if present is None else present.bound),
        format_func=str.capitalize,
        help="Central is what the overview shows first; high is the careful choice.",
        key=f"bound-{name}",
    )
    return lambda: Terms(written_limit(written, chosen), percent, bound)


def _remove(person: Principal, budget: Budget) -> None:
    context = serving.context()
    st.write("What it said and what was told by it stays on record.")
    if st.button("Remove this budget", type="primary", key=f"remove-this-budget-{budget.id}") and done(
        lambda: remove_budget(
            context.database, org_id=person.org_id, budget_id=budget.id, actor=person.actor, now=context.clock.now()
        )
    ):
        _draw_anew()


def _change(person: Principal, budget: Budget, change: Callable[[], BudgetChange]) -> Callable[[], Budget]:
    context = serving.context()
    return lambda: change_budget(
        context.database,
        org_id=person.org_id,
        budget_id=budget.id,
        change=change(),
        version=budget.version,
        actor=person.actor,
        now=context.clock.now(),
    )


def _draw_anew() -> None:
    """With every popover shut."""
    begin_round()
    st.rerun()
