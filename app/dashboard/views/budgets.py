"""Budgets: what the organization and its projects may emit in a month, and where the month is heading."""

import streamlit as st

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import address, fragments, serving
from app.dashboard.budget_figures import budget_figure
from app.dashboard.figure_cache import freshness_of
from app.dashboard.page_list import PROJECT
from app.dashboard.views.budget_acts import show_acts, show_creation
from app.dashboard.views.overview_notes import note_stalled, reach
from budgets.watched import watched_budgets
from ingestion.projects import list_projects


def show(person: Principal) -> None:
    context = serving.context()
    freshness = freshness_of(person.org_id)
    fragments.show("heading.html", title="Budgets", aside=reach(freshness))
    note_stalled(freshness)
    found = watched_budgets(context.database, person.org_id, now=context.clock.now())
    may_write = "projects:write" in acts_of(person)
    if may_write:
        budgeted = {watched.budget.project_id for watched in found}
        show_creation(person, list_projects(context.database, person.org_id), budgeted)
    if not found:
        fragments.show("budgets_none.html")
    for watched in found:
        figure = budget_figure(watched)
        with st.container(border=True, key=f"budget-{figure.public_id}"):
            link = None if figure.project is None else address.link(PROJECT.path, id=figure.project)
            fragments.show("budget_card.html", budget=figure, link=link)
            if may_write:
                show_acts(person, watched.budget)
    with st.expander("How this is worked out", icon=":material/function:"):
        fragments.show("budget_method.html")
    if not may_write:
        st.caption("Viewers look; members, admins and owners set budgets.")
