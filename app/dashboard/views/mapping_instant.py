"""From when a change of the mapping is to take effect, and from which bucket on it then counts."""

from datetime import UTC, datetime

import streamlit as st

from app.dashboard.instants import DAY, written_instant
from app.dashboard.rounds import key_of_round
from core.clock import floor_to_day
from ingestion.mapping import MappingView, counts_from

NOW, LATER = "Now", "Later"


def instant_choice(view: MappingView, *, now: datetime) -> datetime | None:
    """The instant that is picked; None: when it is saved."""
    effective_at = None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        picked = st.segmented_control(
            "Takes effect", (NOW, LATER), default=NOW, required=True, key=key_of_round("mapping-when")
        )
        if picked == LATER:
            # No earliest instant: once it is over, Streamlit would put the default in the place of what was picked.
            chosen = st.datetime_input(
                "From (UTC)",
                (floor_to_day(now) + DAY).replace(tzinfo=None),
                required=True,
                key=key_of_round("mapping-instant"),
                width=240,
            )
            effective_at = chosen.replace(tzinfo=UTC)
    since = written_instant(counts_from(view, effective_at or now))
    width = "a day" if view.counts_from_day else "an hour"
    st.caption(
        f"Counts from {since}: usage comes in buckets {width} wide, and a bucket goes where it went when it began."
    )
    return effective_at
