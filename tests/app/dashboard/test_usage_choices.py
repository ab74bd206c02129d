"""The options of select boxes, which a browser answers with by their labels."""

from datetime import UTC, datetime

from app.dashboard.views.usage_choices import project_names, told_apart
from ingestion.projects import ProjectView

AT = datetime(2026, 11, 22, tzinfo=UTC)


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
