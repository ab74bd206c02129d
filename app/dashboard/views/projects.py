"""Projects: what each of the organization's applications emits, side by side; and making new ones."""

from collections.abc import Sequence

import streamlit as st

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import address, fragments, serving
from app.dashboard.figure_cache import freshness_of, trends_of
from app.dashboard.page_list import PROJECT
from app.dashboard.project_figures import ProjectFigure, project_figures
from app.dashboard.views.exports import show_exports
from app.dashboard.views.overview_notes import note_stalled, reach
from app.dashboard.views.project_acts import show_acts, show_creation
from app.dashboard.views.usage_choices import choice_row, period_choice, provider_choice
from app.telemetry.usage_filter import UsageFilter
from ingestion.projects import list_projects

IN_A_ROW = 3
SHOWN_AT_ONCE = 24


def show(person: Principal) -> None:
    projects = list_projects(serving.context().database, person.org_id)
    freshness = freshness_of(person.org_id)
    may_write = "projects:write" in acts_of(person)
    fragments.show("heading.html", title="Projects", aside=reach(freshness))
    note_stalled(freshness)
    with choice_row():
        period, only = period_choice(), UsageFilter(provider=provider_choice())
        show_exports(period, only)
        if may_write:
            show_creation(person)
    trends = trends_of(person.org_id, period, only, freshness.built_at)
    cards = project_figures(projects, trends)
    carried = address.carried("period", "from", "to", "provider")
    _grid(person, [card for card in cards if not card.project.archived_at], carried, may_write=may_write)
    if archived := [card for card in cards if card.project.archived_at]:
        with st.expander(f"Archived ({len(archived)})", icon=":material/archive:"):
            _grid(person, archived, carried, may_write=may_write)
    if not may_write:
        st.caption("Viewers look; members, admins and owners make and map projects.")


def _grid(person: Principal, cards: Sequence[ProjectFigure], carried: dict[str, str], *, may_write: bool) -> None:
    is_archive = bool(cards and cards[0].project.archived_at)
    shown = cards[:SHOWN_AT_ONCE]
    if len(cards) > SHOWN_AT_ONCE and st.toggle(
        f"Show all {len(cards)} projects", key="all-archived" if is_archive else "all-projects"
    ):
        shown = cards
    for row in range(0, len(shown), IN_A_ROW):
        for column, card in zip(st.columns(IN_A_ROW, gap="small"), shown[row : row + IN_A_ROW], strict=False):
            with column, st.container(border=True, key=f"project-{card.public_id}", height="stretch"):
                link = address.link(PROJECT.path, id=card.public_id, **carried)
                fragments.show("project_card.html", card=card, link=link)
                if may_write:
                    show_acts(person, card.project, kind="tertiary")
