"""The page while numbers are on their way: looks again every few seconds and draws itself anew when they are there."""

from datetime import datetime

import streamlit as st

from app.dashboard import fragments, serving
from app.dashboard.figure_cache import freshness_of
from app.dashboard.views.sync_progress import progress_of
from app.dashboard.visitor import visitor
from ingestion.connections import list_connections

LOOK_AGAIN = "2s"


@st.fragment(run_every=LOOK_AGAIN)
def wait_for_build(*, built_at: datetime | None) -> None:
    """What is being waited for; the whole page again as soon as there is another build than that of `built_at`."""
    org_id = visitor().org_id  # a fragment runs without the script around it, so it asks again itself
    if freshness_of(org_id).built_at != built_at:
        st.rerun()
    connections = list_connections(serving.context().database, org_id)
    syncs = [(each.label, each.sync) for each in connections if each.sync and each.sync.finished_at is None]
    if not syncs and built_at is not None:
        fragments.show(
            "waiting.html",
            title="No usage in this selection",
            sentence="Choose a longer period, another provider, project or connection. Each hour adds what was used.",
        )
        return
    fragments.show(
        "waiting.html",
        title="Reading your usage",
        sentence="The first numbers appear here by themselves, usually within a minute.",
    )
    for label, sync in syncs:
        st.caption(fragments.plain(label))
        st.progress(*progress_of(sync))
