"""Dagster issues receipts; a tick without anything due asks for no run."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import dagster as dg
import pytest

from core.database import Database
from tests.receipts.closed_periods import closed_period
from tests.receipts.issued_receipts import ISSUER, issuer_home, read_issued

pytestmark = [
    pytest.mark.database,
    pytest.mark.filterwarnings("ignore:.*currently in beta"),  # Dagster says it of its own decorators
    pytest.mark.filterwarnings("ignore::DeprecationWarning:dagster"),
]


@pytest.fixture(autouse=True)
def environment(database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBONLEDGER_HOME", str(home))
    monkeypatch.setenv("CARBONLEDGER_DATABASE_URL", database_url)
    monkeypatch.setenv("CARBONLEDGER_ISSUER", ISSUER.did)


def runs_asked_for() -> int:
    from orchestration.receipts import receipts_clock
    from orchestration.resources import Ledger

    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(instance, resources={"ledger": Ledger()}) as tick,
    ):
        return len(list(cast("Iterator[dg.RunRequest]", receipts_clock(tick))))


def test_a_closed_period_gets_its_receipt_and_then_nothing_is_due(
    defs: dg.Definitions, database: Database, home: Path
) -> None:
    assert runs_asked_for() == 0
    period, issuer = closed_period(database), issuer_home(database, home)
    assert runs_asked_for() == 1
    assert defs.resolve_job_def("issue_receipts").execute_in_process().success
    assert read_issued(issuer, period).pdf.startswith(b"%PDF-")
    assert runs_asked_for() == 0
