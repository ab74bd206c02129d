"""Over random stock and random periods: no gram twice, no gram lost, all or nothing."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.credits.allocation import allocate
from billing.credits.blocks import balances
from billing.credits.invariants import broken_invariants
from billing.credits.policy import Policy
from core.database import Connection, Database
from tests.billing.credits.ledger import (
    NOW,
    an_organization,
    insert_block,
    insert_period,
    retire_units,
    settle_all,
)

pytestmark = [pytest.mark.database, pytest.mark.exhaustive]


@dataclass(frozen=True, slots=True)
class DrawnBlock:
    units: int
    retired: int
    unit_size_grams: int
    is_removal: bool
    vintage_year: int
    cost_cents: int


BLOCKS = st.lists(
    st.builds(
        DrawnBlock,
        units=st.integers(1, 4),
        retired=st.integers(0, 4),
        unit_size_grams=st.sampled_from([1_000, 1_000_000]),
        is_removal=st.booleans(),
        vintage_year=st.integers(2018, 2021),
        cost_cents=st.integers(0, 3),
    ),
    max_size=4,
)
GRAMS = st.lists(st.one_of(st.integers(1, 1_500), st.integers(1, 2_500_000)), min_size=1, max_size=6)
POLICIES = st.sampled_from(["removal_first", "oldest_vintage_first", "cheapest"])


@pytest.fixture
def org_id(database: Database) -> int:
    return an_organization(database)


# Each example has a transaction of its own, so the database is as at the start for every one of them.
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(blocks=BLOCKS, grams=GRAMS, policy=POLICIES)
def test_grams_are_allotted_once_and_none_is_lost(
    database: Database, org_id: int, blocks: list[DrawnBlock], grams: list[int], policy: Policy
) -> None:
    with database.worker() as connection:
        _stock(connection, blocks)
        allotted = 0
        for months_ago, wanted in enumerate(grams):
            period = insert_period(connection, org_id, grams=wanted, months_ago=months_ago)
            free, supply = _grams(connection)
            answer = allocate(connection, org_id=org_id, period_id=period, grams=wanted, policy=policy, now=NOW)
            assert answer == ("allotted" if wanted <= free else "retiring" if wanted <= supply else "short")
            if answer == "retiring":
                settle_all(connection)
                again = allocate(connection, org_id=org_id, period_id=period, grams=wanted, policy=policy, now=NOW)
                assert again == "allotted"
            allotted += 0 if answer == "short" else wanted
            connection.execute("set constraints all immediate")  # as at a commit
            connection.execute("set constraints all deferred")
            assert broken_invariants(connection) == {}
            assert sum(balance.allotted_grams for balance in balances(connection).values()) == allotted
            assert _grams(connection)[1] == supply - (0 if answer == "short" else wanted)
        connection.rollback()


def _stock(connection: Connection, blocks: list[DrawnBlock]) -> None:
    for number, block in enumerate(blocks):
        block_id = insert_block(
            connection,
            units=block.units,
            issuance_scope=f"scope {number}",
            unit_size_grams=block.unit_size_grams,
            mitigation_class="removal" if block.is_removal else "reduction",
            vintage_year=block.vintage_year,
            cost_cents=block.cost_cents,
        )
        if block.retired:
            retire_units(connection, block_id, units=min(block.retired, block.units))


def _grams(connection: Connection) -> tuple[int, int]:
    """Retired and allotted to nobody; and with what is held or ordered."""
    stock = balances(connection).values()
    free = sum(balance.free_grams for balance in stock)
    return free, free + sum(balance.held_grams + balance.ordered_grams for balance in stock)
