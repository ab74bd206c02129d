"""Eight allocators side by side, over real connections, with too little stock and then enough."""

import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from billing.credits.allocation import allocate
from billing.credits.invariants import broken_invariants
from core.database import Database, DatabaseUrls
from tests.billing.credits.ledger import NOW, a_block, a_period, an_organization, retire, settle_all

pytestmark = pytest.mark.database

ALLOCATORS = 8
GRAMS = [50_000 + 7_001 * number for number in range(24)]  # 3.1 t in all


def ask_for_all(database: Database, org_id: int, wanted: Mapping[int, int], seed: int) -> None:
    """Ask once for each period, in an order of its own."""
    order = list(wanted)
    random.Random(seed).shuffle(order)
    for period_id in order:
        with database.worker() as connection:
            allocate(
                connection, org_id=org_id, period_id=period_id, grams=wanted[period_id], policy="cheapest", now=NOW
            )


def side_by_side(database: Database, org_id: int, wanted: Mapping[int, int]) -> None:
    with ThreadPoolExecutor(ALLOCATORS) as allocators:
        asked = [allocators.submit(ask_for_all, database, org_id, wanted, seed) for seed in range(ALLOCATORS)]
    for future in asked:
        future.result()


def allotted(database: Database) -> dict[int, int]:
    """Grams by period."""
    with database.worker() as connection:
        assert broken_invariants(connection) == {}
        rows = connection.execute(
            "select period_id, cast(sum(upper(grams) - lower(grams)) as bigint) as grams from ops.allocations"
            " group by period_id"
        ).fetchall()
    return {row["period_id"]: row["grams"] for row in rows}


def test_scarce_stock_is_allotted_all_or_nothing_and_the_rest_after_a_restock(database_url: str) -> None:
    with Database(DatabaseUrls(admin=database_url), pool_size=ALLOCATORS) as database:
        ada = an_organization(database)
        wanted = {a_period(database, ada, grams=grams, months_ago=number): grams for number, grams in enumerate(GRAMS)}
        retire(database, a_block(database, units=1), units=1)
        side_by_side(database, ada, wanted)
        first = allotted(database)
        assert first == {period: wanted[period] for period in first}
        left = 1_000_000 - sum(first.values())
        assert 0 <= left < min(grams for period, grams in wanted.items() if period not in first)

        retire(database, a_block(database, units=2, issuance_scope="restock"), units=1)
        a_block(database, units=3, issuance_scope="held")
        side_by_side(database, ada, wanted)  # what is not retired yet is ordered now
        with database.worker() as connection:
            settle_all(connection)
        side_by_side(database, ada, wanted)
        assert allotted(database) == wanted
        with database.worker() as connection:
            units = connection.execute("select cast(sum(upper(units) - lower(units)) as bigint) as units"
                                       " from ops.retirements").fetchall()  # fmt: skip
        assert units == [{"units": 4}]  # 3.1 t: no unit was retired for nothing
