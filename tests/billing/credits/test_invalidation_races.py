"""Units taken back while grams of them are allotted, and a process that dies on the way: no gram is lost or kept."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from billing.credits.allocation import allocate
from billing.credits.invalidation import Invalidated, invalidate
from billing.credits.invariants import broken_invariants
from billing.credits.refill import refill_due
from core.database import Database, DatabaseUrls
from tests.billing.credits.invalidator import TakeBackJob, came_to_its_end, take_back_and_refill
from tests.billing.credits.ledger import (
    NOW,
    a_block,
    a_closed_period,
    a_period,
    an_organization,
    grams_in_force,
    retire,
)
from tests.mortal import Side

pytestmark = [pytest.mark.database, pytest.mark.exhaustive]

SIDE_BY_SIDE = 6
GRAMS = [90_000 + 7_001 * number for number in range(18)]  # 2.7 t in all
UNITS = [2, 3, 5, 6]  # of twelve that are retired


def grams_of(database: Database, period_id: int) -> int:
    return sum(stop - start for start, stop in grams_in_force(database, period_id))


def test_units_are_taken_back_while_grams_are_allotted_and_given_back(database_url: str) -> None:
    with Database(DatabaseUrls(admin=database_url), pool_size=SIDE_BY_SIDE) as database:
        ada, block = an_organization(database), a_block(database, units=12)
        retire(database, block, units=12)
        wanted = {a_period(database, ada, grams=grams, months_ago=number): grams for number, grams in enumerate(GRAMS)}

        def allot(period_id: int) -> None:
            with database.worker() as connection:
                asked = {"org_id": ada, "period_id": period_id, "grams": wanted[period_id]}
                assert allocate(connection, policy="cheapest", now=NOW, **asked) == "allotted"

        def take_back(unit: int) -> None:
            invalidate(database, block_id=block, units=range(unit, unit + 1), reason="gone", actor="operator", now=NOW)

        def refill(_number: int) -> None:
            refill_due(database, policy="cheapest", now=NOW)

        acts: list[tuple[Callable[[int], None], int]] = [(allot, period) for period in wanted]
        acts += [(take_back, unit) for unit in UNITS * 2]
        acts += [(refill, number) for number in range(6)]
        random.Random(5).shuffle(acts)
        with ThreadPoolExecutor(SIDE_BY_SIDE) as people:
            done = [people.submit(act, subject) for act, subject in acts]
        for future in done:
            future.result()
        refill(0)
        with database.worker() as connection:
            assert broken_invariants(connection) == {}
            assert connection.execute("select * from ops.credit_refills").fetchall() == []
            assert connection.execute("select * from ops.periods_lacking_grams").fetchall() == []
        assert {period: grams_of(database, period) for period in wanted} == wanted


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_kill_at_any_commit_changes_nothing(database: Database, database_url: str, side: Side) -> None:
    """One commit that invalidates, one a period that gets its grams back."""
    ada, block = an_organization(database), a_block(database, units=12)
    retire(database, block, units=12)
    periods = [a_closed_period(database, ada, grams=400_000, months_ago=number) for number in range(2)]
    for number in range(3):
        job = TakeBackJob(database_url, block, range(number + 1, number + 2))
        assert not came_to_its_end(replace(job, kill_at=(number + 1, side)))
        take_back_and_refill(database, job)
        assert [grams_in_force(database, period) for period in periods] == [
            [((number + 1) * 1_000_000 + 400_000 * place, (number + 1) * 1_000_000 + 400_000 * (place + 1))]
            for place in range(2)
        ]
        with database.worker() as connection:
            assert broken_invariants(connection) == {}
            counts = connection.execute(
                "select (select count(*) from ops.credit_invalidations) as invalidations,"
                " (select count(*) from ops.voided_allocations) as voided,"
                " (select count(*) from ops.allocations) as allocations"
            ).fetchall()
        assert counts == [{"invalidations": number + 1, "voided": 2 * (number + 1), "allocations": 2 * (number + 2)}]


def test_invalidating_side_by_side_says_each_unit_once(database_url: str) -> None:
    with Database(DatabaseUrls(admin=database_url), pool_size=SIDE_BY_SIDE) as database:
        block = a_block(database)

        def take_back(first: int) -> Invalidated:
            units = range(first, first + 4)
            return invalidate(database, block_id=block, units=units, reason="gone", actor="operator", now=NOW)

        with ThreadPoolExecutor(SIDE_BY_SIDE) as people:
            new = [done.new_units for done in people.map(take_back, [1, 2, 3, 4, 5, 6])]
        assert sum(new) == 9
        with database.worker() as connection:
            rows = connection.execute("select ops.invalidated_units(%s)::text as units", [block]).fetchall()
        assert rows == [{"units": "{[1,10)}"}]
