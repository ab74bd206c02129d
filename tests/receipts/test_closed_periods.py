"""The periods that the tests of receipts start from are as closes leave them."""

from datetime import timedelta

import pytest

from billing.credits.invariants import broken_invariants
from core.database import Database, fetch_one
from tests.receipts.closed_periods import OCTOBER, closed_period
from tests.receipts.sealed_rows import Used

pytestmark = pytest.mark.database

HOUR = timedelta(hours=1)


def test_two_months_of_an_organization_are_closed_and_backed_by_credits(database: Database) -> None:
    october = closed_period(database)
    november = closed_period(
        database,
        after=october,
        late=[Used(output=-1_000)],
        holes=[(october.ends_at + HOUR, october.ends_at + 4 * HOUR)],
    )
    with database.worker() as connection:
        periods = connection.execute("select * from ops.billing_periods order by id").fetchall()
        assert broken_invariants(connection) == {}
    assert [(row["state"], row["retire_grams"]) for row in periods] == [
        ("closed", october.grams), ("closed", november.grams)
    ]  # fmt: skip
    assert periods[1]["carry_in_micrograms"] == periods[0]["carry_out_micrograms"] == october.carry_out_micrograms
    assert (periods[1]["known_hours"], periods[1]["missing_hours"]) == (30 * 24 - 3, 3)
    assert october.starts_at == OCTOBER


def test_a_period_may_be_covered_in_part_or_have_nothing_to_retire(database: Database) -> None:
    part = closed_period(database, coverage_grams=100)
    nothing = closed_period(database, usage=())
    unknown = closed_period(database, usage=[Used(output=None, uncached_input=None, cache_read=None)])
    assert [period.grams for period in (part, nothing, unknown)] == [100, 0, 0]
    with database.worker() as connection:
        row = fetch_one(
            connection,
            "select count(*) filter (where co2e_micrograms_central is null) as unknown, count(*) as count"
            " from ops.sealed_usage where period_id = %s",
            [unknown.period_id],
        )
    assert row == {"unknown": 1, "count": 1}
