"""Connections: keys to provider accounts, how they are doing, and what to do about those that are not well."""

import streamlit as st

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.views.connect_form import show_connect_form
from app.dashboard.views.connection_card import show_connection
from ingestion.connections import list_connections


def show(person: Principal) -> None:
    connections = list_connections(serving.context().database, person.org_id)
    may_write = "connections:write" in acts_of(person)
    fragments.show("heading.html", title="Connections", aside="Polled at ten past each hour (UTC); closed hours only")
    for connection in connections:
        show_connection(person, connection, may_write=may_write)
    if not may_write:
        st.caption("Viewers look; members, admins and owners connect keys.")
    elif connections:
        with st.expander("Connect another account", icon=":material/add:"):
            show_connect_form(person)
    else:
        with st.container(border=True, key="first-connection"):
            show_connect_form(person)
