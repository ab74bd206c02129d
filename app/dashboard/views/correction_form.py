"""The form that moves history: which usage of which days, to which project, and why; with what it would move."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from app.accounts.principal import Principal
from app.dashboard import address, fragments, serving
from app.dashboard.acting import attempted
from app.dashboard.figure_cache import freshness_of, seen_of
from app.dashboard.instants import DAY, Period
from app.dashboard.rounds import begin_round, key_of_round
from app.dashboard.selector_words import selector_title
from app.dashboard.views.usage_choices import project_names, told_apart
from app.dashboard.views.usage_preview import show_preview
from app.telemetry.mapping_preview import Preview, preview_correction
from core.clock import floor_to_day
from core.ids import database_key, public_id
from ingestion.connections import ConnectionView
from ingestion.corrections import LONGEST_REASON, CorrectionView, check_span, correct_usage
from ingestion.mapping import WHOLE_ACCOUNT, Selector
from ingestion.projects import list_projects

SEEN_DAYS = 90


def show_correction_form(person: Principal, connections: Sequence[ConnectionView]) -> None:
    context = serving.context()
    if st.session_state.pop("corrected", False):
        sentence = "The numbers follow with the next build, in a minute or so."
        fragments.show("note.html", tone="good", title="History is corrected.", sentence=sentence, link=None)
    with st.container(border=True, key="correction-form"):
        fragments.show("correction_form.html")
        connection, selector = _usage(person, connections)
        start, end = _span()
        names = project_names(list_projects(context.database, person.org_id))
        target = st.selectbox(
            "Show it under",
            list(names),
            index=None,
            format_func=names.__getitem__,
            placeholder="Choose a project",
            key=key_of_round("correction-project"),
        )
        reason = st.text_input(
            "Reason, for the audit log",
            max_chars=LONGEST_REASON,
            placeholder="such as: the key was used by Search since 3 November, ticket 1182",
            key=key_of_round("correction-reason"),
        )
        project_id = database_key("proj", target or "")
        if project_id is not None:
            _finish(person, connection, selector, start, end, project_id, reason)


def _usage(person: Principal, connections: Sequence[ConnectionView]) -> tuple[ConnectionView, Selector]:
    by_id = {public_id("conn", connection.id): connection for connection in connections}
    labels = told_apart({name: connection.label for name, connection in by_id.items()})
    left, right = st.columns(2)
    with left:
        key = address.follow("connection", allowed=labels, default=next(iter(labels)))
        picked = st.selectbox("Connection", list(labels), format_func=labels.__getitem__, key=key)
        connection = by_id[address.keep("connection", picked, default="")]
        address.write()
    period = Period.last_days(SEEN_DAYS, now=serving.context().clock.now())
    seen = seen_of(person.org_id, connection.id, period, freshness_of(person.org_id).built_at)
    with right:
        selector: Selector = st.selectbox(
            "Usage of",
            [WHOLE_ACCOUNT, *(each.selector for each in seen)],
            format_func=lambda each: selector_title(each, connection.provider),
            key=key_of_round(f"correction-selector-{connection.id}"),
        )
    return connection, selector


def _span() -> tuple[datetime | None, datetime]:
    """From when (None: the beginning) until when. Bounds of the widgets are loose: the ledger says what is wrong."""
    today = floor_to_day(serving.context().clock.now()).replace(tzinfo=None)
    left, right = st.columns(2)
    with left:
        start = st.datetime_input(
            "From (UTC); empty: from the beginning", today - 7 * DAY, key=key_of_round("correction-from")
        )
    with right:
        end = st.datetime_input("Until (UTC), not included", today, required=True, key=key_of_round("correction-until"))
    return None if start is None else start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)


def _finish(
    person: Principal,
    connection: ConnectionView,
    selector: Selector,
    start: datetime | None,
    end: datetime,
    project_id: int,
    reason: str,
) -> None:
    context = serving.context()
    now = context.clock.now()

    def preview() -> Preview:
        check_span(start, end, now=now)
        return preview_correction(
            context.database, person.org_id, connection.id, selector, start=start, end=end, project_id=project_id
        )

    def correct() -> CorrectionView:
        return correct_usage(
            context.database,
            org_id=person.org_id,
            connection_id=connection.id,
            selector=selector,
            start=start,
            end=end,
            project_id=project_id,
            reason=reason,
            actor=person.actor,
            now=now,
        )

    previewed = attempted(preview)
    if previewed is None:
        return
    show_preview(previewed, title="What would be shown where")
    if st.button("Correct history", icon=":material/history:", key="correct") and attempted(correct) is not None:
        st.session_state["corrected"] = True
        begin_round()
        st.rerun()
