"""A trace replayed as each provider: after the polls, raw holds the trace, exactly, whatever went wrong between.

CARBONLEDGER_TEST_TRACE names another trace than the small one; the truth is computed from the same file.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ingestion.raw_truth import expected_cells, hashes_counted_twice, raw_cells
from tests.ingestion.world import PROVIDERS, World, an_account_here

pytestmark = pytest.mark.database

MIDWAY = datetime(2026, 11, 21, 12, 10, tzinfo=UTC)
"""Half of the trace is over, half is to come."""


def the_trace(provider: str, **changes: Any) -> Any:
    return expected_cells(an_account_here(provider, **changes), requests_reported=provider != "anthropic")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_replayed_trace_is_stored_exactly(world: World, provider: str) -> None:
    connection = world.connect(provider)
    (poll,) = world.sync()
    assert poll.outcome == "polled"
    assert raw_cells(world.database, connection.account_id) == the_trace(provider)
    assert hashes_counted_twice(world.database) == 0


@pytest.mark.parametrize("provider", PROVIDERS)
def test_polling_again_stores_nothing_again(world: World, provider: str) -> None:
    world.connect(provider)
    world.sync()
    again = world.poll("monthly")
    assert again.rows_seen > 0
    assert (again.rows_new, again.rows_revised, again.rows_removed, again.suspects) == (0, 0, 0, 0)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_trace_full_of_faults_ends_in_the_same_totals(world: World, provider: str) -> None:
    world.advance(MIDWAY - world.clock.now())
    world.sandbox.faults(
        [
            _fault(provider, "late_rows", minutes=150, share_percent=30),
            _fault(provider, "revision", at="2026-11-22T03:05:00Z", share_percent=40),
            _fault(provider, "reattribution", at="2026-11-22T04:05:00Z", share_percent=10, value=None),
        ]
    )
    connection = world.connect(provider)
    world.sync()
    assert raw_cells(world.database, connection.account_id) != the_trace(provider)
    world.sandbox.faults(
        [
            _fault(provider, "rate_limited", times=1, retry_after=7),
            _fault(provider, "rate_limited", times=1, from_request=4),
            _fault(provider, "server_error", times=1, from_request=6),
            _fault(provider, "truncated_page", times=1, from_request=8),
        ]
    )
    for _ in range(8):
        world.advance(timedelta(hours=3))
        world.poll("hourly")
    week = world.poll("weekly")
    assert (week.suspects, week.permanent_failures, week.transient_failures) == (0, 0, 0)
    assert week.rows_revised > 0
    assert raw_cells(world.database, connection.account_id) == the_trace(provider)
    assert hashes_counted_twice(world.database) == 0


def _fault(
    provider: str, kind: str, *, times: int | None = None, from_request: int = 1, **parameters: Any
) -> dict[str, Any]:
    rule = {"provider": provider, "kind": kind, "from_request": from_request, "parameters": parameters}
    return rule if times is None else rule | {"times": times}
