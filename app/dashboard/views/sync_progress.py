"""A sync under way: what it is doing, looked at again every other second; the page is drawn anew when it has ended."""

import streamlit as st

from app.dashboard import serving
from app.dashboard.visitor import visitor
from ingestion.connections import get_connection
from ingestion.errors import ConnectionNotFoundError
from ingestion.sync_requests import SyncProgress

LOOK_AGAIN = "2s"


@st.fragment(run_every=LOOK_AGAIN)
def show_progress(connection_id: int) -> None:
    org_id = visitor().org_id  # a fragment runs without the script around it, so it asks again itself
    try:
        sync = get_connection(serving.context().database, org_id, connection_id).sync
    except ConnectionNotFoundError:
        sync = None
    if sync is None or sync.finished_at is not None:
        st.rerun()
    st.progress(*progress_of(sync))


def progress_of(sync: SyncProgress) -> tuple[float, str]:
    """How far (0 to 1) and in which words; the build is the last tenth."""
    match sync.state:
        case "queued":
            return 0.0, "Waiting for its turn"
        case "polling" if not sync.windows_total:
            return 0.02, "Reading usage"
        case "polling":
            return 0.9 * sync.windows_done / (sync.windows_total or 1), (
                f"Reading usage: {sync.windows_done} of {sync.windows_total} spans, {sync.rows_read:,} rows"
            )
        case "building":
            return 0.95, "Working out emissions"
        case _:
            return 1.0, "Done"
