"""Units that a registry took back: what they backed is void, they are stock no more, and periods get fresh grams."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from billing.credits.blocks import Balance, balances
from billing.credits.invalidation import Invalidated, units_of_retirement
from billing.credits.invariants import broken_invariants
from billing.credits.stock import stock_forecast
from billing.credits.tend import is_due
from core.database import Connection, Database
from core.errors import InvalidInputError, NotFoundError
from tests.billing.credits.ledger import (
    NOW,
    a_block,
    a_closed_period,
    allocations,
    an_organization,
    grams_in_force,
    order,
    refill,
    retire,
    settle_all,
    take_back,
)

pytestmark = pytest.mark.database

TONNE = 1_000_000


def test_grams_in_invalidated_units_are_voided_and_given_back_from_others(database: Database) -> None:
    """Unit 2 lies in the middle of what backs the first period; what backs the second one stays."""
    block, ada = a_block(database), an_organization(database)
    retire(database, block, units=6)
    first, second = (a_closed_period(database, ada, grams=2_500_000, months_ago=number) for number in (0, 1))
    assert take_back(database, block, range(2, 3)) == Invalidated(new_units=1, voided_grams=TONNE, period_count=1)
    assert grams_in_force(database, first) == [(0, TONNE), (2 * TONNE, 2_500_000)]
    assert grams_in_force(database, second) == [(2_500_000, 5 * TONNE)]
    assert is_due(database, now=NOW)
    assert (refill(database), refill(database)) == (1, 0)
    assert grams_in_force(database, first) == [(0, TONNE), (2 * TONNE, 2_500_000), (5 * TONNE, 6 * TONNE)]
    assert allocations(database) == [
        (first, block, 0, 2_500_000),
        (second, block, 2_500_000, 5 * TONNE),
        (first, block, 5 * TONNE, 6 * TONNE),
    ]
    with database.worker() as connection:
        assert broken_invariants(connection) == {}


def test_saying_it_twice_changes_nothing_and_more_units_only_add_to_it(database: Database) -> None:
    block, ada = a_block(database), an_organization(database)
    retire(database, block, units=4)
    a_closed_period(database, ada, grams=2 * TONNE)
    assert take_back(database, block, range(2, 3)).new_units == 1
    assert take_back(database, block, range(2, 3), reason="another") == Invalidated(0, 0, 0)
    assert take_back(database, block, range(1, 4)) == Invalidated(new_units=2, voided_grams=TONNE, period_count=1)
    with database.worker() as connection:
        rows = connection.execute("select units::text, reason from ops.credit_invalidations order by units").fetchall()
    assert [tuple(row.values()) for row in rows] == [
        ("[1,2)", "cancelled by Verra"),
        ("[2,3)", "cancelled by Verra"),
        ("[3,4)", "cancelled by Verra"),
    ]


def test_invalidated_units_are_stock_no_more_whatever_they_were(database: Database) -> None:
    """Units 1 and 2 are retired, 3 is ordered, 4 and 5 are held; of each kind one is taken back."""
    block, ada = a_block(database, units=5), an_organization(database)
    retire(database, block, units=2)
    order(database, block, units=1)
    period = a_closed_period(database, ada, grams=600)
    take_back(database, block, range(1, 2))
    take_back(database, block, range(3, 5))
    with database.worker() as connection:
        assert balances(connection)[block] == Balance(
            block_id=block, total_grams=5 * TONNE, held_grams=TONNE, ordered_grams=0, retired_grams=TONNE,
            invalidated_grams=3 * TONNE, allotted_grams=0, free_grams=TONNE,
        )  # fmt: skip
        assert stock_forecast(connection, now=NOW).waiting_grams == 600
        settle_all(connection)  # the order arrives all the same
    assert refill(database) == 1
    assert grams_in_force(database, period) == [(TONNE, TONNE + 600)]
    order(database, block, units=9)
    with database.worker() as connection:
        ordered = connection.execute("select units::text from ops.retirements where state = 'ordered'").fetchall()
    assert ordered == [{"units": "[5,6)"}]


def test_a_free_run_ends_where_invalidated_units_begin(database: Database) -> None:
    block, ada = a_block(database), an_organization(database)
    retire(database, block, units=4)
    take_back(database, block, range(2, 3))
    first = a_closed_period(database, ada, grams=1_200_000)
    second = a_closed_period(database, ada, grams=500_000, months_ago=1)
    assert grams_in_force(database, first) == [(0, TONNE), (2 * TONNE, 2_200_000)]
    assert grams_in_force(database, second) == [(2_200_000, 2_700_000)]


@pytest.mark.parametrize(
    ("units", "reason", "sentence"),
    [
        (range(2), "why", "Block 1 has the units 1 to 10, so 0 to 1 are not of it."),
        (range(10, 12), "why", "Block 1 has the units 1 to 10, so 10 to 11 are not of it."),
        (range(3, 3), "why", "Block 1 has the units 1 to 10, so 3 to 2 are not of it."),
        (range(3, 4), " ", "Say in at most 500 characters why the units are invalid."),
    ],
)
def test_what_cannot_be_is_refused(database: Database, units: range, reason: str, sentence: str) -> None:
    block = a_block(database)
    with pytest.raises(InvalidInputError, match=sentence):
        take_back(database, block, units, reason=reason)
    with pytest.raises(NotFoundError):
        take_back(database, block + 1, range(1, 2))


def test_a_retirement_names_its_units_and_one_that_failed_has_none(database: Database) -> None:
    block = a_block(database)
    (retirement,) = retire(database, block, units=2)
    with database.worker() as connection:
        assert units_of_retirement(connection, retirement) == (block, range(1, 3))
        connection.execute("set constraints all immediate")
    failed = order(database, block, units=1)
    with database.worker() as connection:
        connection.execute("update ops.retirements set state = 'failed', settled_at = now() where id = %s", [failed])
    with pytest.raises(NotFoundError), database.worker() as connection:
        units_of_retirement(connection, failed)


def _invalidate_without_voiding(connection: Connection, facts: dict[str, Any]) -> None:
    connection.execute(
        "insert into ops.credit_invalidations (block_id, units, reason, invalidated_by, invalidated_at)"
        " values (%(block)s, '[1,2)', 'why', 'test', now())",
        facts,
    )


def _void_what_is_valid(connection: Connection, facts: dict[str, Any]) -> None:
    _invalidate_without_voiding(connection, facts | {"block": facts["other"]})
    connection.execute(
        "insert into ops.voided_allocations (allocation_id, org_id, period_id, invalidation_id, grams, voided_at)"
        " select part.id, org_id, period_id, gone.id, part.grams, now()"
        " from ops.allocations as part, ops.credit_invalidations as gone",
    )


def _allot_invalidated_grams(connection: Connection, facts: dict[str, Any]) -> None:
    _invalidate_without_voiding(connection, facts)
    connection.execute(
        "insert into ops.allocations (org_id, period_id, block_id, retirement_id, grams, allotted_at)"
        " select org_id, period_id, block_id, retirement_id, '[600,601)', now() from ops.allocations"
    )


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (_invalidate_without_voiding, r"invalidated units \[1,2\) of block 1 still back a period"),
        (_void_what_is_valid, r"grams \[0,600\) of allocation 1 are not invalidated"),
        (_allot_invalidated_grams, r"grams \[600,601\) of block 1 are invalidated"),
    ],
)
def test_the_database_refuses_a_ledger_that_contradicts_itself(
    database: Database, act: Callable[[Connection, dict[str, Any]], None], sentence: str
) -> None:
    block, ada = a_block(database), an_organization(database)
    retire(database, block, units=1)
    a_closed_period(database, ada, grams=600)
    facts = {"block": block, "other": a_block(database, issuance_scope="other")}
    with pytest.raises(psycopg.errors.CheckViolation, match=sentence), database.worker() as connection:
        act(connection, facts)


def test_what_was_said_of_units_is_never_changed(database: Database) -> None:
    take_back(database, a_block(database), range(1, 2))
    with pytest.raises(psycopg.errors.RestrictViolation), database.owner() as connection:
        connection.execute("update ops.credit_invalidations set reason = 'other'")


def test_a_tenant_reads_what_backs_its_period_now(database: Database) -> None:
    block, ada = a_block(database), an_organization(database)
    retire(database, block, units=3)
    period = a_closed_period(database, ada, grams=1_500_000)
    take_back(database, block, range(1, 2))
    refill(database)
    with database.tenant(ada) as connection:
        rows = connection.execute("select from_gram, to_gram, grams from ops.period_credits(%s)", [period]).fetchall()
    assert [tuple(row.values()) for row in rows] == [
        (TONNE, 1_500_000, 500_000),
        (1_500_000, 2_500_000, TONNE),
    ]
