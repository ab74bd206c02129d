"""Usage rows per second through a full build on both engines, beside a hand-written DuckDB query over the same rows."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import duckdb

from bench.by_hand import build_by_hand
from bench.usage_rows import an_organization, fill
from core.clock import SystemClock
from core.database import Database, database_urls, fetch_one
from core.migrations.migrate import migrate
from core.settings import Settings
from warehouse.build import build
from warehouse.snapshot import write_snapshot

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BuildSeconds:
    """Seconds for a full build of `rows` usage rows; one touched day for the incremental one."""

    rows: int
    postgres: float
    postgres_one_day: float
    snapshot: float
    duckdb: float
    by_hand: float


def build_seconds(home: Path, *, rows: int) -> BuildSeconds:
    """Measure in a fresh home. Raises AssertionError if the three totals differ by one digit."""
    urls = database_urls(Settings(home=home))
    migrate(urls)
    clock = SystemClock()
    with Database(urls) as database:
        org_id = an_organization(database)
        build(database, clock=clock)  # an empty one first: what dbt loads and parses once is not measured
        fill(database, org_id=org_id, rows=rows)
        postgres, _ = _timed(lambda: build(database, clock=clock, full_refresh=True))
        _touch_one_day(database)
        one_day, _ = _timed(lambda: build(database, clock=clock))
        snapshot, _ = _timed(lambda: write_snapshot(database, home / "snapshot"))
        on_duckdb, _ = _timed(
            lambda: build(
                database,
                clock=clock,
                target="duckdb",
                snapshot_dir=home / "snapshot",
                output=home / "built.duckdb",
            )
        )
        by_hand, expected = _timed(lambda: build_by_hand(home / "snapshot", home / "by_hand.duckdb"))
        assert _total_in_postgres(database) == _total_in_duckdb(home / "built.duckdb") == expected
    shutil.rmtree(home / "snapshot")
    return BuildSeconds(rows, postgres, one_day, snapshot, on_duckdb, by_hand)


def _timed(act: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    done = act()
    return time.perf_counter() - begun, done


def _touch_one_day(database: Database) -> None:
    with database.worker() as connection:
        connection.execute(
            "insert into ops.usage_touches (arrival_id, org_id, account_id, days, cause, at)"
            " select nextval('ops.arrivals'), org_id, id, '[2026-01-10,2026-01-11)', 'bench', now()"
            " from ops.provider_accounts"
        )


def _total_in_postgres(database: Database) -> Decimal:
    with database.worker() as connection:
        query = "select sum(co2e_micrograms_central) as total from marts.fct_daily_emissions"
        return Decimal(fetch_one(connection, query)["total"])


def _total_in_duckdb(file: Path) -> Decimal:
    with duckdb.connect(str(file)) as connection:
        row = connection.execute("select sum(co2e_micrograms_central) from marts.fct_daily_emissions").fetchone()
    assert row is not None
    return Decimal(row[0])
