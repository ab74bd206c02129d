"""A builder that is killed (SIGKILL, a real process) at any point leaves marts that the next build makes right."""

import random
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from core.database import Database
from tests.warehouse.test_parity import postgres_marts
from tests.warehouse.world import SOME_HOUR, Tenant, a_tenant, build_now
from warehouse.project import PROJECT_DIR

pytestmark = pytest.mark.database

# Events of dbt at which the builder dies: while a node starts, within its statements, and when it has committed.
INCREMENTAL_MODELS = ("dim_accounts", "dim_projects", "int_account_days_to_build", "fct_usage", "fct_daily_emissions")
VIEWS = ("stg_openai__usage", "int_usage_observed", "int_usage_deduplicated", "int_usage_counted", "rpt_methodology")
SEEDS = ("emission_factors", "factor_sets")


def kill_when(url: str, folder: Path, kind: str, *, event: str, node: str, skip: int = 0) -> None:
    """Start a builder and kill it at the (skip + 1)-th such event; it may also have come to its end before."""
    command = [sys.executable, "-m", "tests.warehouse.builder", url, str(folder), kind]
    with subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True) as builder:
        assert builder.stdout is not None
        for line in builder.stdout:
            if line.split() == [event, node]:
                if skip == 0:
                    builder.kill()
                    break
                skip -= 1
        assert builder.wait(timeout=60) in (-signal.SIGKILL, 0)


def one_more_hour(tenant: Tenant, hour: int) -> None:
    """New usage, a revision of the hour before, and a removal of the one before that."""
    account = tenant.accounts[0]
    tenant.observe(account, bucket_started_at=SOME_HOUR + timedelta(hours=hour), output_tokens=hour)
    if hour >= 2:
        tenant.observe(account, bucket_started_at=SOME_HOUR + timedelta(hours=hour - 1), output_tokens=7, revision=2)
        tenant.observe(
            account,
            bucket_started_at=SOME_HOUR + timedelta(hours=hour - 2),
            output_tokens=0,
            revision=3,
            is_tombstone=True,
        )


def test_killed_builds_end_in_the_marts_of_one_that_was_not(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    tenant = a_tenant(database)
    tenant.account()
    one_more_hour(tenant, 0)
    build_now(database)
    chance = random.Random(7)
    points = [
        *(("incremental", "LogStartLine", model) for model in INCREMENTAL_MODELS),
        *(("incremental", "SQLQuery", model) for model in ("fct_usage", "fct_daily_emissions")),
        *(("incremental", "LogModelResult", "fct_usage"),),
        *(("full", "SQLQuery", node) for node in (*SEEDS, *VIEWS, "fct_usage", "fct_daily_emissions")),
    ]
    for hour, (kind, event, node) in enumerate(points, start=1):
        one_more_hour(tenant, hour)
        kill_when(database_url, tmp_path / "dbt", kind, event=event, node=node, skip=chance.randrange(3))
        if hour % 3 == 0:
            build_now(database)
    build_now(database)
    after_kills = postgres_marts(database)
    with database.worker() as connection:
        states = connection.execute("select state, count(*) as n from ops.builds group by state").fetchall()
    assert {row["state"] for row in states} == {"failed", "succeeded"}
    assert next(row["n"] for row in states if row["state"] == "failed") >= 10
    build_now(database, full_refresh=True)
    assert postgres_marts(database) == after_kills
    hours = {row["bucket_started_at"] for row in tenant.usage()}
    assert hours == {SOME_HOUR + timedelta(hours=hour) for hour in (len(points) - 1, len(points))}
