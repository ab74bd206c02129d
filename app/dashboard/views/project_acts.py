"""What can be done with a project: make one, rename it, make it the default one, put it away and bring it back."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.acting import done
from app.dashboard.rounds import begin_round, key_of_round
from ingestion.projects import LONGEST_NAME, ProjectView, change_project, create_project


def show_creation(person: Principal) -> None:
    """A button that opens the form."""
    context = serving.context()
    with (
        st.popover("New project", icon=":material/add:", type="primary", key=key_of_round("new-project")),
        st.form("create-project", border=False, clear_on_submit=False),
    ):
        name = st.text_input("Name", max_chars=LONGEST_NAME, placeholder="such as Support chat or Nightly evaluation")
        if st.form_submit_button("Create project", type="primary") and done(
            lambda: create_project(
                context.database, org_id=person.org_id, name=name, actor=person.actor, now=context.clock.now()
            )
        ):
            _draw_anew()


def show_acts(person: Principal, project: ProjectView, *, kind: Literal["secondary", "tertiary"]) -> None:
    """A button that opens them; what is inside is made when it is opened, for there may be many projects."""
    opened = st.popover(
        "Manage", icon=":material/more_horiz:", type=kind, key=key_of_round(f"manage-{project.id}"), on_change="rerun"
    )
    if not opened.open:
        return
    with opened:
        fragments.show("project_acts.html", project=project)
        _rename(person, project)
        if project.archived_at is not None:
            _act("Bring back", "unarchive", project, _change(person, project, is_archived=False))
        elif not project.is_default:
            _act("Make default", "star", project, _change(person, project, is_default=True))
            _act("Archive", "archive", project, _change(person, project, is_archived=True))


def _rename(person: Principal, project: ProjectView) -> None:
    with st.form(f"rename-project-{project.id}", border=False):
        name = st.text_input("Name", value=project.name, max_chars=LONGEST_NAME)
        if st.form_submit_button("Rename", type="primary") and done(_change(person, project, name=name)):
            _draw_anew()


def _act(label: str, icon: str, project: ProjectView, act: Callable[[], ProjectView]) -> None:
    if st.button(label, icon=f":material/{icon}:", key=f"{icon}-{project.id}") and done(act):
        _draw_anew()


def _change(
    person: Principal,
    project: ProjectView,
    *,
    name: str | None = None,
    is_archived: bool | None = None,
    is_default: bool | None = None,
) -> Callable[[], ProjectView]:
    context = serving.context()
    return lambda: change_project(
        context.database,
        org_id=person.org_id,
        project_id=project.id,
        name=name,
        is_archived=is_archived,
        is_default=is_default,
        actor=person.actor,
        now=context.clock.now(),
    )


def _draw_anew() -> None:
    """With every popover shut."""
    begin_round()
    st.rerun()
