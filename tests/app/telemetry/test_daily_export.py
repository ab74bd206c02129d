"""Emissions by day: one row for what shares an estimate, and the same sums from either mart."""

from datetime import date, timedelta

import pytest

from app.context import ServerContext
from app.telemetry.daily_export import DailyEmissions, daily_export
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import EVERYTHING, UsageFilter
from core.database import Database
from core.errors import NotFoundError
from tests.app.telemetry.test_summary import NOVEMBER
from tests.app.world import World, hour

pytestmark = pytest.mark.database

TWENTIETH = TimeSpan(hour(20, 0), hour(21, 0))


def exported(database: Database, org_id: int, span: TimeSpan, only: UsageFilter = EVERYTHING) -> list[DailyEmissions]:
    with daily_export(database, org_id, span=span, only=only) as export:
        return [row for batch in export.batches for row in batch]


def test_the_hours_of_a_day_are_one_row(built_database: Database, world: World) -> None:
    (row,) = exported(built_database, world.ada.org_id, TWENTIETH, UsageFilter(model="gpt-5"))
    assert (row.facts["usage_date"], row.connection_label, row.project_name) == (
        date(2026, 11, 20),
        "Ada OpenAI",
        "Default",
    )
    assert row.measures.counters == {
        "uncached_input_tokens": 1_010,
        "cache_read_tokens": 4_000,
        "cache_write_5m_tokens": None,
        "cache_write_1h_tokens": None,
        "output_tokens": 202,
        "requests": 4,
    }
    assert row.measures.usage_rows == 2


def test_a_part_of_a_day_has_what_started_in_it(built_database: Database, world: World) -> None:
    nine = TimeSpan(hour(20, 9), hour(20, 10))
    (row,) = exported(built_database, world.ada.org_id, nine, UsageFilter(model="gpt-5"))
    assert (row.facts["usage_date"], row.measures.counters["uncached_input_tokens"]) == (date(2026, 11, 20), 1_000)


def test_both_marts_give_the_same_rows_in_the_same_order(built_database: Database, world: World) -> None:
    """The first is of whole days; of the second, a microsecond longer, the last day is a part."""
    longer = TimeSpan(NOVEMBER.start, NOVEMBER.end + timedelta(microseconds=1))
    rows = exported(built_database, world.ada.org_id, NOVEMBER)
    assert len(rows) == 8
    assert exported(built_database, world.ada.org_id, longer) == rows


def test_two_selectors_of_one_project_are_one_row(own_built_context: ServerContext, world: World) -> None:
    """The mart keeps workloads apart; what an export shows of them is the same."""
    database = own_built_context.database
    before = exported(database, world.ada.org_id, TWENTIETH)
    with database.worker() as connection:
        connection.execute("update marts.fct_daily_emissions set usage_rows = usage_rows - 1 where usage_rows = 2")
        columns = connection.execute(
            "select string_agg(column_name, ', ' order by ordinal_position) as names from information_schema.columns"
            " where table_schema = 'marts' and table_name = 'fct_daily_emissions'"
        ).fetchall()[0]["names"]
        values = columns.replace("workload_id", "workload_id + 1000").replace("usage_rows", "1")
        connection.execute(
            f"insert into marts.fct_daily_emissions ({columns}) select {values} from marts.fct_daily_emissions"
            " where model = 'gpt-5' and usage_date = '2026-11-20' and org_id = %s".encode(),
            [world.ada.org_id],
        )
    after = exported(database, world.ada.org_id, TWENTIETH)
    assert [row.facts for row in after] == [row.facts for row in before]
    assert [row.measures.usage_rows for row in after] == [row.measures.usage_rows for row in before]


def test_what_is_somebody_elses_is_not_there(built_database: Database, world: World) -> None:
    for only in (
        UsageFilter(project_id=world.bob.project_id),
        UsageFilter(connection_id=world.bob_openai.connection_id),
    ):
        with pytest.raises(NotFoundError):
            exported(built_database, world.ada.org_id, NOVEMBER, only)
