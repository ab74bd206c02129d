"""Connections: keys to provider accounts, how they are doing, and what to do about those that are not well."""

from collections.abc import Sequence

import streamlit as st

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.views.connect_form import show_connect_form
from app.dashboard.views.connection_card import show_connection
from app.dashboard.views.usage_choices import choice_row, project_choice
from ingestion.connections import ConnectionView, list_connections
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
    fragments.show("heading.html", title="Connections", aside="Polled at ten past each hour (UTC); closed hours only")
    shown = _shown(person, connections, routes)
    for connection in shown:
        own = [route for route in routes if route.connection_id == connection.id]
        show_connection(person, connection, own, may_write=may_write)
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
