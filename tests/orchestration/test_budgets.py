"""Dagster tells owners of budgets by the same function as the worker."""

from pathlib import Path

import dagster as dg
import pytest

from budgets.budgets import create_budget
from budgets.terms import Terms
from core.database import Database
from tests.app.tenants import a_tenant
from tests.conftest import NOON

pytestmark = [
    pytest.mark.database,
    pytest.mark.filterwarnings("ignore:.*currently in beta"),  # Dagster says it of its own decorators
    pytest.mark.filterwarnings("ignore::DeprecationWarning:dagster"),
]


def test_the_job_runs_before_anything_was_built(
    defs: dg.Definitions, database: Database, database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARBONLEDGER_HOME", str(home))
    monkeypatch.setenv("CARBONLEDGER_DATABASE_URL", database_url)
    ada = a_tenant(database, "Ada", now=NOON)
    create_budget(database, org_id=ada.org_id, project_id=None, terms=Terms(1), actor="user_1", now=NOON)
    run = defs.resolve_job_def("watch_budgets").execute_in_process()
    assert run.success
    with database.worker() as connection:
        assert connection.execute("select 1 from ops.budget_alerts").fetchall() == []
