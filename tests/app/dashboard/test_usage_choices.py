"""The options of select boxes, which a browser answers with by their labels."""

from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest

from app.dashboard.views.usage_choices import project_names, told_apart
from ingestion.projects import ProjectView

AT = datetime(2026, 11, 22, tzinfo=UTC)


def custom_page() -> None:
    from datetime import date

    import streamlit as st

    from app.dashboard.views.usage_choices import _custom

    st.session_state["period"] = _custom(date(2026, 11, 22))


@pytest.mark.parametrize(
    ("first", "expected"),
    [("2000-01-01", date(2000, 1, 1)), ("1999-12-31", date(2026, 10, 24)), ("0001-01-01", date(2026, 10, 24))],
)
def test_days_before_any_provider_are_not_picked(first: str, expected: date) -> None:
    """As many days before them are no date at all."""
    script = AppTest.from_function(custom_page)
    script.query_params["from"] = first
    script.query_params["to"] = "2026-11-22"
    script.run(timeout=60)
    assert not script.exception
    assert script.session_state["period"].start.date() == expected


def test_labels_that_two_have_are_followed_by_the_id() -> None:
    labels = {"": "All", "proj_1": "All", "conn_1": "OpenAI", "conn_2": "OpenAI", "conn_3": "Other"}
    assert told_apart(labels) == {
        "": "All",
        "proj_1": "All (proj_1)",
        "conn_1": "OpenAI (conn_1)",
        "conn_2": "OpenAI (conn_2)",
        "conn_3": "Other",
    }


def test_an_archived_project_is_not_taken_for_one_that_is_called_archived() -> None:
    projects = [
        ProjectView(1, "Search", is_default=False, version=1, created_at=AT, archived_at=AT),
        ProjectView(2, "Search (archived)", is_default=False, version=1, created_at=AT, archived_at=None),
    ]
    assert project_names(projects) == {"proj_2": "Search (archived) (proj_2)", "proj_1": "Search (archived) (proj_1)"}
