"""An answer that would take much away is held until it is said again half an hour later; the totals stay meanwhile."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ingestion.raw_truth import raw_cells
from tests.ingestion.test_replay import the_trace
from tests.ingestion.world import OWNER, PROVIDERS, World

pytestmark = pytest.mark.database


def empty_until(world: World, provider: str, until: datetime | None) -> None:
    parameters = {"until": until.isoformat() if until else None}
    world.sandbox.faults([{"provider": provider, "kind": "empty_answer", "parameters": parameters}])


def notices(world: World) -> list[dict[str, Any]]:
    with world.database.worker() as connection:
        return connection.execute("select channel, recipient from ops.outbox order by channel").fetchall()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_empty_answer_for_a_whole_week_is_held_and_forgotten_when_the_provider_recovers(
    world: World, provider: str
) -> None:
    connection = world.connect(provider)
    world.sync()
    empty_until(world, provider, world.clock.now() + timedelta(hours=1))
    held = world.poll("weekly")
    assert held.suspects > 0
    assert (held.rows_new, held.rows_revised, held.rows_removed) == (0, 0, 0)
    assert raw_cells(world.database, connection.account_id) == the_trace(provider)
    world.advance(timedelta(hours=1))
    recovered = world.poll("hourly")
    assert recovered.suspects == 0
    assert raw_cells(world.database, connection.account_id) == the_trace(provider)
    with world.database.worker() as session:
        assert session.execute("select 1 from raw.suspect_reads").fetchall() == []


def test_what_is_said_again_half_an_hour_later_is_applied_and_not_before(world: World) -> None:
    connection = world.connect("openai")
    world.sync()
    empty_until(world, "openai", None)
    world.poll("weekly")
    world.advance(timedelta(minutes=29))
    world.poll("hourly")
    assert raw_cells(world.database, connection.account_id) == the_trace("openai")
    world.advance(timedelta(minutes=1))
    applied = world.poll("hourly")
    assert applied.rows_removed > 0
    assert raw_cells(world.database, connection.account_id) == {}


def test_operators_and_owners_are_told_of_a_held_read_once_a_day(world: World) -> None:
    world.connect("openai")
    world.sync()
    empty_until(world, "openai", None)
    world.poll("weekly")
    world.advance(timedelta(minutes=5))
    world.poll("daily")
    assert notices(world) == [
        {"channel": "email", "recipient": OWNER},
        {"channel": "in_app", "recipient": OWNER},
        {"channel": "operator", "recipient": None},
    ]


def test_a_large_reattribution_is_held_then_applied_without_losing_a_token(world: World) -> None:
    world.advance(datetime(2026, 11, 21, 12, 10, tzinfo=UTC) - world.clock.now())
    moved = {"at": "2026-11-21T13:05:00Z", "share_percent": 80, "value": None}
    world.sandbox.faults([{"provider": "openai", "kind": "reattribution", "parameters": moved}])
    connection = world.connect("openai")
    world.sync()
    before = raw_cells(world.database, connection.account_id)
    world.advance(timedelta(hours=1))
    assert world.poll("weekly").suspects > 0
    assert raw_cells(world.database, connection.account_id) == before
    world.advance(timedelta(hours=24))
    world.poll("weekly")
    world.advance(timedelta(minutes=31))
    world.poll("weekly")
    assert raw_cells(world.database, connection.account_id) == the_trace("openai")
