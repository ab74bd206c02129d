"""No data for three hours: who is told, how often, and when again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.database import fetch_one
from ingestion.staleness import tell_of_stale_connections
from tests.ingestion.world import OWNER, World
from tests.sandbox_process import admin_key

pytestmark = pytest.mark.database

HOUR = timedelta(hours=1)


@pytest.fixture
def stale(world: World) -> Iterator[World]:
    """A connection that was polled at noon, of a provider that has not answered since."""
    world.connect("openai")
    world.sync()
    world.sandbox.faults([{"provider": "openai", "kind": "rate_limited", "times": 1000}])
    yield world
    world.sandbox.clear_faults()


def tell(world: World) -> int:
    return tell_of_stale_connections(world.database, now=world.clock.now())


def notices(world: World) -> list[tuple[str, str, str]]:
    with world.database.worker() as connection:
        rows = connection.execute("select channel, recipient, title, body from ops.outbox order by id").fetchall()
    assert {row["title"] for row in rows} <= {"“OpenAI” has brought no data for hours"}
    return [(row["channel"], row["recipient"], row["body"]) for row in rows]


def test_owners_are_told_once_that_nothing_came_for_three_hours(stale: World) -> None:
    stale.advance(3 * HOUR - timedelta(seconds=1))
    assert stale.poll().error_codes == ("rate-limited",)
    assert tell(stale) == 0
    stale.advance(timedelta(seconds=1))
    assert [tell(stale), tell(stale)] == [1, 0]
    stale.advance(24 * HOUR)
    assert tell(stale) == 0
    told = notices(stale)
    assert [(channel, recipient) for channel, recipient, _ in told] == [("in_app", OWNER), ("email", OWNER)]
    assert told[0][2].startswith("The last poll that succeeded was at 2026-11-22 12:00 UTC. The last one said: ")


def test_a_connection_that_came_back_and_went_away_again_is_told_of_again(stale: World) -> None:
    stale.advance(3 * HOUR)
    assert tell(stale) == 1
    stale.sandbox.clear_faults()
    stale.advance(HOUR)
    assert stale.poll().error_codes == ()
    assert tell(stale) == 0
    stale.advance(3 * HOUR)
    assert [tell(stale), tell(stale)] == [1, 0]
    assert len(notices(stale)) == 4


def test_a_connection_that_never_worked_counts_from_its_beginning(world: World) -> None:
    world.connect("openai")
    with world.database.worker() as connection:
        connection.execute("update ops.sync_requests set state = 'failed', finished_at = %s", [world.clock.now()])
    world.advance(3 * HOUR)
    assert [tell(world), tell(world)] == [1, 0]
    assert notices(world)[0][2].startswith("No poll has succeeded since 2026-11-22 12:00 UTC. This openai connection")


def test_what_is_being_synced_is_waited_for(world: World) -> None:
    world.connect("openai")
    world.advance(3 * HOUR)
    assert tell(world) == 0


def test_a_connection_that_stopped_is_told_of_by_that_alone(world: World) -> None:
    world.connect("openai")
    world.sync()
    world.sandbox.revoke(admin_key("openai"))
    try:
        world.advance(HOUR)
        assert world.poll().error_codes == ("key-refused",)
    finally:
        world.sandbox.restore(admin_key("openai"))
    world.advance(5 * HOUR)
    assert tell(world) == 0
    with world.database.worker() as connection:
        assert fetch_one(connection, "select count(*) as count from ops.outbox")["count"] == 2
