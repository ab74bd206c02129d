"""Builds and closes at an instant, as the worker makes them."""

from datetime import datetime
from pathlib import Path

from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from billing.close import close_due
from core.clock import FixedClock
from core.database import Database
from tests.billing.credits.ledger import a_block, retire
from tests.warehouse.world import build_now
from warehouse.build import temporary_folder
from warehouse.dbt_runner import Dbt, duckdb_environment, postgres_environment

CONSERVATION = (
    "stated_and_open_usage_is_current",
    "period_lines_add_up_to_usage",
    "usage_lies_in_one_period",
)


def stock(database: Database, *, tonnes: int) -> None:
    """Credits that are retired for the pool and free."""
    retire(database, a_block(database, units=tonnes), units=tonnes)


def close_at(database: Database, now: datetime) -> int:
    return close_due(database, clock=FixedClock(now), policy="oldest_vintage_first")


def build_and_close(database: Database, now: datetime) -> int:
    build_now(database)
    return close_at(database, now)


def conservation_failures(database: Database) -> dict[str, int | None]:
    """Rows that the dbt tests of periods find, by test: none, if every bucket counts once."""
    return _failures(Dbt("postgres", postgres_environment(database.urls), temporary_folder() / "postgres"))


def conservation_failures_in(ledger: Path) -> dict[str, int | None]:
    """The same in a DuckDB file."""
    try:
        return _failures(Dbt("duckdb", duckdb_environment(ledger), temporary_folder() / "duckdb"))
    finally:
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]  # dbt-duckdb's own lack


def _failures(dbt: Dbt) -> dict[str, int | None]:
    results = dbt.build(["test", "--select", *CONSERVATION])
    assert {result.name for result in results} == set(CONSERVATION)
    return {result.name: result.failures for result in results if result.status != "pass"}
