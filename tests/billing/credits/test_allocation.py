"""Allotting grams: all or nothing, once, in the policy's order, and only what is retired."""

import psycopg
import pytest

from billing.credits.allocation import allocate
from billing.credits.errors import LedgerBrokenError
from billing.credits.policy import Policy
from core.database import Database
from tests.billing.credits.ledger import NOW, a_block, a_period, allocations, an_organization, retire

pytestmark = pytest.mark.database


def ask(database: Database, org_id: int, period_id: int, grams: int, *, policy: Policy = "removal_first") -> str:
    with database.worker() as connection:
        return allocate(connection, org_id=org_id, period_id=period_id, grams=grams, policy=policy, now=NOW)


def ordered_units(database: Database) -> list[tuple[int, int, str]]:
    with database.worker() as connection:
        rows = connection.execute(
            "select block_id, upper(units) - lower(units) as units, cause from ops.retirements"
            " where state = 'ordered' order by id"
        ).fetchall()
    return [(row["block_id"], row["units"], row["cause"]) for row in rows]


def test_a_period_gets_its_grams_and_the_next_one_those_behind_them(database: Database) -> None:
    block, ada = a_block(database), an_organization(database)
    retire(database, block, units=1)
    first, second = a_period(database, ada, grams=600), a_period(database, ada, grams=50, months_ago=1)
    assert ask(database, ada, first, 600) == "allotted"
    assert ask(database, ada, second, 50) == "allotted"
    assert allocations(database) == [(first, block, 0, 600), (second, block, 600, 650)]


def test_asking_twice_allots_once(database: Database) -> None:
    block, ada = a_block(database), an_organization(database)
    retire(database, block, units=1)
    period = a_period(database, ada, grams=600)
    assert [ask(database, ada, period, 600), ask(database, ada, period, 600)] == ["allotted", "allotted"]
    assert allocations(database) == [(period, block, 0, 600)]
    with pytest.raises(LedgerBrokenError, match="has 600 g allotted, but 601 g are asked for"):
        ask(database, ada, period, 601)


def test_nothing_is_allotted_to_a_period_without_emissions(database: Database) -> None:
    ada = an_organization(database)
    assert ask(database, ada, a_period(database, ada, grams=0), 0) == "allotted"
    assert allocations(database) == []


def test_one_period_may_take_from_several_blocks(database: Database) -> None:
    tonnes, kilograms = a_block(database), a_block(database, issuance_scope="other", unit_size_grams=1_000)
    retire(database, tonnes, units=1)
    retire(database, kilograms, units=3)
    ada = an_organization(database)
    period = a_period(database, ada, grams=1_002_500)
    assert ask(database, ada, period, 1_002_500) == "allotted"
    assert allocations(database) == [(period, tonnes, 0, 1_000_000), (period, kilograms, 0, 2_500)]


@pytest.mark.parametrize(
    ("policy", "order"),
    [
        ("removal_first", ["removal", "old", "cheap"]),
        ("oldest_vintage_first", ["old", "cheap", "removal"]),
        ("cheapest", ["cheap", "old", "removal"]),
    ],
)
def test_blocks_are_used_up_in_the_order_of_the_policy(database: Database, policy: Policy, order: list[str]) -> None:
    ids = {
        a_block(database, issuance_scope="a", vintage_year=2025, cost_cents=90, mitigation_class="removal"): "removal",
        a_block(database, issuance_scope="b", vintage_year=2019, cost_cents=20): "old",
        a_block(database, issuance_scope="c", vintage_year=2022, cost_cents=10): "cheap",
    }  # fmt: skip
    for block in ids:
        retire(database, block, units=1)
    ada = an_organization(database)
    ask(database, ada, a_period(database, ada, grams=3_000_000), 3_000_000, policy=policy)
    assert [ids[block] for _, block, _, _ in allocations(database)] == order


def test_short_stock_writes_nothing(database: Database) -> None:
    block, ada = a_block(database, units=1), an_organization(database)
    retire(database, block, units=1)
    assert ask(database, ada, a_period(database, ada, grams=1_000_001), 1_000_001) == "short"
    assert (allocations(database), ordered_units(database)) == ([], [])


def test_held_units_are_ordered_whole_and_once(database: Database) -> None:
    block, ada = a_block(database), an_organization(database)
    period = a_period(database, ada, grams=1_200_000)
    assert [ask(database, ada, period, 1_200_000), ask(database, ada, period, 1_200_000)] == ["retiring", "retiring"]
    assert ordered_units(database) == [(block, 2, f"period {period}")]
    assert allocations(database) == []


def test_what_is_ordered_counts_for_others_until_it_is_used_up(database: Database) -> None:
    """A unit of a tonne serves many periods, so the second one orders nothing; the third does."""
    block = a_block(database)
    ada, bob, eve = (an_organization(database, name) for name in ("Ada", "Bob", "Eve"))
    first, second = a_period(database, ada, grams=400_000), a_period(database, bob, grams=600_000)
    assert ask(database, ada, first, 400_000) == "retiring"
    assert ask(database, bob, second, 600_000) == "retiring"
    assert ordered_units(database) == [(block, 1, f"period {first}")]
    third = a_period(database, eve, grams=1)
    assert ask(database, eve, third, 1) == "retiring"
    assert ordered_units(database) == [(block, 1, f"period {first}"), (block, 1, f"period {third}")]


def test_a_period_too_large_for_the_stock_orders_nothing_through_others(database: Database) -> None:
    block = a_block(database, units=3)
    ada, bob = an_organization(database, "Ada"), an_organization(database, "Bob")
    large, small = a_period(database, ada, grams=9_000_000), a_period(database, bob, grams=10)
    assert ask(database, ada, large, 9_000_000) == "short"
    assert ask(database, bob, small, 10) == "retiring"
    assert ordered_units(database) == [(block, 1, f"period {small}")]


def test_the_database_refuses_a_gram_twice_and_one_that_is_not_retired(database: Database) -> None:
    block, ada = a_block(database), an_organization(database)
    retirement = retire(database, block, units=1)[0]
    period, other = a_period(database, ada, grams=600), a_period(database, ada, grams=600, months_ago=1)
    ask(database, ada, period, 600)
    insert = (
        "insert into ops.allocations (org_id, period_id, block_id, retirement_id, grams, allotted_at)"
        " values (%s, %s, %s, %s, int8range(%s, %s), now())"
    )
    with pytest.raises(psycopg.errors.ExclusionViolation), database.worker() as connection:
        connection.execute(insert, [ada, other, block, retirement, 599, 1_199])
    with pytest.raises(psycopg.errors.CheckViolation, match="are not retired"), database.worker() as connection:
        connection.execute(insert, [ada, other, block, retirement, 999_999, 1_000_599])
    with pytest.raises(psycopg.errors.CheckViolation, match="its close stated 600 g"), database.worker() as connection:
        connection.execute(insert, [ada, other, block, retirement, 600, 1_199])
    with pytest.raises(psycopg.errors.RestrictViolation), database.owner() as connection:
        connection.execute("delete from ops.allocations")
    assert allocations(database) == [(period, block, 0, 600)]


def test_a_period_is_not_retired_before_it_is_backed(database: Database) -> None:
    block, ada = a_block(database), an_organization(database)
    period = a_period(database, ada, grams=600)
    move = "update ops.billing_periods set state = 'retired' where id = %s"
    with pytest.raises(psycopg.errors.CheckViolation, match="not backed by 600 g"), database.worker() as connection:
        connection.execute(move, [period])
    retire(database, block, units=1)
    with database.worker() as connection:
        allocate(connection, org_id=ada, period_id=period, grams=600, policy="cheapest", now=NOW)
        connection.execute(move, [period])


def test_what_a_close_retires_follows_from_what_it_stated(database: Database) -> None:
    ada = an_organization(database)
    a_period(database, ada, grams=600)
    change = "update ops.billing_periods set carry_in_micrograms = 1000000"
    with pytest.raises(psycopg.errors.RestrictViolation, match="stated does not change"), database.worker() as worker:
        worker.execute(change)
    with database.owner() as owner:
        owner.execute("alter table ops.billing_periods disable trigger stated_once")
    with pytest.raises(psycopg.errors.CheckViolation), database.worker() as worker:
        worker.execute(change)


def test_a_tenant_reads_what_backs_its_own_period_and_no_other(database: Database) -> None:
    block = a_block(database)
    ada, bob = an_organization(database, "Ada"), an_organization(database, "Bob")
    retire(database, block, units=1)
    period = a_period(database, ada, grams=600)
    ask(database, ada, period, 600)
    query = (
        "select registry, from_gram, to_gram, grams, retired_units_start, retired_units_end from ops.period_credits(%s)"
    )
    with database.tenant(ada) as connection:
        assert connection.execute(query, [period]).fetchall() == [
            {"registry": "VERRA", "from_gram": 0, "to_gram": 600, "grams": 600, "retired_units_start": 1,
             "retired_units_end": 1}
        ]  # fmt: skip
    with database.tenant(bob) as connection:
        assert connection.execute(query, [period]).fetchall() == []
        assert connection.execute("select * from ops.allocations").fetchall() == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.tenant(ada) as connection:
        connection.execute("select * from ops.credit_blocks")
