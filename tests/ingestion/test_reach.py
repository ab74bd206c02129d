"""Polls at the edges of what a provider can answer: what it has not counted yet, and what it no longer has."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.clock import FixedClock
from core.database import Database
from ingestion.connections import get_connection
from ingestion.coverage import coverage
from tests.conftest import NOON
from tests.ingestion.fake_provider import FIRST, FakeProvider, a_row
from tests.ingestion.test_answers import counted_tokens
from tests.ingestion.world import QuietWorld, a_quiet_world

pytestmark = pytest.mark.database

YESTERDAY = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def world(database: Database, clock: FixedClock, tmp_path: Path, provider: FakeProvider) -> QuietWorld:
    return a_quiet_world(database, clock, tmp_path, provider)


def test_a_backfill_ends_though_the_provider_is_hours_behind(world: QuietWorld, provider: FakeProvider) -> None:
    provider.rows = [a_row(YESTERDAY - timedelta(days=60), tokens=100)]
    provider.counted_through = NOON - timedelta(hours=2)
    connection = world.connect("openai")
    world.sync()
    world.poll("backfill")
    assert counted_tokens(world, connection.account_id) == 100
    assert world.poll("backfill").windows == 0


def test_a_held_read_that_the_provider_no_longer_reaches_is_forgotten_and_what_it_still_has_is_read_anew(
    world: QuietWorld, provider: FakeProvider
) -> None:
    provider.refuses_what_it_lost = True
    connection = world.connect("openai")
    world.sync()
    provider.rows = [a_row(YESTERDAY - timedelta(days=85), tokens=100)]
    provider.warnings = ("the answer is partial",)
    assert world.poll("backfill").suspects > 0
    provider.warnings = ()
    world.advance(timedelta(hours=12))
    assert world.poll().error_codes == ()
    world.poll("backfill")
    assert world.poll("backfill").windows == 0
    assert counted_tokens(world, connection.account_id) == 100
    with world.database.worker() as session:
        assert session.execute("select 1 from raw.suspect_reads").fetchall() == []


def test_hours_that_the_provider_forgot_while_nobody_polled_do_not_hold_up_the_watermark(
    world: QuietWorld, provider: FakeProvider
) -> None:
    provider.refuses_what_it_lost = True
    connection = world.connect("openai")
    world.sync()
    away = timedelta(days=100)
    world.advance(away)
    assert world.poll().error_codes == ()
    still_there = provider.history(FIRST, now=NOON + away)
    spans = coverage(
        world.database,
        org_id=world.org_id,
        account_id=connection.account_id,
        start=YESTERDAY,
        end=NOON + away,
        now=world.clock.now(),
    )
    assert [(span.state, span.start, span.end) for span in spans] == [
        ("known", YESTERDAY, NOON),
        ("provider-has-none", NOON, still_there),
        ("known", still_there, NOON + away),
    ]
    assert get_connection(world.database, world.org_id, connection.id).data_through == NOON + away
