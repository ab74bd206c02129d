"""Dagster sees to the pool: a tick without work asks for no run; the check fails where the ledger is broken."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import dagster as dg
import pytest

from core.database import Database
from tests.billing.credits.ledger import a_block, a_period, an_organization, retire

pytestmark = [
    pytest.mark.database,
    pytest.mark.filterwarnings("ignore:.*currently in beta"),  # Dagster says it of its own decorators
    pytest.mark.filterwarnings("ignore::DeprecationWarning:dagster"),
]


@pytest.fixture(autouse=True)
def environment(database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBONLEDGER_HOME", str(home))
    monkeypatch.setenv("CARBONLEDGER_DATABASE_URL", database_url)


def runs_asked_for() -> int:
    from orchestration.credits import credits_clock
    from orchestration.resources import Ledger

    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(instance, resources={"ledger": Ledger()}) as tick,
    ):
        return len(list(cast("Iterator[dg.RunRequest]", credits_clock(tick))))


def test_the_pool_is_tended_once_and_then_there_is_nothing_to_do(defs: dg.Definitions, database: Database) -> None:
    a_period(database, an_organization(database), grams=1)
    assert runs_asked_for() == 1
    assert defs.resolve_job_def("credits_pool").execute_in_process().success
    assert runs_asked_for() == 0
    with database.worker() as connection:
        rows = connection.execute("select title from ops.outbox").fetchall()
    assert rows == [{"title": "Credits for 1 g will be lacking"}]


def test_the_check_passes_until_the_ledger_is_broken(defs: dg.Definitions, database: Database) -> None:
    def passes() -> dict[bool, dict[str, object]]:
        run = defs.resolve_job_def("check_credits").execute_in_process()
        return {
            check.passed: {name: value.value for name, value in check.metadata.items()}
            for check in run.get_asset_check_evaluations()
        }

    retire(database, a_block(database), units=1)
    assert passes() == {True: {}}
    with database.owner() as connection:
        connection.execute("alter table ops.allocations disable trigger guard")
    assert passes() == {False: {"the ledger is append-only": 1}}
