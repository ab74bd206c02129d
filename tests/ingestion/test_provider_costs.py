"""Costs are asked beside totals: a key that may not read them is a hole of the comparison, and of nothing else."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from ingestion.provider_totals import ask_for_totals, totals_due
from tests.ingestion.world import PATIENCE, World

pytestmark = pytest.mark.database

REFUSAL = {"provider": "openai", "endpoint": "costs", "kind": "forbidden", "parameters": {"status": 403}}


def ask(world: World) -> Any:
    return ask_for_totals(world.database, world.providers, world.secrets, world.clock, patience=PATIENCE)


def rows(world: World, query: str) -> list[dict[str, Any]]:
    with world.database.worker() as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_key_that_may_not_read_costs_is_said_and_everything_else_goes_on(world: World) -> None:
    world.connect("openai")
    world.sync()
    world.sandbox.faults([REFUSAL])
    summary = ask(world)
    assert (summary.accounts_asked, summary.accounts_failed, summary.days) == (1, 0, 8)
    assert (summary.cost_days, summary.cost_error_codes) == (0, ("costs-refused",))
    (hole,) = rows(world, "select error_code, error_sentence from ops.cost_checks")
    assert hole["error_code"] == "costs-refused"
    assert hole["error_sentence"].startswith("The provider does not let this key read costs.")
    assert rows(world, "select error_code from ops.total_checks") == [{"error_code": None}]
    assert rows(world, "select status, error_code from ops.connections") == [{"status": "active", "error_code": None}]
    assert not totals_due(world.database, now=world.clock.now())

    world.sandbox.clear_faults()
    world.advance(timedelta(days=1))
    assert ask(world).cost_days == 8
    assert rows(world, "select error_code from ops.cost_checks") == [{"error_code": None}]
    costs = rows(world, "select currency, token_cost_micros from raw.provider_costs order by usage_date")
    assert {row["currency"] for row in costs} == {"USD"}
    assert costs[0]["token_cost_micros"] == Decimal(0)
    assert all(row["token_cost_micros"] > 0 for row in costs[-4:-1])
    with pytest.raises(psycopg.errors.RestrictViolation), world.database.owner() as connection:
        connection.execute("update raw.provider_costs set token_cost_micros = 0")
