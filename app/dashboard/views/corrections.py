"""Corrections of history: usage that is counted already, shown under another project, on purpose and with a reason."""

from collections.abc import Mapping, Sequence

import streamlit as st

from app.accounts.members import list_members
from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.acting import done
from app.dashboard.selector_words import selector_title
from app.dashboard.views.correction_form import show_correction_form
from core.ids import public_id
from ingestion.connections import ConnectionView, list_connections
from ingestion.corrections import CorrectionView, list_corrections, withdraw_correction


def show(person: Principal) -> None:
    database = serving.context().database
    connections = list_connections(database, person.org_id)
    may_write = "projects:write" in acts_of(person)
    fragments.show("corrections_heading.html")
    if may_write and connections:
        show_correction_form(person, connections)
    corrections = list_corrections(database, person.org_id)
    people = {public_id("user", member.user_id): member.email for member in list_members(database, person)}
    standing = [each for each in corrections if each.withdrawn_at is None]
    withdrawn = [each for each in corrections if each.withdrawn_at is not None]
    fragments.show(
        "section.html",
        title="Standing corrections",
        sentence="Where two cover the same usage, the later one counts." if standing else "There is none.",
    )
    _list(person, standing, connections, people, may_write=may_write)
    if withdrawn:
        with st.expander(f"Taken back ({len(withdrawn)})", icon=":material/undo:"):
            _list(person, withdrawn, connections, people, may_write=False)


def _list(
    person: Principal,
    corrections: Sequence[CorrectionView],
    connections: Sequence[ConnectionView],
    people: Mapping[str, str],
    *,
    may_write: bool,
) -> None:
    by_id = {connection.id: connection for connection in connections}
    for correction in corrections:
        connection = by_id.get(correction.connection_id)
        with st.container(
            border=True, horizontal=True, vertical_alignment="center", key=f"made-correction-{correction.id}"
        ):
            fragments.show(
                "correction.html",
                correction=correction,
                part=selector_title(correction.selector, correction.provider),
                connection=connection.label if connection else "a deleted connection",
                made_by=people.get(correction.made_by, correction.made_by),
                withdrawn_by=people.get(correction.withdrawn_by or "", correction.withdrawn_by),
            )
            if may_write and st.button("Take back", icon=":material/undo:", key=f"withdraw-{correction.id}"):
                _withdraw(person, correction)


def _withdraw(person: Principal, correction: CorrectionView) -> None:
    context = serving.context()
    if done(
        lambda: withdraw_correction(
            context.database,
            org_id=person.org_id,
            correction_id=correction.id,
            actor=person.actor,
            now=context.clock.now(),
        )
    ):
        st.rerun()
