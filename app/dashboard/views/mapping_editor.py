"""The mapping editor: a project for each part of an account, from now or later on; what would move; saving it.

What a person has chosen is kept apart from the mapping itself (no choice: the part stays as it is), so that a change
that somebody else makes meanwhile is shown beside the choices instead of under them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.acting import attempted
from app.dashboard.figure_cache import freshness_of, seen_of
from app.dashboard.instants import Period, written_instant
from app.dashboard.rounds import begin_round, key_of_round
from app.dashboard.selector_figures import SelectorFigure, selector_figures
from app.dashboard.views.mapping_instant import instant_choice
from app.dashboard.views.usage_choices import told_apart
from app.dashboard.views.usage_preview import show_preview
from app.telemetry.mapping_preview import Preview, preview_mapping
from app.telemetry.time_span import TimeSpan
from core.ids import database_key, public_id
from ingestion.connections import ConnectionView
from ingestion.errors import MappingChangedError
from ingestion.mapping import WHOLE_ACCOUNT, MappingChange, MappingView, change_mapping, check_instant, counts_from
from ingestion.projects import list_projects

PREVIEWED_DAYS = 30
SHOWN_AT_ONCE = 12
LEAVE_TO_THE_REST = "rest"
STAND = "how it stands now; what you had chosen is still selected. Look at the preview, then save."
MEANWHILE = f"Nothing of yours was written. Below is {STAND}"
WHILE_LOOKING = f"Below is {STAND}"


@dataclass(frozen=True, slots=True)
class Draft:
    """Names of what the session keeps of one connection's editor."""

    connection_id: int

    def name(self, what: str) -> str:
        return f"mapping-{self.connection_id}-{what}"

    def choice(self, figure: SelectorFigure) -> str:
        return key_of_round(self.name(f"to-{figure.selector.kind}-{figure.selector.value}"))

    def forget(self) -> None:
        for name in ("version", "news"):
            st.session_state.pop(self.name(name), None)
        begin_round()


def show_editor(person: Principal, connection: ConnectionView, view: MappingView) -> None:
    draft = Draft(connection.id)
    seen_version = st.session_state.setdefault(draft.name("version"), view.version)
    if seen_version != view.version:
        st.session_state.setdefault(draft.name("news"), WHILE_LOOKING)
    _tell(draft)
    with st.container(border=True, key="mapping-editor"):
        fragments.show("editor_heading.html", days=PREVIEWED_DAYS)
        changes = _changes(person, draft, view)
        if changes:
            _finish(person, draft, view, changes, seen_version=seen_version)
        else:
            st.caption("Nothing is changed yet: choose a project beside a part.")
    st.session_state[draft.name("version")] = view.version  # what the page has shown is what a save builds on


def _tell(draft: Draft) -> None:
    if saved := st.session_state.pop(draft.name("saved"), None):
        fragments.show("note.html", tone="good", title="Saved.", sentence=saved, link=None)
    if news := st.session_state.get(draft.name("news")):
        title = "Somebody else has changed this mapping meanwhile."
        fragments.show("note.html", tone="warn", title=title, sentence=news, link=None)


def _changes(person: Principal, draft: Draft, view: MappingView) -> list[MappingChange]:
    """What is chosen and would change something."""
    context = serving.context()
    period = Period.last_days(PREVIEWED_DAYS, now=context.clock.now())
    seen = seen_of(person.org_id, view.connection_id, period, freshness_of(person.org_id).built_at)
    figures = selector_figures(view, seen, now=context.clock.now())
    names = {
        public_id("proj", project.id): project.name
        for project in list_projects(context.database, person.org_id)
        if project.archived_at is None
    }
    shown = figures
    if len(figures) > SHOWN_AT_ONCE and not st.toggle(
        f"Show all {len(figures)} parts", key=f"all-parts-{view.connection_id}"
    ):
        shown = [
            figure
            for place, figure in enumerate(figures)
            if place < SHOWN_AT_ONCE or figure.is_mapped or st.session_state.get(draft.choice(figure))
        ]
    planned = {each.selector for each in view.workloads if each.starts_at and each.starts_at > context.clock.now()}
    found = []
    for figure in shown:
        target = _target(draft, figure, names)
        if target is None:
            continue
        project_id = None if target == LEAVE_TO_THE_REST else database_key("proj", target)
        if project_id != figure.project_id or figure.selector in planned:
            found.append(MappingChange(figure.selector, project_id))
    return found


def _target(draft: Draft, figure: SelectorFigure, names: Mapping[str, str]) -> str | None:
    """The public id of the project that is chosen for the part, LEAVE_TO_THE_REST, or None: as it is."""
    options = dict(names)
    if figure.is_mapped and figure.selector != WHOLE_ACCOUNT:
        options = told_apart(options | {LEAVE_TO_THE_REST: "(no project of its own)"})
    key = draft.choice(figure)
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)  # archived meanwhile
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with left:
        fragments.show("selector.html", figure=figure)
    with right:
        picked: str | None = st.selectbox(
            f"{figure.title} goes to",
            list(options),
            index=None,
            format_func=options.__getitem__,
            placeholder="No change",
            key=key,
            label_visibility="collapsed",
        )
    return picked


def _finish(
    person: Principal, draft: Draft, view: MappingView, changes: Sequence[MappingChange], *, seen_version: int
) -> None:
    context = serving.context()
    now = context.clock.now()
    effective_at = instant_choice(view, now=now)
    period = Period.last_days(PREVIEWED_DAYS, now=now)
    instant = effective_at or now

    def previewed() -> Preview:
        check_instant(instant, now=now)
        span = TimeSpan(period.start, period.end)
        return preview_mapping(context.database, person.org_id, view.connection_id, changes, span=span, at=instant)

    preview = attempted(previewed)
    if preview is not None:
        show_preview(preview, title=f"What would go where: the last {PREVIEWED_DAYS} days as a sample")
    with st.container(horizontal=True, gap="small"):
        saving = st.button("Save mapping", type="primary", icon=":material/check:", key="save-mapping")
        if st.button("Discard", key="discard-mapping"):
            draft.forget()
            st.rerun()
    if saving:
        _save(person, draft, view, changes, version=seen_version, effective_at=effective_at)


def _save(
    person: Principal,
    draft: Draft,
    view: MappingView,
    changes: Sequence[MappingChange],
    *,
    version: int,
    effective_at: datetime | None,
) -> None:
    context = serving.context()
    now = context.clock.now()

    def save() -> MappingView:
        try:
            return change_mapping(
                context.database,
                org_id=person.org_id,
                connection_id=view.connection_id,
                version=version,
                changes=changes,
                effective_at=effective_at,
                actor=person.actor,
                now=now,
            )
        except MappingChangedError:
            st.session_state[draft.name("news")] = MEANWHILE
            st.session_state[draft.name("version")] = view.version
            st.rerun()

    saved = attempted(save)
    if saved is not None:
        draft.forget()
        since = written_instant(counts_from(saved, effective_at or now))
        st.session_state[draft.name("saved")] = f"It counts for usage from {since} on; what was before stays."
        st.rerun()
