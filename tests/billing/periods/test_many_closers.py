"""Eight closers and too little stock: nothing double, all or nothing a period, all closed after a restock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from billing.close import close_due
from billing.credits.invariants import broken_invariants
from billing.credits.waiting import wake_waiting_periods
from core.clock import FixedClock
from core.database import Database, fetch_one
from tests.billing.credits.ledger import NOW, a_block, a_period, an_organization, retire

pytestmark = pytest.mark.database

CLOSERS = 8
PERIODS = 200
GRAMS = 9_000


def close_with_eight(database: Database, later: timedelta) -> None:
    clock = FixedClock(NOW + later)
    with ThreadPoolExecutor(CLOSERS) as closers:
        closings = [closers.submit(close_due, database, clock=clock, policy="removal_first") for _ in range(CLOSERS)]
    for closing in closings:
        closing.result()


def by_state(database: Database) -> dict[str, int]:
    with database.worker() as connection:
        rows = connection.execute("select state, count(*) as count from ops.billing_periods group by state").fetchall()
        assert broken_invariants(connection) == {}
    return {row["state"]: row["count"] for row in rows}


def test_eight_closers_allot_a_scarce_stock_once(database: Database) -> None:
    org_ids = [an_organization(database, f"org {number}") for number in range(PERIODS // 10)]
    for number in range(PERIODS):
        a_period(database, org_ids[number // 10], grams=GRAMS, months_ago=number % 10)
    retire(database, a_block(database, units=1), units=1)  # 1,000,000 g: 111 periods and a rest of 1,000 g
    close_with_eight(database, timedelta(0))
    assert by_state(database) == {"closed": 111, "awaiting_credits": 89}
    close_with_eight(database, timedelta(minutes=30))
    assert by_state(database) == {"closed": 111, "awaiting_credits": 89}
    retire(database, a_block(database, units=1, issuance_scope="restock"), units=1)
    wake_waiting_periods(database, now=NOW + timedelta(minutes=40))
    close_with_eight(database, timedelta(minutes=40))
    assert by_state(database) == {"closed": PERIODS}
    with database.worker() as connection:
        allotted = fetch_one(connection, "select sum(upper(grams) - lower(grams)) as grams from ops.allocations")
        alerts = fetch_one(connection, "select count(*) as count from ops.outbox where title = 'Credits are short'")
        retired = fetch_one(
            connection, "select count(*) as count from ops.billing_period_moves where to_state = 'closed'"
        )
    assert (allotted["grams"], alerts["count"], retired["count"]) == (PERIODS * GRAMS, 89, PERIODS)
