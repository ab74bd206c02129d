"""One connection on the page: how it is doing, which of its hours are known, and what can be done with it."""

from collections.abc import Sequence

import streamlit as st

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import address, fragments, serving
from app.dashboard.connection_words import sync_outcome, what_follows
from app.dashboard.coverage_map import CoverageMap
from app.dashboard.figures import PROVIDER_NAMES
from app.dashboard.instants import ago, written_instant
from app.dashboard.page_list import MAPPING, REVISIONS
from app.dashboard.views.connection_acts import show_acts
from app.dashboard.views.connection_map import show_map
from app.dashboard.views.sync_progress import show_progress
from core.ids import public_id
from ingestion.connections import ConnectionView
from ingestion.routes import Route

STATUS_WORDS = {
    "active": ("polled hourly", "cl-badge-good"),
    "error": ("key refused", "cl-badge-bad"),
    "skipped": ("stopped", "cl-badge-bad"),
}


def show_connection(
    person: Principal, connection: ConnectionView, routes: Sequence[Route], hours: CoverageMap, *, may_write: bool
) -> None:
    """`routes`: what its usage goes to now; `hours`: those of its account."""
    words, tone = STATUS_WORDS[connection.status]
    now = serving.context().clock.now()
    polled = connection.last_polled_at
    itself = public_id("conn", connection.id)
    with st.container(border=True, key=f"connection-{connection.id}"):
        fragments.show(
            "connection.html",
            connection=connection,
            provider=PROVIDER_NAMES[connection.provider],
            words=words,
            tone=tone,
            follows=what_follows(connection, now=now),
            outcome=sync_outcome(connection, now=now),
            through=written_instant(connection.data_through) if connection.data_through else "nothing yet",
            polled=ago(polled, now=now) if polled else "never",
            project=routes[0].workload.project_name if routes else None,
            parts=len({route.workload.selector for route in routes[1:]}),
            mapping=address.link(MAPPING.path, connection=itself),
            revisions=address.link(REVISIONS.path, connection=itself),
            may_map="projects:write" in acts_of(person),
        )
        if connection.sync is not None and connection.sync.finished_at is None:
            show_progress(connection.id)
        show_map(person, connection, hours, may_write=may_write)
        if may_write:
            with st.container(horizontal=True, gap="small"):
                show_acts(person, connection)
