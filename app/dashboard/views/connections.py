"""Connections: keys to provider accounts, how they are doing, and what to do about those that are not well."""

from collections.abc import Sequence

import streamlit as st

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.coverage_map import CoverageMap, coverage_map, shown_days
from app.dashboard.figure_cache import freshness_of
from app.dashboard.page_list import REVISIONS
from app.dashboard.views.connect_form import show_connect_form
from app.dashboard.views.connection_card import show_connection
from app.dashboard.views.overview_notes import reach
from app.dashboard.views.usage_choices import choice_row, project_choice
from ingestion.connections import ConnectionView, list_connections
from ingestion.coverage import coverage_of_accounts
from ingestion.projects import list_projects
from ingestion.routes import Route, list_routes


def show(person: Principal) -> None:
    context = serving.context()
    connections = list_connections(context.database, person.org_id)
    now = context.clock.now()
    routes = [
        route for route in list_routes(context.database, person.org_id, now=now) if route.workload.is_in_force_at(now)
    ]
    may_write = "connections:write" in acts_of(person)
    _heading(person, connections)
    shown = _shown(person, connections, routes)
    hours = _hours(person, shown)
    for connection in shown:
        own = [route for route in routes if route.connection_id == connection.id]
        show_connection(person, connection, own, hours[connection.id], may_write=may_write)
    if connections and not shown:
        st.caption("No usage goes to this project.")
    if not may_write:
        st.caption("Viewers look; members, admins and owners connect keys.")
    elif connections:
        with st.expander("Connect another account", icon=":material/add:"):
            show_connect_form(person)
    else:
        with st.container(border=True, key="first-connection"):
            show_connect_form(person)


def _heading(person: Principal, connections: Sequence[ConnectionView]) -> None:
    """How far all of them are read; those that are not polled are told apart, for they hold nothing up."""
    if not connections:
        fragments.show("heading.html", title="Connections", aside="Polled at ten past each hour (UTC)")
        return
    freshness = freshness_of(person.org_id)
    fragments.show("heading.html", title="Connections", aside=reach(freshness))
    fragments.show(
        "connections_reach.html",
        through=freshness.data_through,
        polled=sum(connection.status == "active" for connection in connections),
        stalled=freshness.stalled,
        revisions=REVISIONS.path,
    )


def _hours(person: Principal, connections: Sequence[ConnectionView]) -> dict[int, CoverageMap]:
    """By connection; what is read does not grow with their number."""
    context = serving.context()
    now = context.clock.now()
    days = shown_days(now)
    accounts = [connection.account_id for connection in connections]
    with context.database.tenant(person.org_id) as database:
        found = coverage_of_accounts(database, accounts, start=days.start, end=days.end, now=now)
    return {connection.id: coverage_map(found[connection.account_id], days) for connection in connections}


def _shown(
    person: Principal, connections: Sequence[ConnectionView], routes: Sequence[Route]
) -> Sequence[ConnectionView]:
    """All of them, or those whose usage goes to the project that is picked, whole or in part."""
    projects = list_projects(serving.context().database, person.org_id)
    if not connections or len(projects) == 1:
        return connections
    with choice_row():
        picked = project_choice(projects)
    feeding = {route.connection_id for route in routes if route.workload.project_id == picked}
    return [each for each in connections if picked is None or each.id in feeding]
