"""What can be done with a connection: sync it, give it another key, name it, remove it."""

import streamlit as st
from pydantic import SecretStr

from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.acting import done
from app.dashboard.figures import PROVIDER_NAMES
from app.dashboard.key_guides import KEY_GUIDES
from ingestion.connections import ConnectionView, delete, reauthenticate, rename
from ingestion.sync_requests import request_sync


def show_acts(person: Principal, connection: ConnectionView) -> None:
    """To those who may."""
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
    with st.popover("Remove", icon=":material/delete:"):
        _remove(person, connection)


def _reauthenticate(person: Principal, connection: ConnectionView) -> None:
    context = serving.context()
    with st.form(f"reauthenticate-{connection.id}", border=False, clear_on_submit=True):
        key = st.text_input(
            f"New {KEY_GUIDES[connection.provider].kind} of the same account",
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


def _remove(person: Principal, connection: ConnectionView) -> None:
    """What is typed has to be the connection's name: a click alone removes nothing."""
    context = serving.context()
    fragments.show("remove.html", provider=PROVIDER_NAMES[connection.provider])
    with st.form(f"remove-{connection.id}", border=False):
        typed = st.text_input(
            f"Type “{fragments.plain(connection.label)}” to confirm", max_chars=80, autocomplete="off"
        )
        if not st.form_submit_button("Remove this connection", type="primary"):
            return
    if typed.strip() != connection.label:
        fragments.show("note.html", tone="bad", title="", sentence="That is not its name; it stays.", link=None)
    elif done(
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
