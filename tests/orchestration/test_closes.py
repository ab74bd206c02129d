"""Dagster takes billing periods on; a tick without a due one asks for no run."""

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
    from orchestration.closes import period_clock
    from orchestration.resources import Ledger

    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(instance, resources={"ledger": Ledger()}) as tick,
    ):
        return len(list(cast("Iterator[dg.RunRequest]", period_clock(tick))))


def test_a_frozen_period_is_taken_to_its_end_and_then_nothing_is_due(defs: dg.Definitions, database: Database) -> None:
    period = a_period(database, an_organization(database), grams=600)
    retire(database, a_block(database, units=1), units=1)
    with database.worker() as connection:
        connection.execute("update ops.billing_periods set next_attempt_at = '2020-01-01Z' where id = %s", [period])
    assert runs_asked_for() == 1
    assert defs.resolve_job_def("close_periods").execute_in_process().success
    with database.worker() as connection:
        rows = connection.execute("select id, state from ops.billing_periods where state = 'closed'").fetchall()
    assert rows == [{"id": period, "state": "closed"}]
    assert runs_asked_for() == 0
