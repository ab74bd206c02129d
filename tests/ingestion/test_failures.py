"""What a failing connection costs: itself, an alert, and never another connection's hour."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from ingestion.account_lock import account_lock
from ingestion.connections import ConnectionView, get_connection, reauthenticate
from ingestion.errors import NeedsReauthenticationError
from ingestion.patience import Patience
from ingestion.sync_requests import request_sync
from tests.ingestion.raw_truth import raw_cells
from tests.ingestion.test_replay import the_trace
from tests.ingestion.world import OWNER, World
from tests.sandbox_process import admin_key

pytestmark = pytest.mark.database

HOUR = timedelta(hours=1)


def view(world: World, connection: ConnectionView) -> ConnectionView:
    return get_connection(world.database, world.org_id, connection.id)


def notices(world: World) -> list[dict[str, Any]]:
    with world.database.worker() as connection:
        return connection.execute("select channel, recipient from ops.outbox order by channel").fetchall()


def give_key_anew(world: World, connection: ConnectionView, key: str) -> ConnectionView:
    return reauthenticate(
        world.database,
        world.providers,
        world.secrets,
        org_id=world.org_id,
        connection_id=connection.id,
        api_key=SecretStr(key),
        now=world.clock.now(),
    )


def fault(world: World, provider: str, kind: str, **rule: Any) -> None:
    world.sandbox.faults([{"provider": provider, "kind": kind, **rule}])


def test_a_revoked_key_stops_polling_and_its_owner_is_told_once(world: World) -> None:
    connection = world.connect("openai")
    world.sync()
    world.sandbox.revoke(admin_key("openai"))
    try:
        world.advance(HOUR)
        assert world.poll().error_codes == ("key-refused",)
        stopped = view(world, connection)
        assert (stopped.status, stopped.error_code) == ("error", "key-refused")
        world.sandbox.forget_requests()
        world.advance(HOUR)
        assert world.poll().connections_polled == 0
        assert world.sandbox.requests() == []
        told = [{"channel": "email", "recipient": OWNER}, {"channel": "in_app", "recipient": OWNER}]
        assert notices(world) == told
        with pytest.raises(NeedsReauthenticationError):
            request_sync(world.database, org_id=world.org_id, connection_id=connection.id, now=world.clock.now())
        active = give_key_anew(world, connection, f"{admin_key('openai')}-second")
        assert (active.status, active.error_code) == ("active", None)
        world.sync()
        assert view(world, connection).data_through == world.clock.now().replace(minute=0)
        assert notices(world) == told
    finally:
        world.sandbox.restore(admin_key("openai"))


def test_five_permanent_failures_in_a_row_skip_the_connection_until_its_key_is_given_anew(world: World) -> None:
    connection = world.connect("openai")
    world.sync()
    fault(world, "openai", "truncated_page", parameters={"how": "no_next_page"})
    for _ in range(5):
        assert view(world, connection).status == "active"
        world.advance(HOUR)
        assert world.poll().permanent_failures == 1
    assert (view(world, connection).status, view(world, connection).error_code) == ("skipped", "unreadable-answer")
    assert len(notices(world)) == 2
    world.sandbox.clear_faults()
    world.advance(HOUR)
    assert world.poll().connections_polled == 0
    give_key_anew(world, connection, admin_key("openai"))
    world.sync()
    assert view(world, connection).status == "active"
    assert raw_cells(world.database, connection.account_id) == the_trace("openai")


def test_failures_that_are_not_in_a_row_do_not_add_up(world: World) -> None:
    connection = world.connect("openai")
    world.sync()
    for _ in range(6):
        fault(world, "openai", "truncated_page", parameters={"how": "no_next_page"})
        world.advance(HOUR)
        assert world.poll().permanent_failures == 1
        world.sandbox.clear_faults()
        world.advance(HOUR)
        assert world.poll().permanent_failures == 0
    assert view(world, connection).status == "active"


def test_retry_after_is_slept_to_the_second(world: World) -> None:
    slept: list[float] = []

    async def remember(seconds: float) -> None:
        slept.append(seconds)

    world.connect("openai")
    world.sync()
    world.patience = Patience(sleep=remember, jitter=lambda: 0.0)
    fault(world, "openai", "rate_limited", times=1, parameters={"retry_after": 7})
    fault(world, "openai", "server_error", times=2, from_request=2)
    assert world.poll().transient_failures == 0
    assert slept == [7.0, 1.0, 2.0]


def test_a_provider_that_asks_for_too_long_is_left_alone_until_then(world: World) -> None:
    connection = world.connect("openai")
    world.sync()
    before = view(world, connection)
    fault(world, "openai", "rate_limited", times=1, parameters={"retry_after": 7200})
    assert world.poll().transient_failures == 1
    limited = view(world, connection)
    assert (limited.status, limited.error_code) == ("active", "rate-limited")
    assert limited.data_through == before.data_through
    world.advance(HOUR)
    assert world.poll().connections_polled == 0
    world.advance(HOUR)
    assert world.poll().connections_polled == 1
    assert view(world, connection).error_code is None


def test_a_failing_connection_delays_no_other(world: World) -> None:
    broken = world.connect("anthropic")
    sound = world.connect("openai")
    fault(world, "anthropic", "server_error", parameters={"status": 529})
    polls = world.sync()
    assert [poll.outcome for poll in polls] == ["failed", "polled"]
    sync = view(world, broken).sync
    assert sync is not None
    assert (sync.state, sync.error_code) == ("failed", "provider-unavailable")
    world.advance(HOUR)
    summary = world.poll()
    assert (summary.connections_polled, summary.transient_failures) == (1, 1)
    assert raw_cells(world.database, sound.account_id) == the_trace("openai")
    assert raw_cells(world.database, broken.account_id) == {}


def test_an_account_that_is_being_polled_is_skipped(world: World) -> None:
    connection = world.connect("openai")
    world.sync()

    async def poll_beside() -> tuple[int, int]:
        async with account_lock(world.database, connection.account_id, patience=timedelta(0)) as is_held:
            assert is_held
            summary = await asyncio.to_thread(world.poll)
            return summary.connections_skipped, summary.windows

    assert asyncio.run(poll_beside()) == (1, 0)
    assert world.poll().connections_polled == 1


def test_every_window_that_failed_is_on_record(world: World) -> None:
    world.connect("openai")
    world.sync()
    fault(world, "openai", "truncated_page", parameters={"how": "no_next_page"})
    world.poll()
    with world.database.worker() as connection:
        rows = connection.execute(
            "select outcome, error_code, rows_seen from raw.polls where cause = 'hourly'"
        ).fetchall()
    assert rows == [{"outcome": "failed", "error_code": "unreadable-answer", "rows_seen": 0}]
