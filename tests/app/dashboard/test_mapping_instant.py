"""The instant that is picked for a change of the mapping, while time goes on."""

from datetime import UTC, datetime

from streamlit.testing.v1 import AppTest

from app.dashboard.views.mapping_instant import LATER
from ingestion.mapping import MappingView
from ingestion.usage_row import ProviderName

PICKED = datetime(2026, 11, 22, 15, 5, tzinfo=UTC)
VIEW = MappingView(1, 1, ProviderName.OPENAI, version=1, counts_from_day=False, workloads=())


def page() -> None:
    import streamlit as st

    from app.dashboard.views.mapping_instant import instant_choice

    st.session_state["effective_at"] = instant_choice(st.session_state["view"], now=st.session_state["now"])


def test_what_was_picked_stays_picked_when_it_is_over() -> None:
    script = AppTest.from_function(page)
    script.session_state["view"] = VIEW
    for second in (0, 59, 121):
        script.session_state["now"] = datetime(2026, 11, 22, 15, 4 + second // 60, second % 60, tzinfo=UTC)
        if second == 0:
            script.session_state["mapping-when-0"] = LATER
            script.session_state["mapping-instant-0"] = PICKED.replace(tzinfo=None)
        script.run(timeout=60)
        assert not script.exception
        assert script.session_state["effective_at"] == PICKED
