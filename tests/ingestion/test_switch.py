"""Switching the usage endpoint: totals stay, no bucket counts in both, and switching back takes the first stream up."""

from datetime import UTC, date, datetime, timedelta

import pytest
from psycopg.types.range import Range

from ingestion.connections import ConnectionView, change_endpoint
from tests.ingestion.raw_truth import expected_cells, hashes_counted_twice, raw_cells
from tests.ingestion.world import World, an_account_here

pytestmark = pytest.mark.database

MIDWAY = datetime(2026, 11, 21, 12, 10, tzinfo=UTC)


def choose(world: World, connection: ConnectionView, endpoint: str) -> None:
    change_endpoint(
        world.database,
        world.providers,
        world.secrets,
        org_id=world.org_id,
        connection_id=connection.id,
        usage_endpoint=endpoint,
        now=world.clock.now(),
    )


def streams(world: World) -> list[tuple[str, Range[date]]]:
    with world.database.worker() as connection:
        rows = connection.execute("select endpoint, in_force from ops.usage_streams order by in_force").fetchall()
    return [(row["endpoint"], row["in_force"]) for row in rows]


def tokens(world: World, connection: ConnectionView) -> tuple[int, int, int]:
    cells = raw_cells(world.database, connection.account_id).values()
    return (sum(c.input for c in cells), sum(c.cached for c in cells), sum(c.output for c in cells))


def test_switching_anthropics_endpoint_and_back_keeps_the_totals(world: World) -> None:
    world.advance(MIDWAY - world.clock.now())
    connection = world.connect("anthropic")
    world.sync()
    before = tokens(world, connection)
    choose(world, connection, "analytics")
    assert streams(world) == [("messages", Range(None, None))]
    world.sync()
    today = date(2026, 11, 21)
    assert streams(world) == [("messages", Range(None, today)), ("analytics", Range(today, None))]
    assert tokens(world, connection) == before
    world.poll("weekly")
    assert tokens(world, connection) == before
    choose(world, connection, "messages")
    world.sync()
    assert streams(world) == [("messages", Range(None, None))]
    assert tokens(world, connection) == before
    assert hashes_counted_twice(world.database) == 0


def test_a_switch_lasts_over_midnight_and_each_stream_is_read_for_its_own_days(world: World) -> None:
    world.advance(MIDWAY - world.clock.now())
    connection = world.connect("anthropic")
    world.sync()
    choose(world, connection, "analytics")
    world.sync()
    world.advance(timedelta(hours=24))
    world.poll("weekly")
    cells = expected_cells(an_account_here("anthropic")).values()
    whole = (sum(c.input for c in cells), sum(c.cached for c in cells), sum(c.output for c in cells))
    assert tokens(world, connection) == whole
    assert hashes_counted_twice(world.database) == 0


def test_a_switch_waits_for_the_first_closed_hour_of_the_day(world: World) -> None:
    world.advance(datetime(2026, 11, 21, 0, 30, tzinfo=UTC) - world.clock.now())
    connection = world.connect("anthropic")
    world.sync()
    choose(world, connection, "analytics")
    world.sync()
    assert streams(world) == [("messages", Range(None, None))]
    world.advance(timedelta(hours=1))
    world.poll("hourly")
    assert streams(world)[-1] == ("analytics", Range(date(2026, 11, 21), None))


def test_a_switch_touches_the_days_that_it_moves(world: World) -> None:
    world.advance(MIDWAY - world.clock.now())
    connection = world.connect("anthropic")
    world.sync()
    choose(world, connection, "analytics")
    world.sync()
    with world.database.worker() as session:
        touches = session.execute(
            "select days, cause from ops.usage_touches where cause = 'stream-switched' and account_id = %s",
            [connection.account_id],
        ).fetchall()
    assert touches == [{"days": Range(date(2026, 11, 21), None), "cause": "stream-switched"}]


def test_openrouters_daily_fallback_takes_over_from_yesterday_and_ends_complete(world: World) -> None:
    world.advance(MIDWAY - world.clock.now())
    connection = world.connect("openrouter")
    world.sync()
    choose(world, connection, "activity")
    world.sync()
    assert streams(world)[-1] == ("activity", Range(date(2026, 11, 20), None))
    world.advance(timedelta(hours=14))
    world.poll("daily")
    cells = expected_cells(an_account_here("openrouter")).values()
    assert tokens(world, connection)[0] == sum(cell.input for cell in cells)
    assert hashes_counted_twice(world.database) == 0
