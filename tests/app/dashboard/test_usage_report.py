"""The figures of a selection, drawn by Streamlit without a browser."""

from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.accounts.principal import Principal
from app.context import ServerContext
from app.dashboard import serving
from tests.app.world import World

pytestmark = pytest.mark.database

# What each project used in a day, thousands more have used as well.
MANY_PROJECTS = b"""
insert into marts.fct_daily_projects
select more.*
from marts.fct_daily_projects as days, generate_series(1, 2500) as n,
    jsonb_populate_record(days, jsonb_build_object('project_id', 1000000 + n)) as more
where days.org_id = %s and days.is_counted
"""


def page() -> None:
    import streamlit as st

    from app.dashboard import serving
    from app.dashboard.figure_cache import freshness_of
    from app.dashboard.instants import Period
    from app.dashboard.views.usage_report import SERIES, show_usage
    from app.telemetry.usage_filter import EVERYTHING
    from ingestion.connections import list_connections

    person = st.session_state["person"]
    context = serving.context()
    show_usage(
        person,
        Period.last_days(30, now=context.clock.now()),
        EVERYTHING,
        freshness=freshness_of(person.org_id),
        connections=list_connections(context.database, person.org_id),
        series=SERIES,
    )


@pytest.fixture
def served(own_built_context: ServerContext) -> Iterator[ServerContext]:
    """Pages read through it, and nothing of it stays in Streamlit's caches."""
    serving.begin(own_built_context)
    yield own_built_context
    st.cache_data.clear()


def test_a_chart_of_too_many_parts_says_so_and_the_rest_is_shown(served: ServerContext, world: World) -> None:
    with served.database.worker() as connection:
        assert connection.execute(MANY_PROJECTS, [world.ada.org_id]).rowcount > 10_000
    script = AppTest.from_function(page)
    script.session_state["person"] = Principal(world.ada.org_id, user_id=world.ada.user_id, role="viewer")
    script.session_state["series"] = "Project"
    script.run(timeout=60)
    assert not script.exception
    (caption,) = script.caption
    assert caption.value.startswith("This chart is too large: The answer has more than 10000 rows.")
    drawn = [each.proto.body for each in script.get("html")]
    assert any("Against the days before" in body for body in drawn)
    assert any('aria-label="Models"' in body for body in drawn)
