"""A builder that is killed (SIGKILL, a real process) at any point leaves marts that the next build makes right."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.database import Database
from tests.warehouse.test_parity import postgres_marts
from tests.warehouse.world import SOME_HOUR, Tenant, a_tenant, build_now
from warehouse.project import PROJECT_DIR

pytestmark = [pytest.mark.database, pytest.mark.exhaustive]

# Events of dbt at which the builder dies: while a node starts, within its statements, and when it has committed.
INCREMENTAL_MODELS = ("dim_accounts", "int_account_days_to_build", "fct_usage", "fct_daily_models")
VIEWS = ("int_usage_deduplicated",)
SEEDS = ("emission_factors",)


@pytest.fixture
def builders(url_with_marts: str, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """The process that starts builders; its standard input takes the kind of each."""
    command = [sys.executable, "-m", "tests.warehouse.builder", url_with_marts, str(tmp_path / "dbt")]
    with subprocess.Popen(
        command, cwd=PROJECT_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def kill_when(builders: "subprocess.Popen[str]", kind: str, *, event: str, node: str, skip: int) -> bool:
    """Start a builder and kill it at the (skip + 1)-th such event; False if it came to its end before."""
    assert builders.stdin is not None
    assert builders.stdout is not None
    builders.stdin.write(f"{kind}\n")
    killed = False
    builder = 0
    for line in builders.stdout:
        match line.split():
            case ["started", pid]:
                builder = int(pid)
            case ["over"]:
                return killed
            case [happened, where] if (happened, where) == (event, node) and not killed:
                killed = skip == 0
                skip -= 1
                if killed:
                    os.kill(builder, signal.SIGKILL)
            case _:
                pass
    raise AssertionError("the process that starts builders ended")


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
    database_with_marts: Database, builders: "subprocess.Popen[str]"
) -> None:
    database = database_with_marts
    tenant = a_tenant(database)
    tenant.account()
    one_more_hour(tenant, 0)
    build_now(database)
    chance = random.Random(7)
    kills = 0
    points = [
        *(("incremental", "LogStartLine", model) for model in INCREMENTAL_MODELS),
        *(("incremental", "SQLQuery", model) for model in ("fct_usage", "fct_daily_emissions")),
        *(("incremental", "LogModelResult", "fct_usage"),),
        *(("full", "SQLQuery", node) for node in (*SEEDS, *VIEWS, "fct_usage", "fct_daily_emissions")),
    ]
    for hour, (kind, event, node) in enumerate(points, start=1):
        one_more_hour(tenant, hour)
        kills += kill_when(builders, kind, event=event, node=node, skip=chance.randrange(3))
        if hour % 3 == 0:
            build_now(database)
    build_now(database)
    after_kills = postgres_marts(database)
    assert kills >= 6
    with database.worker() as connection:
        failed = connection.execute("select error from ops.builds where state = 'failed'").fetchall()
    assert failed == [{"error": "the builder died"}] * kills
    build_now(database, full_refresh=True)
    assert postgres_marts(database) == after_kills
    hours = {row["bucket_started_at"] for row in tenant.usage()}
    assert hours == {SOME_HOUR + timedelta(hours=hour) for hour in (len(points) - 1, len(points))}
