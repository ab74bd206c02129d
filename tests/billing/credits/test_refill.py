"""Periods that lost grams get as many fresh ones, all or none: at once, or when there are some again."""

from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from billing.credits.allocation import allocate
from billing.credits.invariants import broken_invariants
from billing.credits.tend import tend_pool
from billing.credits.waiting import wake_waiting_periods
from core.database import Database
from core.settings import Settings
from tests.billing.credits.ledger import (
    NOW,
    a_block,
    a_closed_period,
    allocations,
    an_organization,
    grams_in_force,
    refill,
    retire,
    settle_all,
    take_back,
)

pytestmark = pytest.mark.database

TONNE = 1_000_000


def alerts(database: Database) -> list[str]:
    with database.worker() as connection:
        rows = connection.execute(
            "select body from ops.outbox where starts_with(dedupe_key, 'credits_lost:') order by id"
        ).fetchall()
        assert broken_invariants(connection) == {}
    return [row["body"].partition(" since ")[0] for row in rows]


def test_a_period_waits_until_all_that_it_lost_is_there(database: Database) -> None:
    """Half a tonne is left; it is no use, and the held unit of the restock is ordered, retired, then allotted."""
    block, ada = a_block(database, units=2), an_organization(database)
    retire(database, block, units=2)
    period = a_closed_period(database, ada, grams=1_500_000)
    take_back(database, block, range(1, 2))
    assert refill(database) == 1
    assert grams_in_force(database, period) == [(TONNE, 1_500_000)]
    assert alerts(database) == [f"Billing period {period} lacks 1,000,000 g"]
    assert (refill(database), refill(database, hours=1)) == (0, 1)
    restock = a_block(database, units=3, issuance_scope="restock", cost_cents=90_000)
    wake_waiting_periods(database, now=NOW)
    assert refill(database) == 1
    with database.worker() as connection:
        settle_all(connection)
    wake_waiting_periods(database, now=NOW)
    assert (refill(database), refill(database)) == (1, 0)
    assert allocations(database)[1:] == [(period, block, 1_500_000, 2 * TONNE), (period, restock, 0, 500_000)]
    assert alerts(database) == [f"Billing period {period} lacks 1,000,000 g"]


def test_the_regular_work_gives_periods_back_what_they_lost(database: Database, tmp_path: Path) -> None:
    block, ada = a_block(database), an_organization(database)
    retire(database, block, units=2)
    period = a_closed_period(database, ada, grams=600)
    take_back(database, block, range(1, 2))
    assert tend_pool(database, Settings(_env_file=None, home=tmp_path), now=NOW) == 1
    assert grams_in_force(database, period) == [(TONNE, TONNE + 600)]


def test_a_period_that_the_ledger_refuses_keeps_no_other_waiting(database: Database) -> None:
    """Somebody gave Ada more than her close stated, past the constraint."""
    ada, bob = an_organization(database, "Ada"), an_organization(database, "Bob")
    block = a_block(database)
    (retirement,) = retire(database, block, units=3)
    broken, other = a_closed_period(database, ada, grams=600), a_closed_period(database, bob, grams=600)
    with database.owner() as connection:
        connection.execute("alter table ops.allocations disable trigger all_or_nothing")
        connection.execute(
            "insert into ops.allocations (org_id, period_id, block_id, retirement_id, grams, allotted_at)"
            " values (%s, %s, %s, %s, '[2000000,2000700)', now())",
            [ada, broken, block, retirement],
        )
        connection.execute("alter table ops.allocations enable trigger all_or_nothing")
    take_back(database, block, range(1, 2))
    assert (refill(database), refill(database)) == (2, 0)
    assert [len(grams_in_force(database, period)) for period in (broken, other)] == [1, 1]
    with database.worker() as connection:
        queued = connection.execute("select period_id, next_attempt_at from ops.credit_refills").fetchall()
        told = connection.execute("select body from ops.outbox where title like 'A period that lost%'").fetchall()
    assert queued == [{"period_id": broken, "next_attempt_at": NOW + timedelta(hours=1)}]
    assert [row["body"].partition(":")[0] for row in told] == [f"The ledger refuses grams for billing period {broken}"]


def test_nothing_is_allotted_anew_while_an_organization_is_on_hold(database: Database) -> None:
    block, ada = a_block(database), an_organization(database)
    retire(database, block, units=2)
    period = a_closed_period(database, ada, grams=600)
    take_back(database, block, range(1, 2))
    hold = "update ops.billing_accounts set held_at = %s, hold_reason = %s"
    with database.worker() as connection:
        connection.execute(
            "insert into ops.billing_accounts (org_id, stripe_customer_id, created_at, held_at, hold_reason)"
            " values (%s, 'cus_1', %s, %s, 'dispute')",
            [ada, NOW, NOW],
        )
    assert (refill(database), grams_in_force(database, period)) == (1, [])
    with database.worker() as connection:
        connection.execute(hold, [None, None])
    assert (refill(database, hours=1), grams_in_force(database, period)) == (1, [(TONNE, TONNE + 600)])


def test_fresh_grams_come_all_or_not_at_all(database: Database) -> None:
    block, ada = a_block(database), an_organization(database)
    (retirement,) = retire(database, block, units=2)
    period = a_closed_period(database, ada, grams=600)
    take_back(database, block, range(1, 2))
    with pytest.raises(psycopg.errors.CheckViolation, match="its close stated 600 g"), database.worker() as connection:
        connection.execute(
            "insert into ops.allocations (org_id, period_id, block_id, retirement_id, grams, allotted_at)"
            " values (%s, %s, %s, %s, int8range(1000000, 1000599), now())",
            [ada, period, block, retirement],
        )
    with database.worker() as connection:
        asked = {"org_id": ada, "period_id": period, "grams": 600}
        assert allocate(connection, policy="cheapest", now=NOW, **asked) == "allotted"
