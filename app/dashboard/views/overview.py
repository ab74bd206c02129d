"""The overview: how much CO2e, of what, when, how sure, and what is missing."""

import streamlit as st

from app.accounts.me import who_am_i
from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.figure_cache import freshness_of, summary_of
from app.dashboard.instants import Period
from app.dashboard.leaving import leave_for
from app.dashboard.page_list import UPGRADE
from app.dashboard.views.budget_line import show_budget_line
from app.dashboard.views.exports import show_exports
from app.dashboard.views.overview_notes import note_stalled, reach
from app.dashboard.views.usage_choices import (
    choice_row,
    connection_choice,
    period_choice,
    project_choice,
    provider_choice,
)
from app.dashboard.views.usage_report import SERIES, show_usage
from app.dashboard.views.waiting import wait_for_build
from app.telemetry.freshness import Freshness
from app.telemetry.usage_filter import EVERYTHING, UsageFilter
from ingestion.connections import list_connections
from ingestion.projects import list_projects


def show(person: Principal) -> None:
    database = serving.context().database
    freshness = freshness_of(person.org_id)
    connections = list_connections(database, person.org_id)
    if not connections and not _has_history(person, freshness):
        fragments.show("empty.html")
        return
    fragments.show("heading.html", title="Overview", aside=reach(freshness))
    note_stalled(freshness)
    if freshness.built_at is None:
        wait_for_build(built_at=None)
        return
    with choice_row():
        period = period_choice()
        provider = provider_choice()
        only = UsageFilter(
            provider=provider,
            project_id=project_choice(list_projects(database, person.org_id)),
            connection_id=connection_choice(connections, provider=provider),
        )
        show_exports(period, only)
    show_budget_line(person, only.project_id)
    if show_usage(person, period, only, freshness=freshness, connections=connections, series=SERIES):
        _receipts(person)
    else:
        wait_for_build(built_at=freshness.built_at)


def _has_history(person: Principal, freshness: Freshness) -> bool:
    """Whether a year has anything to show: usage outlives the connections that it was read with."""
    if freshness.built_at is None:
        return False
    year = Period.last_days(365, now=serving.context().clock.now())
    return summary_of(person.org_id, year, (), EVERYTHING, freshness.built_at).totals.usage_rows > 0


def _receipts(person: Principal) -> None:
    """The free plan's place for receipts: what a paid plan adds, and the way there."""
    if who_am_i(serving.context().database, person).organization.tier != "free":
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="receipts"):
        fragments.show("receipts.html")
        if st.button("Upgrade to offset", type="primary", key="upgrade"):
            leave_for(UPGRADE.path, where="the plans")
