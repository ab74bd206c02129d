"""Three months of several organizations: what each close states, to the microgram.

One history for all tests of this file, for its builds take seconds; each test reads its own organization.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from psycopg.errors import RestrictViolation

from core.database import Database
from tests.billing.periods.closing import conservation_failures, conservation_failures_in
from tests.billing.periods.history import HOUR, History, three_months
from tests.billing.periods.ledger_rows import moves, periods
from tests.billing.periods.payer import IN_NOVEMBER, MICROGRAMS_PER_TOKEN, MILLION
from tests.warehouse.test_parity import all_rows, postgres_marts
from tests.warehouse.world import build_now
from warehouse.snapshot import write_snapshot

pytestmark = pytest.mark.database

A_MILLION = Decimal(MICROGRAMS_PER_TOKEN)


@pytest.fixture(scope="module")
def history(built_database: Database) -> History:
    history = three_months(built_database)
    assert conservation_failures(built_database) == {}
    return history


def stated(period: dict[str, Any]) -> tuple[Decimal, int, Decimal]:
    """Central micrograms, grams to retire, micrograms carried on."""
    return period["co2e_micrograms_central"], period["retire_grams"], period["carry_out_micrograms"]


def test_usage_that_doubles_an_hour_before_the_close_is_in_it(history: History) -> None:
    november = history.late.periods()[0]
    assert november["state"] == "closed"
    # 2,000,000 tokens and 5 + 9 + 3 of the other buckets.
    central = 2 * A_MILLION + Decimal(17 * MICROGRAMS_PER_TOKEN) / MILLION
    assert stated(november) == (central, 577, 577 * MILLION - central)
    assert moves(history.late.database, november["id"]) == [
        (None, "open"),
        ("open", "reconciling"),
        ("reconciling", "frozen"),
        ("frozen", "retired"),
        ("retired", "closed"),
    ]


def test_what_changes_an_hour_after_the_close_is_an_adjustment_of_the_next(history: History) -> None:
    november, december, _ = history.late.periods()
    adjustments = [row for row in history.late.sealed(december) if row["origin_period_id"] == november["id"]]
    found = {row["bucket_started_at"]: (row["output_tokens"], row["cache_read_tokens"]) for row in adjustments}
    assert found == {
        IN_NOVEMBER: (MILLION, None),
        IN_NOVEMBER + HOUR: (0, 7),
        IN_NOVEMBER + 2 * HOUR: (-9, None),
        IN_NOVEMBER + 3 * HOUR: (11, None),
    }
    assert {row["requests"] for row in adjustments} == {None}
    own = [row for row in history.late.sealed(december) if row["origin_period_id"] == december["id"]]
    assert [row["output_tokens"] for row in own] == [1]


def test_what_was_waived_is_stated_once_and_never_again(history: History) -> None:
    rows = periods(history.late.database, history.late.org_id)
    assert (rows[0].funding, rows[0].state) == ("free", "waived")
    with history.late.database.worker() as connection:
        found = connection.execute(
            "select disposition, output_tokens from ops.sealed_usage where usage_hash = %s", [history.buckets["before"]]
        ).fetchall()
    assert found == [{"disposition": "waived", "output_tokens": 5}]


def test_renaming_a_project_changes_nothing_that_was_stated(history: History) -> None:
    november, december, _ = history.late.periods()
    assert {row["project_name"] for row in history.late.sealed(november)} == {"Default"}
    assert {row["project_name"] for row in history.late.sealed(december)} == {"Renamed"}
    names = {line["sealed_project_name"] for line in history.late.lines() if line["period_id"] == november["id"]}
    assert names == {"Default"}


def test_a_later_adjustment_stays_with_the_project_of_the_first(history: History) -> None:
    january = history.late.periods()[2]
    (adjustment,) = [row for row in history.late.sealed(january) if row["usage_hash"] == history.buckets["new"]]
    assert (adjustment["output_tokens"], adjustment["project_id"]) == (20, history.late.tenant.project_id)


def test_a_negative_total_is_carried_and_nothing_is_retired(history: History) -> None:
    november, december, january = history.shrinking.periods()
    assert stated(november) == (A_MILLION, 289, 289 * MILLION - A_MILLION)
    assert stated(december) == (-A_MILLION, 0, Decimal(289 * MILLION))
    assert stated(january) == (A_MILLION, 0, 289 * MILLION - A_MILLION)


def test_two_periods_freeze_back_to_back_and_in_order(history: History) -> None:
    november, december = history.both_at_once.periods()
    assert (november["state"], december["state"]) == ("closed", "closed")
    assert november["seal_arrival_id"] <= december["seen_arrival_id"]
    assert [row["output_tokens"] for row in history.both_at_once.sealed(november)] == [MILLION + 7]
    assert history.both_at_once.sealed(december) == []
    assert december["carry_in_micrograms"] == november["carry_out_micrograms"]


def test_a_hole_is_written_into_the_totals(history: History) -> None:
    november = history.with_hole.periods()[0]
    assert (november["known_hours"], november["missing_hours"]) == (30 * 24 - 3, 3)
    (hole,) = november["holes"]
    assert (hole.lower, hole.upper) == (IN_NOVEMBER + 5 * HOUR, IN_NOVEMBER + 8 * HOUR)
    assert (november["state"], november["has_usage_data"]) == ("closed", True)


def test_a_period_without_one_known_hour_closes_without_data(history: History) -> None:
    november = history.silent.periods()[0]
    assert (november["state"], november["has_usage_data"]) == ("closed", False)
    assert (november["known_hours"], november["missing_hours"], november["retire_grams"]) == (0, 30 * 24, 0)


def test_a_period_keeps_the_factor_version_that_it_was_opened_with(history: History) -> None:
    november, december = history.pinned.periods()
    assert stated(november)[:2] == (Decimal(10 * MILLION), 10)
    own, adjustment = sorted(history.pinned.sealed(december), key=lambda row: -row["origin_period_id"])
    assert (own["factor_version"], own["model_class"], own["co2e_micrograms_central"]) == ("2026.1", "L", A_MILLION)
    assert (adjustment["factor_version"], adjustment["model_class"]) == ("old", "S")
    assert adjustment["co2e_micrograms_central"] == Decimal(100)


def test_what_changes_after_the_final_close_is_listed_apart(history: History) -> None:
    (november,) = history.leaving.periods()
    (line,) = [line for line in history.leaving.lines() if not line["is_sealed"]]
    assert (line["period_id"], line["origin_period_id"], line["is_adjustment"]) == (None, november["id"], True)
    assert (line["output_tokens"], line["co2e_micrograms_central"]) == (MILLION, A_MILLION)


def test_every_close_is_backed_by_its_grams(history: History) -> None:
    with history.late.database.worker() as connection:
        rows = connection.execute(
            "select period.retire_grams, coalesce(sum(upper(grams) - lower(grams)), 0) as allotted"
            " from ops.billing_periods as period left join ops.allocations on period_id = period.id"
            " where period.state = 'closed' group by period.id"
        ).fetchall()
    assert len(rows) >= 12
    assert all(row["retire_grams"] == row["allotted"] for row in rows)


def test_the_other_engine_states_the_same(history: History, tmp_path: Path) -> None:
    database, ledger = history.late.database, tmp_path / "ledger.duckdb"
    write_snapshot(database, tmp_path / "snapshot")
    build_now(database, target="duckdb", snapshot_dir=tmp_path / "snapshot", output=ledger)
    assert conservation_failures_in(ledger) == {}
    expected = postgres_marts(database)
    with duckdb.connect(str(ledger), read_only=True) as connection:
        for mart in ("fct_usage", "fct_period_usage", "fct_period_lines"):
            assert all_rows(connection, mart) == expected[mart], mart
    assert len(expected["fct_period_lines"]) > 12


def test_nobody_changes_what_a_close_stated(history: History) -> None:
    for statement in ("update ops.sealed_usage set output_tokens = 0", "delete from ops.billing_period_moves"):
        with pytest.raises(RestrictViolation), history.late.database.owner() as connection:
            connection.execute(statement.encode())
