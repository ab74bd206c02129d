"""What the page says follows from a failure, and how the last sync ended."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.dashboard.connection_words import SyncOutcome, sync_outcome, what_follows
from ingestion.connections import ConnectionView
from ingestion.sync_requests import SyncProgress
from ingestion.usage_row import ProviderName

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AGO = NOW - timedelta(minutes=5)


def a_connection(**changes: Any) -> ConnectionView:
    facts: dict[str, Any] = {
        "id": 1,
        "org_id": 1,
        "account_id": 1,
        "provider": ProviderName.OPENAI,
        "label": "OpenAI",
        "status": "active",
        "usage_endpoint": "completions",
        "account_projects": ((None, 1),),
        "error_code": None,
        "error_sentence": None,
        "consecutive_failures": 0,
        "not_before": None,
        "last_polled_at": AGO,
        "history_from": NOW - timedelta(days=30),
        "data_through": NOW,
        "created_at": AGO,
        "sync": None,
    }
    return ConnectionView(**(facts | changes))


def a_sync(**changes: Any) -> SyncProgress:
    facts: dict[str, Any] = {
        "id": 1,
        "state": "succeeded",
        "requested_at": AGO,
        "windows_done": 3,
        "windows_total": 3,
        "rows_read": 1_234,
        "rows_changed": 1,
        "finished_at": AGO,
        "error_code": None,
        "error_sentence": None,
    }
    return SyncProgress(**(facts | changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "It is asked again with the next hourly poll."),
        ({"not_before": NOW - timedelta(hours=1)}, "It is asked again with the next hourly poll."),
        ({"not_before": NOW + timedelta(hours=1)}, "It is asked again after 22 Nov 2026, 13:00 UTC."),
        (
            {"consecutive_failures": 4},
            "It is asked again with the next hourly poll. After 1 more failure of this kind in a row polling stops.",
        ),
        (
            {"status": "error", "consecutive_failures": 1},
            "Polling has stopped; nothing that was read is lost. Re-authenticate with a working key: what is missing is"
            " read then.",
        ),
    ],
)
def test_a_failure_says_what_follows(changes: dict[str, Any], words: str) -> None:
    assert what_follows(a_connection(**changes), now=NOW) == words


@pytest.mark.parametrize(
    ("sync", "outcome"),
    [
        (None, None),
        (a_sync(finished_at=None, state="polling"), None),
        (a_sync(), SyncOutcome("succeeded", "Last sync 5 min ago: 3 spans, 1,234 rows read, 1 new or changed.")),
        (
            a_sync(state="failed", windows_done=1, error_sentence="The key was refused."),
            SyncOutcome("failed", "The last sync failed 5 min ago after 1 of 3 spans. The key was refused."),
        ),
        (
            a_sync(state="failed", windows_total=None, error_sentence="Told above."),
            SyncOutcome("failed", "The last sync failed 5 min ago."),
        ),
    ],
)
def test_a_sync_says_how_it_ended(sync: SyncProgress | None, outcome: SyncOutcome | None) -> None:
    assert sync_outcome(a_connection(sync=sync, error_sentence="Told above."), now=NOW) == outcome
