"""Retiring through the broker: one order a retirement, whatever the broker or the network does."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from billing.credits.evidence import EvidenceFolder
from billing.credits.manual_backend import ManualBackend
from billing.credits.retire import retire_due
from billing.credits.retirements import order_units
from core.database import Database, fetch_one
from tests.billing.credits.broker_process import PORTFOLIO, BrokerSandbox
from tests.billing.credits.ledger import NOW, POOL, a_block, a_broker_block, a_period, an_organization, block_of

pytestmark = pytest.mark.database

REFERENCE = "carbonledger:ACR:2891:58384-58385:1"
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path / "home")


@pytest.fixture
def ordered(database: Database) -> int:
    """The id of a retirement of two units that was ordered."""
    block = block_of(database, a_broker_block(database))
    with database.worker() as connection:
        return order_units(connection, block, units=2, cause="test", now=NOW)[0].retirement_id


def retirement(database: Database, retirement_id: int) -> dict[str, Any]:
    with database.worker() as connection:
        return fetch_one(connection, "select * from ops.retirements where id = %s", [retirement_id])


def alerts(database: Database) -> list[str]:
    with database.worker() as connection:
        rows = connection.execute("select title from ops.outbox where channel = 'operator' order by id").fetchall()
    return [row["title"] for row in rows]


def test_an_order_is_placed_retired_and_shown(
    database: Database, broker: BrokerSandbox, folder: EvidenceFolder, ordered: int
) -> None:
    done = retire_due(database, broker.backend(), folder, beneficiary=POOL, now=NOW)
    assert done.outcomes == {"retired": 1}
    row = retirement(database, ordered)
    assert (row["state"], row["units"].lower, row["units"].upper) == ("retired", 58384, 58386)
    assert (row["backend_order_id"], row["registry_retirement_id"]) == (
        "Gre28Fc00001",
        "47726-53238-46633-33562-0001",
    )
    assert (row["beneficiary_on_registry"], row["retired_on"]) == (POOL, NOW.date())
    assert row["public_url"] == "https://registry.example/retirements/Gre28Fc00001"
    assert folder.path(row["evidence_sha256"]).read_bytes() == b"%PDF-1.7\n% certificate of Gre28Fc00001\n"
    assert broker.orders() == [{"id": "Gre28Fc00001", "metadata": REFERENCE, "amount_kg": 2_000, "state": "fulfilled"}]
    assert retire_due(database, broker.backend(), folder, beneficiary=POOL, now=LATER).outcomes == {}


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"kind": "broken_answer"}, "broker-unavailable"),
        ({"kind": "broken_answer", "method": "GET"}, "broker-unavailable"),
        ({"kind": "server_error"}, "broker-unavailable"),
        ({"kind": "server_error", "method": "GET", "status": 429}, "broker-unavailable"),
        ({"kind": "delayed_retirement"}, "ordered"),
        ({"kind": "without_serials"}, "ordered"),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else value,
)
def test_whatever_happens_on_the_way_one_order_is_placed(
    database: Database,
    broker: BrokerSandbox,
    folder: EvidenceFolder,
    ordered: int,
    fault: dict[str, Any],
    outcome: str,
) -> None:
    broker.fault(**fault)
    broker.fault("forgets_keys", times=9)
    assert retire_due(database, broker.backend(), folder, beneficiary=POOL, now=NOW).outcomes == {outcome: 1}
    assert retirement(database, ordered)["state"] == "ordered"
    assert retire_due(database, broker.backend(), folder, beneficiary=POOL, now=NOW).outcomes == {}
    assert retire_due(database, broker.backend(), folder, beneficiary=POOL, now=LATER).outcomes == {"retired": 1}
    assert [order["metadata"] for order in broker.orders()] == [REFERENCE]


def test_an_order_far_down_the_list_is_found(
    database: Database, broker: BrokerSandbox, folder: EvidenceFolder, ordered: int
) -> None:
    broker.fault("broken_answer")
    retire_due(database, broker.backend(), folder, beneficiary=POOL, now=NOW)
    others = {"amount_kg": 1, "portfolio_id": PORTFOLIO, "metadata": "somebody else's"}
    for _ in range(55):
        broker.http.post("/v1/orders", json=others, headers={"Authorization": "Bearer cnaught-sandbox-key-0001"})
    assert retire_due(database, broker.backend(), folder, beneficiary=POOL, now=LATER).outcomes == {"retired": 1}
    assert [order["id"] for order in broker.orders() if order["metadata"] == REFERENCE] == ["Gre28Fc00001"]


def test_two_orders_with_one_reference_are_for_operators(
    database: Database, broker: BrokerSandbox, folder: EvidenceFolder, ordered: int
) -> None:
    """As if the broker had made two of a request that was sent once."""
    body = {"amount_kg": 2_000, "portfolio_id": PORTFOLIO, "metadata": REFERENCE}
    for _ in range(2):
        broker.http.post("/v1/orders", json=body, headers={"Authorization": "Bearer cnaught-sandbox-key-0001"})
    outcome = {"broker-refused": 1}
    assert retire_due(database, broker.backend(), folder, beneficiary=POOL, now=NOW).outcomes == outcome
    assert retire_due(database, broker.backend(), folder, beneficiary=POOL, now=LATER).outcomes == outcome
    assert alerts(database) == [f"Retirement {ordered} does not go on"]
    assert "cancel one of them" in retirement(database, ordered)["last_error"]


def test_a_cancelled_order_gives_its_units_back(
    database: Database, broker: BrokerSandbox, folder: EvidenceFolder, ordered: int
) -> None:
    broker.fault("cancels")
    assert retire_due(database, broker.backend(), folder, beneficiary=POOL, now=NOW).outcomes == {"failed": 1}
    assert alerts(database) == [f"Retirement {ordered} came to nothing"]
    block = block_of(database, retirement(database, ordered)["block_id"])
    with database.worker() as connection:
        again = order_units(connection, block, units=2, cause="test", now=NOW)
    assert [order.reference for order in again] == ["carbonledger:ACR:2891:58384-58385:2"]
    assert retire_due(database, broker.backend(), folder, beneficiary=POOL, now=NOW).outcomes == {"retired": 1}


def test_other_units_of_the_block_are_noted_as_the_registry_shows_them(
    database: Database, broker: BrokerSandbox, folder: EvidenceFolder, ordered: int
) -> None:
    broker.fault("other_units")
    assert retire_due(database, broker.backend(), folder, beneficiary=POOL, now=NOW).outcomes == {"retired": 1}
    row = retirement(database, ordered)
    assert (row["units"].lower, row["units"].upper) == (58385, 58387)


def test_units_that_are_spoken_for_are_for_operators(
    database: Database, broker: BrokerSandbox, folder: EvidenceFolder, ordered: int
) -> None:
    block = block_of(database, retirement(database, ordered)["block_id"])
    with database.worker() as connection:
        order_units(connection, block, units=2, cause="test", now=NOW + timedelta(days=1))
    broker.fault("other_units")
    assert retire_due(database, broker.backend(), folder, beneficiary=POOL, now=NOW).outcomes == {"units-disagree": 1}
    assert retirement(database, ordered)["state"] == "ordered"
    assert alerts(database) == [f"Retirement {ordered} does not go on"]


def test_a_key_that_the_broker_does_not_know_is_for_operators(
    database: Database, broker: BrokerSandbox, folder: EvidenceFolder, ordered: int
) -> None:
    backend = broker.backend(key="another-key")
    assert retire_due(database, backend, folder, beneficiary=POOL, now=NOW).outcomes == {"broker-refused": 1}
    row = retirement(database, ordered)
    assert row["last_error"] == "broker-refused: The broker refused what we asked (status 401, unauthorized)."
    assert broker.orders() == []


def test_periods_that_wait_ask_again_when_stock_has_come(
    database: Database, broker: BrokerSandbox, folder: EvidenceFolder, ordered: int
) -> None:
    period = a_period(database, an_organization(database), grams=5)
    with database.worker() as connection:
        connection.execute("update ops.billing_periods set state = 'retiring', next_attempt_at = %s", [LATER])
    retire_due(database, broker.backend(), folder, beneficiary=POOL, now=NOW)
    with database.worker() as connection:
        woken = fetch_one(connection, "select next_attempt_at from ops.billing_periods where id = %s", [period])
    assert woken == {"next_attempt_at": NOW}


def test_what_operators_retire_waits_for_their_evidence(
    database: Database, broker: BrokerSandbox, folder: EvidenceFolder
) -> None:
    block = block_of(database, a_block(database))
    with database.worker() as connection:
        order = order_units(connection, block, units=3, cause="test", now=NOW)[0]
    assert retire_due(database, broker.backend(), folder, beneficiary=POOL, now=NOW).outcomes == {}
    assert retire_due(database, ManualBackend(), folder, beneficiary=POOL, now=NOW).outcomes == {"ordered": 1}
    assert retirement(database, order.retirement_id)["state"] == "ordered"
    assert alerts(database) == ["Retire units 1 to 3 at VERRA"]
