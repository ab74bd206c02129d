"""SIGKILL anywhere, then again: raw is what it would have been without."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from core.clock import FixedClock
from core.database import Database
from ingestion.connections import list_connections
from tests.conftest import NOON
from tests.ingestion.poll_process import Job, Worker
from tests.ingestion.raw_truth import hashes_counted_twice, raw_cells, raw_facts
from tests.ingestion.test_replay import the_trace
from tests.ingestion.world import World, a_world
from tests.sandbox_process import SandboxHandle

pytestmark = [pytest.mark.database, pytest.mark.exhaustive]

PROVIDER = "openai"  # the one with two endpoint families and several pages a window
BEFORE_REVISION = datetime(2026, 11, 22, 6, 10, tzinfo=UTC)
LEASE_IS_OVER = NOON + timedelta(minutes=11)
REVISION = {"at": "2026-11-22T06:30:00Z", "share_percent": 50}
REATTRIBUTION = {"at": "2026-11-22T06:30:00Z", "share_percent": 5, "value": None}


class Scene:
    """Organizations one after another, each to be polled by a process that is killed, and then again."""

    def __init__(self, database: Database, folder: Path, sandbox: SandboxHandle) -> None:
        self.database, self.folder, self.sandbox = database, folder, sandbox

    def an_organization(self, *, is_polled_before: bool) -> tuple[World, Job]:
        """A new one, at noon; polled before the provider revised half of the usage and moved some of it, or never."""
        clock = FixedClock(BEFORE_REVISION if is_polled_before else NOON)
        self.sandbox.set_clock(clock.now())
        world = a_world(self.database, clock, self.folder, self.sandbox)
        if is_polled_before:
            world.connect(PROVIDER)
            world.sync()
            world.advance(NOON - clock.now())
        job = Job(
            database_url=self.database.urls.admin,
            vault=self.folder / "vault",
            urls=self.sandbox.base_urls,
            org_id=world.org_id,
            provider=PROVIDER,
            now=NOON,
            polls_week=is_polled_before,
        )
        return world, job

    def facts_after_running_again(self, world: World, job: Job) -> list[tuple[Any, ...]]:
        """What raw holds once the job came to its end, which must be the trace; the organization is then left alone."""
        deadline = time.monotonic() + 120
        while True:  # the killed process's lock may outlive it by a moment, and its account be skipped
            assert Worker(replace(job, now=LEASE_IS_OVER, kill_at=None)).came_to_its_end()
            (view,) = list_connections(self.database, world.org_id)
            if raw_cells(self.database, view.account_id) == the_trace(PROVIDER):
                break
            assert time.monotonic() < deadline, "the second run does not end in the truth"
        assert hashes_counted_twice(self.database) == 0
        with self.database.worker() as connection:
            connection.execute("update ops.connections set status = 'skipped' where org_id = %s", [world.org_id])
        return raw_facts(self.database, view.account_id)


@pytest.fixture
def scene(database: Database, tmp_path: Path, module_sandbox: SandboxHandle) -> Iterator[Scene]:
    module_sandbox.clear_faults()
    module_sandbox.faults(
        [
            {"provider": PROVIDER, "kind": "revision", "parameters": REVISION},
            {"provider": PROVIDER, "kind": "reattribution", "parameters": REATTRIBUTION},
        ]
    )
    yield Scene(database, tmp_path, module_sandbox)
    module_sandbox.clear_faults()


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("is_polled_before", [False, True], ids=["connect and sync", "re-read revised usage"])
def test_a_kill_at_any_commit_changes_nothing(
    scene: Scene, side: Literal["before", "after"], *, is_polled_before: bool
) -> None:
    world, job = scene.an_organization(is_polled_before=is_polled_before)
    assert Worker(job).came_to_its_end()
    untouched = scene.facts_after_running_again(world, job)
    assert {fact[0] for fact in untouched} == ({1, 2} if is_polled_before else {1})
    is_killed, kills = True, 0
    while is_killed:
        world, job = scene.an_organization(is_polled_before=is_polled_before)
        is_killed = not Worker(replace(job, kill_at=(kills + 1, side))).came_to_its_end()
        assert scene.facts_after_running_again(world, job) == untouched, f"killed {side} commit {kills + 1}"
        kills += is_killed
    assert kills >= (3 if is_polled_before else 9)


def test_a_kill_between_pages_stores_nothing_of_the_window(scene: Scene) -> None:
    world, job = scene.an_organization(is_polled_before=False)
    connection = world.connect(PROVIDER)
    scene.sandbox.forget_requests()
    rule = {"provider": PROVIDER, "endpoint": "completions", "kind": "slow", "parameters": {"delay_ms": 20_000}}
    scene.sandbox.faults([rule | {"from_request": 3}])
    worker = Worker(job)
    deadline = time.monotonic() + 120
    while len(scene.sandbox.requests()) < 2:
        assert time.monotonic() < deadline, "two pages were never asked for"
    worker.kill()
    assert not worker.came_to_its_end()
    assert raw_cells(scene.database, connection.account_id) == {}
    scene.sandbox.clear_faults()
    scene.facts_after_running_again(world, job)


def test_kills_at_twenty_random_instants_change_nothing(scene: Scene) -> None:
    world, job = scene.an_organization(is_polled_before=True)
    began = time.monotonic()
    assert Worker(job).came_to_its_end()
    lasted = time.monotonic() - began
    untouched = scene.facts_after_running_again(world, job)
    instants = random.Random(20261122)
    for _ in range(20):
        world, job = scene.an_organization(is_polled_before=True)
        worker = Worker(job)
        worker.kill_after(instants.uniform(0, lasted))
        worker.came_to_its_end()
        assert scene.facts_after_running_again(world, job) == untouched
