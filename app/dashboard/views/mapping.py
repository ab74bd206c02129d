"""The mapping of one connection: which project each part of its usage goes to, was going to, and will go to."""

from collections.abc import Sequence

import streamlit as st

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import address, fragments, serving
from app.dashboard.figures import PROVIDER_NAMES
from app.dashboard.page_list import CORRECTIONS
from app.dashboard.selector_words import selector_title
from app.dashboard.views.mapping_editor import show_editor
from core.ids import database_key, public_id
from ingestion.connections import ConnectionView, list_connections
from ingestion.mapping import MappingView, WorkloadView, read_mapping


def show(person: Principal) -> None:
    """Somebody else's connection is as unknown as one that does not exist, or an address that names none."""
    database = serving.context().database
    wanted = database_key("conn", address.in_address("connection") or "")
    connection = next((each for each in list_connections(database, person.org_id) if each.id == wanted), None)
    if connection is None:
        fragments.show("no_connection.html")
        return
    view = read_mapping(database, person.org_id, connection.id)
    fragments.show(
        "mapping_heading.html",
        connection=connection,
        provider=PROVIDER_NAMES[connection.provider],
        corrections=address.link(CORRECTIONS.path, connection=public_id("conn", connection.id)),
    )
    if "projects:write" in acts_of(person):
        show_editor(person, connection, view)
    _workloads(view, connection)


def _workloads(view: MappingView, connection: ConnectionView) -> None:
    now = serving.context().clock.now()
    planned = [each for each in view.workloads if each.starts_at is not None and each.starts_at > now]
    past = [each for each in view.workloads if each.ends_at is not None and each.ends_at <= now]
    _table("In force now", view.in_force_at(now), connection, key="in-force")
    if planned:
        _table("Planned", sorted(planned, key=lambda each: str(each.starts_at)), connection, key="planned")
    if past:
        with st.expander(f"Past ({len(past)})", icon=":material/history:"):
            _table("", past, connection, key="past")


def _table(title: str, workloads: Sequence[WorkloadView], connection: ConnectionView, *, key: str) -> None:
    fragments.show(
        "workloads.html",
        title=title,
        key=key,
        rows=[
            (selector_title(each.selector, connection.provider), public_id("proj", each.project_id), each)
            for each in workloads
        ],
    )
