"""A trace replayed as each provider: after the polls, what raw holds is the trace, exactly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.clock import FixedClock
from core.database import Database
from tests.ingestion.raw_truth import expected_cells, hashes_counted_twice, raw_cells
from tests.ingestion.world import World, a_world
from tests.sandbox_process import an_account, start_sandbox

pytestmark = pytest.mark.database

PROVIDERS = ("openai", "anthropic", "openrouter")


@pytest.fixture
def world(database: Database, clock: FixedClock, tmp_path: Path) -> Iterator[World]:
    config = {"now": clock.now().isoformat(), "accounts": [an_account(provider) for provider in PROVIDERS]}
    with start_sandbox(config) as sandbox:
        yield a_world(database, clock, tmp_path, sandbox)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_replayed_trace_is_stored_exactly(world: World, provider: str) -> None:
    connection = world.connect(provider)
    (poll,) = world.sync()
    assert poll.outcome == "polled"
    assert raw_cells(world.database, connection.account_id) == expected_cells(
        an_account(provider), requests_reported=provider != "anthropic"
    )
    assert hashes_counted_twice(world.database) == 0
