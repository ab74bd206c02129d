"""Answers that the sandbox cannot be made to give: warnings, clamped ranges, doubles, a quiet account that wakes up."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.clock import FixedClock
from core.database import Database, fetch_one
from ingestion.connections import change_endpoint, delete, get_connection, list_connections
from ingestion.corrections import correct_usage, list_corrections
from ingestion.coverage import coverage
from ingestion.mapping import read_mapping
from ingestion.projects import list_projects
from ingestion.usage_row import UsageWindow
from ingestion.workloads import Selector
from tests.ingestion.fake_provider import FIRST, SECOND, FakeProvider, a_row
from tests.ingestion.raw_truth import raw_cells, raw_facts
from tests.ingestion.world import QuietWorld, a_quiet_world

pytestmark = pytest.mark.database

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
YESTERDAY = datetime(2026, 11, 21, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def world(database: Database, clock: FixedClock, tmp_path: Path, provider: FakeProvider) -> QuietWorld:
    return a_quiet_world(database, clock, tmp_path, provider)


def counted_tokens(world: QuietWorld, account_id: int) -> int:
    return sum(cell.input for cell in raw_cells(world.database, account_id).values())


def test_an_answer_with_a_warning_counts_when_it_is_said_twice(world: QuietWorld, provider: FakeProvider) -> None:
    provider.rows = [a_row(YESTERDAY, tokens=100)]
    provider.warnings = ("the answer is partial",)
    connection = world.connect("openai")
    world.sync()
    assert counted_tokens(world, connection.account_id) == 0
    assert get_connection(world.database, world.org_id, connection.id).data_through is None
    world.advance(HALF_AN_HOUR)
    world.poll()
    assert counted_tokens(world, connection.account_id) == 100
    assert get_connection(world.database, world.org_id, connection.id).data_through == NOON


def test_an_answer_that_changes_its_mind_waits_anew(world: QuietWorld, provider: FakeProvider) -> None:
    provider.rows = [a_row(YESTERDAY, tokens=100)]
    provider.warnings = ("the answer is partial",)
    connection = world.connect("openai")
    world.sync()
    world.advance(HALF_AN_HOUR)
    provider.rows = [a_row(YESTERDAY, tokens=150)]
    world.poll()
    assert counted_tokens(world, connection.account_id) == 0
    world.advance(HALF_AN_HOUR)
    world.poll()
    assert counted_tokens(world, connection.account_id) == 150


def test_a_clamped_range_never_removes_what_the_provider_has_forgotten(
    world: QuietWorld, provider: FakeProvider
) -> None:
    old, recent = YESTERDAY - timedelta(days=6), YESTERDAY
    provider.rows = [a_row(old, tokens=100), a_row(recent, tokens=7)]
    connection = world.connect("openai")
    world.sync()
    provider.oldest = YESTERDAY - timedelta(days=3)
    for _ in range(3):
        world.poll("monthly")
        world.advance(HALF_AN_HOUR)
    assert counted_tokens(world, connection.account_id) == 107


def test_history_that_the_provider_turns_out_not_to_have_is_no_hole(world: QuietWorld, provider: FakeProvider) -> None:
    provider.oldest = NOON - timedelta(days=20)
    connection = world.connect("openai")
    world.sync()
    world.advance(HALF_AN_HOUR)
    world.poll()
    start = NOON - timedelta(days=25)
    spans = coverage(
        world.database,
        org_id=world.org_id,
        account_id=connection.account_id,
        start=start,
        end=NOON,
        now=world.clock.now(),
    )
    assert [(span.state, span.start, span.end) for span in spans] == [
        ("provider-has-none", start, provider.oldest),
        ("known", provider.oldest, NOON),
    ]
    assert get_connection(world.database, world.org_id, connection.id).data_through == NOON


def test_exactly_a_fifth_may_go_at_once_and_one_token_more_may_not(world: QuietWorld, provider: FakeProvider) -> None:
    stays, goes = a_row(YESTERDAY, tokens=80, project="stays"), a_row(YESTERDAY, tokens=20, project="goes")
    provider.rows = [stays, goes]
    connection = world.connect("openai")
    world.sync()
    provider.rows = [stays]
    assert world.poll("daily").rows_removed == 1
    provider.rows = [stays, a_row(YESTERDAY, tokens=21, project="goes")]
    world.poll("daily")
    provider.rows = [stays]
    assert world.poll("daily").suspects == 1
    assert counted_tokens(world, connection.account_id) == 101


def test_a_row_that_comes_and_goes_keeps_all_its_revisions(world: QuietWorld, provider: FakeProvider) -> None:
    always, sometimes = a_row(YESTERDAY, tokens=1000), a_row(YESTERDAY, tokens=5, project="proj_2")
    provider.rows = [always, sometimes]
    connection = world.connect("openai")
    world.sync()
    for rows in ([always], [always], [always, sometimes], [always, sometimes]):
        provider.rows = rows
        world.poll("daily")
    revisions = [
        (revision, is_tombstone, tokens)
        for revision, is_tombstone, _, _, project, _, tokens, *_ in raw_facts(world.database, connection.account_id)
        if project == "proj_2"
    ]
    assert revisions == [(1, False, 5), (2, True, 0), (3, False, 5)]


def test_a_row_that_came_twice_counts_once_and_a_contradiction_is_refused(
    world: QuietWorld, provider: FakeProvider
) -> None:
    provider.rows = [a_row(YESTERDAY, tokens=100), a_row(YESTERDAY, tokens=100)]
    connection = world.connect("openai")
    world.sync()
    assert counted_tokens(world, connection.account_id) == 100
    provider.rows = [a_row(YESTERDAY, tokens=100), a_row(YESTERDAY, tokens=101)]
    assert world.poll("daily").error_codes == ("unreadable-answer",)
    assert counted_tokens(world, connection.account_id) == 100


def test_what_the_provider_has_not_counted_yet_is_not_known(world: QuietWorld, provider: FakeProvider) -> None:
    provider.rows = [a_row(NOON - timedelta(hours=4), tokens=100), a_row(NOON - timedelta(hours=1), tokens=1)]
    provider.counted_through = NOON - timedelta(hours=2, minutes=10)
    connection = world.connect("openai")
    world.sync()
    assert counted_tokens(world, connection.account_id) == 101
    view = get_connection(world.database, world.org_id, connection.id)
    assert view.data_through == NOON - timedelta(hours=3)


def test_a_quiet_account_that_wakes_up_under_another_key_is_recognised(
    world: QuietWorld, provider: FakeProvider
) -> None:
    provider.rows = [a_row(YESTERDAY - timedelta(days=20), tokens=100, project="proj_known")]
    first = world.connect("openai")
    world.sync()
    delete(world.database, world.providers, world.secrets, world.clock, org_id=world.org_id, connection_id=first.id)
    again = world.connect("openai")
    assert again.account_id != first.account_id
    world.sync()
    (view,) = list_connections(world.database, world.org_id)
    assert (view.id, view.account_id) == (again.id, first.account_id)
    # Who edits the mapping of the account that went is told.
    assert read_mapping(world.database, world.org_id, again.id).version == 2
    assert counted_tokens(world, first.account_id) == 100
    with world.database.worker() as connection:
        assert fetch_one(connection, "select count(*) as accounts from ops.provider_accounts")["accounts"] == 1


def test_a_correction_of_a_quiet_account_comes_along_when_it_is_recognised(
    world: QuietWorld, provider: FakeProvider
) -> None:
    provider.rows = [a_row(YESTERDAY - timedelta(days=20), tokens=100, project="proj_known")]
    first = world.connect("openai")
    world.sync()
    delete(world.database, world.providers, world.secrets, world.clock, org_id=world.org_id, connection_id=first.id)
    again = world.connect("openai")
    (project,) = list_projects(world.database, world.org_id)
    made = correct_usage(
        world.database,
        org_id=world.org_id,
        connection_id=again.id,
        selector=Selector("project", "proj_known"),
        start=None,
        end=world.clock.now(),
        project_id=project.id,
        reason="It was here all the time.",
        actor="user_someone",
        now=world.clock.now(),
    )
    world.sync()
    (correction,) = list_corrections(world.database, world.org_id)
    assert correction == made._replace(account_id=first.account_id)
    with world.database.worker() as connection:
        touches = connection.execute(
            "select account_id, days = '(,)'::daterange as of_all_days from ops.usage_touches"
            " where cause = 'account-resumed'"
        ).fetchall()
    assert touches == [{"account_id": first.account_id, "of_all_days": True}]


def test_two_active_connections_that_turn_out_to_be_one_account_do_not_count_twice(
    world: QuietWorld, provider: FakeProvider
) -> None:
    provider.rows = [a_row(YESTERDAY, tokens=100)]
    first = world.connect("openai", label="The first")
    second = world.connect("openai")
    world.sync()
    stopped = get_connection(world.database, world.org_id, second.id)
    assert (stopped.status, stopped.error_code) == ("error", "account-already-connected")
    assert "The first" in (stopped.error_sentence or "")
    assert counted_tokens(world, first.account_id) == 100
    assert counted_tokens(world, second.account_id) == 0


def test_an_empty_answer_of_the_new_endpoint_does_not_switch(world: QuietWorld, provider: FakeProvider) -> None:
    today = NOON - timedelta(hours=3)
    provider.rows = [a_row(today, tokens=100)]
    connection = world.connect("openai")
    world.sync()
    change_endpoint(
        world.database,
        world.providers,
        world.secrets,
        org_id=world.org_id,
        connection_id=connection.id,
        usage_endpoint="second",
        now=world.clock.now(),
    )
    world.sync()
    assert counted_tokens(world, connection.account_id) == 100
    provider.rows.append(a_row(today, tokens=100, stream=SECOND))
    world.advance(timedelta(hours=1))
    world.poll()
    assert counted_tokens(world, connection.account_id) == 100
    assert (SECOND, UsageWindow(NOON.replace(hour=0), NOON)) in provider.asked
    provider.asked.clear()
    world.poll("daily")
    assert [stream for stream, _ in provider.asked] == [FIRST, SECOND]


def test_an_endpoint_that_was_switched_away_from_may_be_withdrawn(world: QuietWorld, provider: FakeProvider) -> None:
    today = NOON - timedelta(hours=3)
    provider.rows = [a_row(YESTERDAY, tokens=10), a_row(today, tokens=100), a_row(today, tokens=100, stream=SECOND)]
    connection = world.connect("openai")
    world.sync()
    change_endpoint(
        world.database,
        world.providers,
        world.secrets,
        org_id=world.org_id,
        connection_id=connection.id,
        usage_endpoint="second",
        now=world.clock.now(),
    )
    world.sync()
    provider.withdrawn = frozenset({FIRST})
    for _ in range(6):
        world.advance(timedelta(hours=1))
        assert world.poll("daily").permanent_failures == 0
    view = get_connection(world.database, world.org_id, connection.id)
    assert (view.status, view.data_through) == ("active", NOON + timedelta(hours=6))
    assert counted_tokens(world, connection.account_id) == 110


def test_shards_divide_the_accounts(world: QuietWorld, provider: FakeProvider) -> None:
    provider.external_id = "first"
    world.connect("openai")
    for name in ("second", "third"):
        provider.external_id = name
        world.connect("openai")
    polled = [world.poll(shard=shard, shards=2).connections_polled for shard in (0, 1)]
    assert sorted(polled) == [1, 2]
