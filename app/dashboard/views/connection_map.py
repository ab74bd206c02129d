"""Which hours of a connection's last 30 days are known: a picture that unfolds, and a click that reads the rest."""

from collections.abc import Mapping

import streamlit as st

from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.acting import done
from app.dashboard.coverage_map import CoverageMap
from ingestion.connections import ConnectionView
from ingestion.coverage import CoverageState
from ingestion.sync_requests import request_sync

_BACKGROUNDS: Mapping[CoverageState, str] = {
    "known": "var(--cl-green)",
    "missing": "repeating-linear-gradient(45deg, var(--cl-red) 0 4px, var(--cl-card) 4px 6px)",
    "provider-has-none": "radial-gradient(var(--cl-muted) 1px, transparent 1.3px) 0 0 / 6px 6px, var(--cl-soft)",
    "not-connected": "repeating-linear-gradient(0deg, var(--cl-muted) 0 2px, var(--cl-card) 2px 6px)",
    "not-yet": "repeating-linear-gradient(90deg, var(--cl-green-line) 0 1px, var(--cl-green-soft) 1px 6px)",
}
"""CSS. Each state has a colour and a pattern of its own: nobody has to tell red from green."""


def show_map(person: Principal, connection: ConnectionView, found: CoverageMap, *, may_write: bool) -> None:
    fragments.show(
        "coverage_map.html",
        map=found,
        name=connection.label,
        backgrounds=_BACKGROUNDS,
        is_open=bool(found.missing_hours) and connection.last_polled_at is not None,
    )
    is_syncing = connection.sync is not None and connection.sync.finished_at is None
    if may_write and found.missing_hours and connection.status == "active" and not is_syncing:
        _backfill(person, connection, found.missing_hours)


def _backfill(person: Principal, connection: ConnectionView, missing: int) -> None:
    """A sync plans every hour that is unread by itself."""
    context = serving.context()
    what = "the missing hour" if missing == 1 else f"the {missing} missing hours"
    if st.button(f"Read {what} now", icon=":material/healing:", key=f"backfill-{connection.id}") and done(
        lambda: request_sync(
            context.database,
            org_id=person.org_id,
            connection_id=connection.id,
            now=context.clock.now(),
            actor=person.actor,
        )
    ):
        st.rerun()
