"""How far a sync has come, as a bar and in words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.dashboard.views.sync_progress import progress_of
from ingestion.sync_requests import SyncProgress


def a_sync(**changes: Any) -> SyncProgress:
    facts: dict[str, Any] = {
        "id": 1,
        "state": "polling",
        "requested_at": datetime(2026, 11, 22, tzinfo=UTC),
        "windows_done": 0,
        "windows_total": None,
        "rows_read": 0,
        "rows_changed": 0,
        "finished_at": None,
        "error_code": None,
        "error_sentence": None,
    }
    return SyncProgress(**(facts | changes))


@pytest.mark.parametrize(
    ("changes", "part", "words"),
    [
        ({"state": "queued"}, 0.0, "Waiting for its turn"),
        ({}, 0.02, "Reading usage"),
        ({"windows_done": 1, "windows_total": 2, "rows_read": 9}, 0.45, "Reading usage: 1 of 2 spans, 9 rows"),
        ({"state": "building"}, 0.95, "Working out emissions"),
        ({"state": "succeeded"}, 1.0, "Done"),
    ],
)
def test_each_state_has_its_part_and_words(changes: dict[str, Any], part: float, words: str) -> None:
    assert progress_of(a_sync(**changes)) == (part, words)
