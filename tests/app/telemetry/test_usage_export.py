"""All rows of a span as of one moment, in batches."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.context import ServerContext
from app.telemetry.export import BATCH_ROWS
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage import Usage, usage_page
from app.telemetry.usage_export import usage_export
from app.telemetry.usage_filter import EVERYTHING, UsageFilter
from core.database import Connection, Database
from core.errors import NotFoundError
from tests.app.many_rows import copy_usage
from tests.app.telemetry.test_summary import NOVEMBER
from tests.app.world import World

pytestmark = pytest.mark.database

CHECKOUT = Path(__file__).parents[3]
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
NEXT_YEAR = TimeSpan(NEW_YEAR, NEW_YEAR + timedelta(days=365))


@pytest.fixture
def database(own_built_context: ServerContext) -> Database:
    return own_built_context.database


def exported(database: Database, org_id: int, span: TimeSpan, only: UsageFilter = EVERYTHING) -> list[Usage]:
    with usage_export(database, org_id, span=span, only=only) as export:
        return [row for batch in export.batches for row in batch]


def test_an_export_has_the_rows_of_all_pages(built_database: Database, world: World) -> None:
    page = usage_page(built_database, world.ada.org_id, span=NOVEMBER, limit=100)
    assert exported(built_database, world.ada.org_id, NOVEMBER) == page.rows


def test_rows_come_in_batches_and_each_once(database: Database, world: World) -> None:
    copy_usage(database, world.ada.org_id, count=2 * BATCH_ROWS + 1, start=NEW_YEAR)
    with usage_export(database, world.ada.org_id, span=NEXT_YEAR) as export:
        batches = list(export.batches)
    assert [len(batch) for batch in batches] == [BATCH_ROWS, BATCH_ROWS, 1]
    assert len({row.facts["usage_hash"] for batch in batches for row in batch}) == 2 * BATCH_ROWS + 1


def test_an_export_is_of_one_moment(database: Database, world: World) -> None:
    copy_usage(database, world.ada.org_id, count=2 * BATCH_ROWS, start=NEW_YEAR)
    with usage_export(database, world.ada.org_id, span=NEXT_YEAR) as export:
        first = next(export.batches)
        with database.worker() as connection:
            connection.execute("update marts.fct_usage set requests = 1, project_id = project_id + 1")
            connection.execute("update ops.projects set name = name || ' renamed'")
        (second,) = export.batches
    assert {row.project_name for row in [*first, *second]} == {first[0].project_name}
    assert {row.counters["requests"] for row in [*first, *second]} == {first[0].counters["requests"]}
    assert exported(database, world.ada.org_id, NEXT_YEAR)[0].counters["requests"] == 1


def test_a_table_that_a_build_puts_in_its_place_meanwhile_is_not_taken_for_empty(
    database: Database, world: World
) -> None:
    copy_usage(database, world.ada.org_id, count=10, start=NEW_YEAR)
    with ThreadPoolExecutor(1) as threads:
        with database.worker() as build:
            _replace(build)
            reading = threads.submit(exported, database, world.ada.org_id, NEXT_YEAR)
            _wait_for_a_waiting_lock(database)
        assert len(reading.result(timeout=60)) == 10


def test_what_is_somebody_elses_is_not_there(built_database: Database, world: World) -> None:
    for only in (
        UsageFilter(project_id=world.bob.project_id),
        UsageFilter(connection_id=world.bob_openai.connection_id),
    ):
        with pytest.raises(NotFoundError):
            exported(built_database, world.ada.org_id, NOVEMBER, only)


@pytest.mark.parametrize(("form", "at_least_mib"), [("csv", 15), ("parquet", 1)])
def test_fifty_thousand_rows_take_no_more_memory_than_some(
    database: Database, world: World, form: str, at_least_mib: int
) -> None:
    """Held as bytes they would be more than these ten mebibytes, as Arrow or as Python's objects far more."""
    copy_usage(database, world.ada.org_id, count=50_000, start=NEW_YEAR)
    exporting = subprocess.run(
        [sys.executable, "-m", "tests.app.export_process", database.urls.admin, str(world.ada.org_id), form],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    rows, size, growth_kib = map(int, exporting.stdout.split())
    assert rows == 50_000
    assert size > at_least_mib * 2**20
    assert growth_kib < 10 * 2**10


def _replace(build: Connection) -> None:
    """As dbt does it: a new table under the old one's name, in one transaction."""
    build.execute("alter table marts.fct_usage rename to fct_usage__before")
    build.execute("create table marts.fct_usage (like marts.fct_usage__before)")
    build.execute("insert into marts.fct_usage select * from marts.fct_usage__before")
    build.execute("grant select on marts.fct_usage to carbonledger_app")
    build.execute("drop table marts.fct_usage__before cascade")


def _wait_for_a_waiting_lock(database: Database) -> None:
    deadline = time.monotonic() + 60
    waiting = (
        "select 1 from pg_locks where not granted"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    with database.owner() as connection:
        while connection.execute(waiting).fetchone() is None:
            assert time.monotonic() < deadline
