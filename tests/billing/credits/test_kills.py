"""A retirer that is killed before or after any exchange with the broker: one order, one retirement, nothing lost."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from billing.credits.retirements import order_units
from core.database import Database
from tests.billing.credits.broker_process import REPOSITORY, BrokerSandbox
from tests.billing.credits.ledger import NOW, a_broker_block, block_of

pytestmark = [pytest.mark.database, pytest.mark.exhaustive]

# Exchanges of a retirement whose numbers come late: list, place; then read, certificate.
POINTS = [f"{moment} {number}" for number in (1, 2, 3) for moment in ("before", "after")]


@pytest.fixture
def retirers(database_url: str, broker: BrokerSandbox, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.billing.credits.retirer", database_url, broker.base_url, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def run(retirers: "subprocess.Popen[str]", *, hour: int, dies: str) -> int:
    """The exit code of a retirer that starts so many hours later, when every lease and wait is over."""
    assert retirers.stdin is not None
    assert retirers.stdout is not None
    retirers.stdin.write(f"{(NOW + timedelta(hours=hour)).isoformat()} {dies}\n")
    return int(retirers.stdout.readline().removeprefix("over "))


def order(database: Database, block_id: int, *, units: int) -> None:
    block = block_of(database, block_id)
    with database.worker() as connection:
        order_units(connection, block, units=units, cause="test", now=NOW)


def retired_units(database: Database) -> list[tuple[str, int, int]]:
    with database.worker() as connection:
        rows = connection.execute(
            "select state, lower(units) as start, upper(units) as stop from ops.retirements order by id"
        ).fetchall()
    return [(row["state"], row["start"], row["stop"]) for row in rows]


def test_killed_at_each_point_one_by_one(
    database: Database, broker: BrokerSandbox, retirers: "subprocess.Popen[str]"
) -> None:
    block = a_broker_block(database)
    broker.fault("forgets_keys", times=99)
    for number, point in enumerate(POINTS):
        order(database, block, units=1)
        assert run(retirers, hour=2 * number, dies=point) == 137
        assert run(retirers, hour=2 * number + 1, dies="never") == 0
        assert [len(broker.orders()), len(retired_units(database))] == [number + 1, number + 1]
    first = 58384
    assert retired_units(database) == [("retired", first + n, first + n + 1) for n in range(len(POINTS))]
    assert {entry["state"] for entry in broker.orders()} == {"fulfilled"}


def test_killed_at_all_points_in_a_row(
    database: Database, broker: BrokerSandbox, retirers: "subprocess.Popen[str]"
) -> None:
    order(database, a_broker_block(database), units=3)
    broker.fault("forgets_keys", times=99)
    broker.fault("without_serials", reads=2)
    codes = [run(retirers, hour=hour, dies=point) for hour, point in enumerate([*POINTS, "never", "never"])]
    assert codes[:4] == [137] * 4
    assert retired_units(database) == [("retired", 58384, 58387)]
    assert [entry["amount_kg"] for entry in broker.orders()] == [3_000]
