"""One connection on the page: how it is doing, and what can be done with it."""

from collections.abc import Sequence

import streamlit as st
from pydantic import SecretStr

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import address, fragments, serving
from app.dashboard.acting import done
from app.dashboard.figures import PROVIDER_NAMES
from app.dashboard.instants import ago, written_instant
from app.dashboard.page_list import MAPPING
from app.dashboard.views.connect_form import KEY_KINDS
from app.dashboard.views.sync_progress import show_progress
from core.ids import public_id
from ingestion.connections import ConnectionView, delete, reauthenticate, rename
from ingestion.routes import Route
from ingestion.sync_requests import request_sync

STATUS_WORDS = {
    "active": ("polled hourly", "cl-badge-good"),
    "error": ("key refused", "cl-badge-bad"),
    "skipped": ("stopped", "cl-badge-bad"),
}


def show_connection(person: Principal, connection: ConnectionView, routes: Sequence[Route], *, may_write: bool) -> None:
    """`routes`: what its usage goes to now."""
    words, tone = STATUS_WORDS[connection.status]
    now = serving.context().clock.now()
    polled = connection.last_polled_at
    with st.container(border=True, key=f"connection-{connection.id}"):
        fragments.show(
            "connection.html",
            connection=connection,
            provider=PROVIDER_NAMES[connection.provider],
            words=words,
            tone=tone,
            through=written_instant(connection.data_through) if connection.data_through else "nothing yet",
            polled=ago(polled, now=now) if polled else "never",
            project=routes[0].workload.project_name if routes else None,
            parts=len({route.workload.selector for route in routes[1:]}),
            mapping=address.link(MAPPING.path, connection=public_id("conn", connection.id)),
            may_map="projects:write" in acts_of(person),
        )
        if connection.sync is not None and connection.sync.finished_at is None:
            show_progress(connection.id)
        if may_write:
            with st.container(horizontal=True, gap="small"):
                _acts(person, connection)


def _acts(person: Principal, connection: ConnectionView) -> None:
    context = serving.context()
    if (
        connection.status == "active"
        and st.button("Sync now", icon=":material/sync:", key=f"sync-{connection.id}")
        and done(
            lambda: request_sync(
                context.database,
                org_id=person.org_id,
                connection_id=connection.id,
                now=context.clock.now(),
                actor=person.actor,
            )
        )
    ):
        st.rerun()
    is_broken = connection.status != "active"
    with st.popover("Re-authenticate" if is_broken else "New key", icon=":material/key:"):
        _reauthenticate(person, connection)
    with st.popover("Rename", icon=":material/edit:"):
        _rename(person, connection)
    with st.popover("Delete", icon=":material/delete:"):
        _delete(person, connection)


def _reauthenticate(person: Principal, connection: ConnectionView) -> None:
    context = serving.context()
    with st.form(f"reauthenticate-{connection.id}", border=False, clear_on_submit=True):
        key = st.text_input(
            f"New {KEY_KINDS[connection.provider]} of the same account",
            type="password",
            autocomplete="off",
            max_chars=400,
        )
        if st.form_submit_button("Test and use", type="primary") and done(
            lambda: reauthenticate(
                context.database,
                context.providers,
                context.secrets,
                org_id=person.org_id,
                connection_id=connection.id,
                api_key=SecretStr(key),
                now=context.clock.now(),
                actor=person.actor,
            )
        ):
            st.rerun()


def _rename(person: Principal, connection: ConnectionView) -> None:
    context = serving.context()
    with st.form(f"rename-{connection.id}", border=False):
        label = st.text_input("Name", value=connection.label, max_chars=80)
        if st.form_submit_button("Save", type="primary") and done(
            lambda: rename(
                context.database,
                org_id=person.org_id,
                connection_id=connection.id,
                label=label,
                now=context.clock.now(),
                actor=person.actor,
            )
        ):
            st.rerun()


def _delete(person: Principal, connection: ConnectionView) -> None:
    context = serving.context()
    st.write("It is polled once more, then its key is forgotten. What was read stays in the ledger.")
    if st.button("Delete this connection", type="primary", key=f"delete-{connection.id}") and done(
        lambda: delete(
            context.database,
            context.providers,
            context.secrets,
            context.clock,
            org_id=person.org_id,
            connection_id=connection.id,
            actor=person.actor,
        )
    ):
        st.rerun()
