"""Sync requests: one open a connection, taken by one worker at a time, taken again after a crash."""

import asyncio
import threading
from datetime import timedelta

import pytest

from ingestion.account_lock import account_lock
from ingestion.connections import ConnectionView, delete, get_connection
from ingestion.errors import ConnectionNotFoundError
from ingestion.poll import poll_sync_request
from ingestion.sync_requests import (
    LEASE,
    SyncProgress,
    claim_sync_request,
    finish_sync,
    mark_building,
    request_sync,
)
from tests.ingestion.world import World, an_organization

pytestmark = pytest.mark.database


def progress(world: World, connection: ConnectionView) -> SyncProgress:
    sync = get_connection(world.database, world.org_id, connection.id).sync
    assert sync is not None
    return sync


def test_connecting_queues_a_sync_and_asking_again_finds_it(world: World) -> None:
    connection = world.connect("openai")
    queued = progress(world, connection)
    assert (queued.state, queued.windows_done, queued.windows_total) == ("queued", 0, None)
    again = request_sync(world.database, org_id=world.org_id, connection_id=connection.id, now=world.clock.now())
    assert again == queued.id


def test_a_request_is_claimed_once_until_its_lease_runs_out(world: World) -> None:
    world.connect("openai")
    first = claim_sync_request(world.database, now=world.clock.now())
    assert first is not None
    assert claim_sync_request(world.database, now=world.clock.now() + LEASE) is None
    assert claim_sync_request(world.database, now=world.clock.now() + LEASE + timedelta(seconds=1)) == first


def test_two_workers_never_claim_one_request(world: World) -> None:
    for provider in ("openai", "anthropic", "openrouter"):
        world.connect(provider)
    claimed: list[int] = []

    def work() -> None:
        while request := claim_sync_request(world.database, now=world.clock.now()):
            claimed.append(request.id)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(claimed) == len(set(claimed)) == 3


def test_a_sync_shows_its_windows_and_its_end(world: World) -> None:
    connection = world.connect("openai")
    request = claim_sync_request(world.database, now=world.clock.now())
    assert request is not None
    poll = poll_sync_request(world.database, world.providers, world.secrets, world.clock, request)
    polled = progress(world, connection)
    assert (polled.state, polled.windows_done, polled.windows_total) == ("polling", len(poll.reads), len(poll.reads))
    mark_building(world.database, request.id, now=world.clock.now())
    assert progress(world, connection).state == "building"
    finish_sync(world.database, request.id, now=world.clock.now())
    finish_sync(world.database, request.id, now=world.clock.now(), error=("late", "Too late."))
    done = progress(world, connection)
    assert (done.state, done.error_code, done.finished_at) == ("succeeded", None, world.clock.now())


def test_deleting_the_connection_ends_its_request(world: World) -> None:
    connection = world.connect("openai")
    request = claim_sync_request(world.database, now=world.clock.now())
    assert request is not None
    delete(
        world.database, world.providers, world.secrets, world.clock, org_id=world.org_id, connection_id=connection.id
    )
    assert claim_sync_request(world.database, now=world.clock.now() + LEASE * 2) is None
    assert poll_sync_request(world.database, world.providers, world.secrets, world.clock, request).outcome == "gone"


def test_a_sync_that_finds_its_account_busy_is_queued_again(world: World) -> None:
    connection = world.connect("openai")
    request = claim_sync_request(world.database, now=world.clock.now())
    assert request is not None

    async def sync_beside() -> str:
        async with account_lock(world.database, connection.account_id, patience=timedelta(0)):
            poll = await asyncio.to_thread(
                poll_sync_request,
                world.database,
                world.providers,
                world.secrets,
                world.clock,
                request,
                patience=world.patience,
            )
            return poll.outcome

    assert asyncio.run(sync_beside()) == "skipped"
    assert progress(world, connection).state == "queued"
    assert claim_sync_request(world.database, now=world.clock.now()) == request


def test_a_sync_of_a_stopped_connection_fails_without_asking_the_provider(world: World) -> None:
    connection = world.connect("openai")
    with world.database.worker() as session:
        session.execute("update ops.connections set status = 'skipped'")
    world.sandbox.forget_requests()
    world.sync()
    failed = progress(world, connection)
    assert (failed.state, failed.error_code) == ("failed", "needs-reauthentication")
    assert world.sandbox.requests() == []


def test_another_organizations_connection_cannot_be_synced(world: World) -> None:
    connection = world.connect("openai")
    other = an_organization(world.database, name="Other", owner="other@example.com", now=world.clock.now())
    with pytest.raises(ConnectionNotFoundError):
        request_sync(world.database, org_id=other, connection_id=connection.id, now=world.clock.now())
