"""Older history: thirty days first, then back as far as the provider has any, resumable at any window."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.clock import FixedClock
from core.database import Database
from ingestion.connections import get_connection
from ingestion.usage_row import ProviderName
from tests.ingestion.raw_truth import expected_cells, hashes_counted_twice, raw_cells
from tests.ingestion.world import PROVIDERS, World, a_world, an_account_here
from tests.sandbox_process import SandboxHandle, start_sandbox

pytestmark = pytest.mark.database

STARTS_AT = datetime(2026, 8, 24, tzinfo=UTC)
NINETY_DAYS = {"starts_at": STARTS_AT.isoformat(), "stretch_hours": 90 * 24}


def ninety_days(provider: str) -> dict[str, object]:
    account = an_account_here(provider)
    return account | {"usage": account["usage"] | NINETY_DAYS}


@pytest.fixture(scope="module")
def long_sandbox() -> Iterator[SandboxHandle]:
    accounts = [ninety_days(provider) for provider in PROVIDERS]
    with start_sandbox({"now": "2026-11-22T12:00:00Z", "accounts": accounts}) as sandbox:
        yield sandbox


@pytest.fixture
def world(database: Database, clock: FixedClock, tmp_path: Path, long_sandbox: SandboxHandle) -> World:
    long_sandbox.clear_faults()
    long_sandbox.set_clock(clock.now())
    return a_world(database, clock, tmp_path, long_sandbox)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_thirty_days_come_first_and_the_backfill_brings_the_rest(world: World, provider: str) -> None:
    connection = world.connect(provider)
    world.sync()
    thirty_days = datetime(2026, 10, 23, tzinfo=UTC)
    whole = expected_cells(ninety_days(provider), requests_reported=provider != "anthropic")
    assert raw_cells(world.database, connection.account_id) == {
        cell: tokens for cell, tokens in whole.items() if cell.hour >= thirty_days
    }
    world.poll("backfill")
    client = world.providers[ProviderName(provider)]
    oldest = max(client.history(stream, now=world.clock.now()) for stream in client.streams(client.usage_endpoints[0]))
    assert raw_cells(world.database, connection.account_id) == {
        cell: tokens for cell, tokens in whole.items() if cell.hour >= oldest
    }
    assert get_connection(world.database, world.org_id, connection.id).history_from == oldest
    assert hashes_counted_twice(world.database) == 0
    assert world.poll("backfill").windows == 0


def test_a_backfill_goes_on_where_it_stopped_newest_first(world: World) -> None:
    connection = world.connect("openai")
    world.sync()
    rule = {"provider": "openai", "kind": "rate_limited", "from_request": 12, "parameters": {"retry_after": 86400}}
    world.sandbox.faults([rule])
    stopped = world.poll("backfill")
    assert stopped.transient_failures == 1
    reached = get_connection(world.database, world.org_id, connection.id).history_from
    assert STARTS_AT < reached < datetime(2026, 10, 23, tzinfo=UTC)
    world.sandbox.clear_faults()
    world.advance(timedelta(days=1, hours=1))
    resumed = world.poll("backfill")
    assert resumed.transient_failures == 0
    whole = expected_cells(ninety_days("openai"))
    assert raw_cells(world.database, connection.account_id) == whole
    assert hashes_counted_twice(world.database) == 0
