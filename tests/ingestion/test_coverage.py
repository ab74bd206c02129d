"""Each hour of an account has one of five states, and the watermark stops at the first unread one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.account_state import FamilyCoverage
from ingestion.connections import ConnectionView, delete, get_connection
from ingestion.coverage import CoverageSpan, coverage
from ingestion.spans import EARLIEST, Span, merged
from ingestion.watermark import Reach, reach
from tests.ingestion.world import World, an_organization

ORIGIN = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def covered(world: World, connection: ConnectionView, start: datetime, end: datetime) -> list[CoverageSpan]:
    return coverage(
        world.database,
        org_id=world.org_id,
        account_id=connection.account_id,
        start=start,
        end=end,
        now=world.clock.now(),
    )


@pytest.mark.database
def test_a_new_connection_misses_everything_until_it_is_polled(world: World) -> None:
    connection = world.connect("openai")
    start, end = NOW - timedelta(days=2), NOW + timedelta(hours=2)
    assert covered(world, connection, start, end) == [
        CoverageSpan("missing", start, NOW - timedelta(hours=1)),
        CoverageSpan("not-yet", NOW - timedelta(hours=1), end),
    ]
    world.sync()
    assert covered(world, connection, start, end) == [
        CoverageSpan("known", start, NOW),
        CoverageSpan("not-yet", NOW, end),
    ]


@pytest.mark.database
def test_history_is_missing_until_the_backfill_and_none_before_the_provider_has_any(world: World) -> None:
    connection = world.connect("openai")
    world.sync()
    first, limit = datetime(2026, 10, 23, tzinfo=UTC), datetime(2025, 11, 22, tzinfo=UTC)
    start = limit - timedelta(days=1)
    assert covered(world, connection, start, NOW) == [
        CoverageSpan("provider-has-none", start, limit),
        CoverageSpan("missing", limit, first),
        CoverageSpan("known", first, NOW),
    ]
    world.poll("backfill")
    assert covered(world, connection, start, NOW) == [
        CoverageSpan("provider-has-none", start, limit),
        CoverageSpan("known", limit, NOW),
    ]
    assert get_connection(world.database, world.org_id, connection.id).history_from == limit


@pytest.mark.database
def test_hours_without_a_connection_are_said_to_be_so_and_read_when_it_returns(world: World) -> None:
    connection = world.connect("openai")
    world.sync()
    delete(
        world.database, world.providers, world.secrets, world.clock, org_id=world.org_id, connection_id=connection.id
    )
    world.advance(timedelta(hours=5))
    later = NOW + timedelta(hours=4)
    assert covered(world, connection, NOW - timedelta(hours=1), later) == [
        CoverageSpan("known", NOW - timedelta(hours=1), NOW),
        CoverageSpan("not-connected", NOW, later),
    ]
    world.connect("openai")
    world.sync()
    assert covered(world, connection, NOW - timedelta(hours=1), later) == [
        CoverageSpan("known", NOW - timedelta(hours=1), later)
    ]


@pytest.mark.database
def test_one_family_that_fails_keeps_the_watermark(world: World) -> None:
    connection = world.connect("openai")
    world.sync()
    world.advance(timedelta(hours=2))
    rule = {"provider": "openai", "endpoint": "embeddings", "kind": "truncated_page"}
    world.sandbox.faults([rule | {"parameters": {"how": "no_next_page"}}])
    world.poll()
    assert get_connection(world.database, world.org_id, connection.id).data_through == NOW
    assert covered(world, connection, NOW, NOW + timedelta(hours=2))[0].state == "missing"
    world.sandbox.clear_faults()
    world.poll()
    assert get_connection(world.database, world.org_id, connection.id).data_through == NOW + timedelta(hours=2)


@pytest.mark.database
def test_a_long_outage_is_read_up_by_the_next_hourly_poll(world: World) -> None:
    connection = world.connect("openai")
    world.sync()
    world.advance(timedelta(hours=20))
    world.poll("hourly")
    assert [span.state for span in covered(world, connection, NOW, NOW + timedelta(hours=20))] == ["known"]


@pytest.mark.database
def test_another_organization_learns_nothing_of_an_accounts_hours(world: World) -> None:
    connection = world.connect("openai")
    world.sync()
    other = an_organization(world.database, name="Other", owner="other@example.com", now=NOW)
    spans = coverage(
        world.database,
        org_id=other,
        account_id=connection.account_id,
        start=NOW - timedelta(days=1),
        end=NOW,
        now=NOW,
    )
    assert spans == [CoverageSpan("not-connected", NOW - timedelta(days=1), NOW)]


hours = st.integers(0, 30).map(lambda n: ORIGIN + timedelta(hours=n))
coverages = st.lists(st.tuples(hours, hours), max_size=5).map(
    lambda edges: FamilyCoverage(merged(Span(*edge) for edge in edges), (Span(EARLIEST, ORIGIN),))
)


@given(st.lists(coverages, min_size=1, max_size=3), hours)
def test_the_reach_holds_no_hour_that_a_family_has_not_read(families: list[FamilyCoverage], anchor: datetime) -> None:
    found = reach(families, anchor=anchor)

    def is_read(instant: datetime) -> bool:
        return all(any(span.start <= instant < span.end for span in family.known) for family in families)

    if found is None:
        assert not is_read(anchor)
        return
    each_hour = range(int((found.data_through - found.history_from) / timedelta(hours=1)))
    assert all(is_read(found.history_from + timedelta(hours=n)) for n in each_hour)
    assert not is_read(found.data_through)


def test_what_the_provider_never_had_is_no_hole() -> None:
    none = (Span(EARLIEST, ORIGIN + timedelta(hours=5)),)
    known = (Span(ORIGIN + timedelta(hours=5), ORIGIN + timedelta(hours=9)),)
    found = reach([FamilyCoverage(known, none)], anchor=ORIGIN)
    assert found == Reach(ORIGIN + timedelta(hours=5), ORIGIN + timedelta(hours=9))
