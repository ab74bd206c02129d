"""What people do to a quiet account's mapping before its first usage shows that it is a known one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.clock import FixedClock
from core.database import Database
from ingestion.connection_view import ConnectionView
from ingestion.connections import delete
from ingestion.mapping import WHOLE_ACCOUNT, MappingChange, Selector, change_mapping, read_mapping
from ingestion.projects import create_project, list_projects
from tests.ingestion.fake_provider import FakeProvider, a_row
from tests.ingestion.world import QuietWorld, a_quiet_world

pytestmark = pytest.mark.database

YESTERDAY = datetime(2026, 11, 21, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY, WORKSPACE = Selector("api_key", "key_1"), Selector("project", "proj_known")


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def world(database: Database, clock: FixedClock, tmp_path: Path, provider: FakeProvider) -> QuietWorld:
    return a_quiet_world(database, clock, tmp_path, provider)


def a_project(world: QuietWorld, name: str) -> int:
    return create_project(world.database, org_id=world.org_id, name=name, actor="user_1", now=world.clock.now()).id


def map_to(
    world: QuietWorld, connection: ConnectionView, *changes: tuple[Selector, int | None], at: datetime | None = None
) -> None:
    version = read_mapping(world.database, world.org_id, connection.id).version
    change_mapping(
        world.database,
        org_id=world.org_id,
        connection_id=connection.id,
        version=version,
        changes=[MappingChange(*change) for change in changes],
        effective_at=at,
        actor="user_1",
        now=world.clock.now(),
    )


def spans(world: QuietWorld, connection: ConnectionView) -> set[tuple[Selector, int, datetime | None, datetime | None]]:
    view = read_mapping(world.database, world.org_id, connection.id)
    return {(each.selector, each.project_id, each.starts_at, each.ends_at) for each in view.workloads}


def a_known_account_left(world: QuietWorld, provider: FakeProvider) -> tuple[ConnectionView, int, datetime]:
    """A connection whose account's part `proj_known` goes to a project of its own, and when it was deleted."""
    provider.rows = [a_row(YESTERDAY - timedelta(days=20), tokens=100, project="proj_known")]
    first = world.connect("openai")
    world.sync()
    before = a_project(world, "Before")
    map_to(world, first, (WORKSPACE, before))
    mapped_at = world.clock.now()
    world.advance(HOUR)
    delete(world.database, world.providers, world.secrets, world.clock, org_id=world.org_id, connection_id=first.id)
    world.advance(HOUR)
    return first, before, mapped_at


def test_what_was_mapped_and_planned_counts_from_its_own_instants(world: QuietWorld, provider: FakeProvider) -> None:
    first, before, mapped_at = a_known_account_left(world, provider)
    (default, *_) = list_projects(world.database, world.org_id)
    later = a_project(world, "Later")
    again = world.connect("openai")
    assert again.account_id != first.account_id
    edited_at, planned_at = world.clock.now(), world.clock.now() + 48 * HOUR
    map_to(world, again, (KEY, later), (WORKSPACE, later))
    map_to(world, again, (WHOLE_ACCOUNT, later), at=planned_at)
    world.advance(HOUR)
    map_to(world, again, (KEY, None))
    taken_away_at = world.clock.now()
    world.advance(HOUR)
    world.sync()
    assert spans(world, again) == {
        (WHOLE_ACCOUNT, default.id, None, planned_at),
        (WHOLE_ACCOUNT, later, planned_at, None),
        (WORKSPACE, before, mapped_at, edited_at),
        (WORKSPACE, later, edited_at, None),
        (KEY, later, edited_at, taken_away_at),
    }
    with world.database.worker() as connection:
        told = connection.execute(
            "select actor, subject from ops.audit_log where act = 'mapping.changed' and at = %s", [world.clock.now()]
        ).fetchall()
        touched = connection.execute(
            "select account_id from ops.usage_touches where cause = 'account-resumed'"
        ).fetchall()
    assert told == [{"actor": f"conn_{again.id}", "subject": f"conn_{again.id}"}]
    assert touched == [{"account_id": first.account_id}]


def test_the_project_that_was_chosen_with_the_connection_is_kept(world: QuietWorld, provider: FakeProvider) -> None:
    _, before, mapped_at = a_known_account_left(world, provider)
    (default, *_) = list_projects(world.database, world.org_id)
    chosen = a_project(world, "Chosen")
    again = world.connect("openai", project_id=chosen)
    world.advance(HOUR)
    world.sync()
    assert spans(world, again) == {
        (WHOLE_ACCOUNT, default.id, None, again.created_at),
        (WHOLE_ACCOUNT, chosen, again.created_at, None),
        (WORKSPACE, before, mapped_at, None),
    }


def test_usage_that_was_read_before_the_known_account_was_left_stays(world: QuietWorld, provider: FakeProvider) -> None:
    provider.rows = []
    quiet = world.connect("openai", label="Quiet")
    world.sync()
    mapped = a_project(world, "Mapped")
    map_to(world, quiet, (WHOLE_ACCOUNT, mapped))
    (default, *_) = list_projects(world.database, world.org_id)
    provider.rows = [a_row(world.clock.now() - 2 * HOUR, tokens=100, project="proj_known")]
    world.advance(HOUR)
    other = world.connect("openai", label="Read first")
    world.sync()
    world.advance(HOUR)
    delete(world.database, world.providers, world.secrets, world.clock, org_id=world.org_id, connection_id=other.id)
    left_at = world.clock.now()
    world.advance(HOUR)
    world.poll()
    assert spans(world, quiet) == {
        (WHOLE_ACCOUNT, default.id, None, left_at),
        (WHOLE_ACCOUNT, mapped, left_at, None),
    }
