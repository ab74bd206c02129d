"""The pool as it is looked at: forecast, invariants, reconciliation, and its regular work."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from billing.credits.allocation import allocate
from billing.credits.errors import NotOrderedError, NotOursError, UnitsDisagreeError
from billing.credits.evidence import EvidenceFolder
from billing.credits.invariants import broken_invariants
from billing.credits.operator_evidence import RegistryStatement, settle_with_evidence
from billing.credits.reconcile import differences
from billing.credits.retire import retire_due
from billing.credits.retirements import order_units
from billing.credits.stock import StockForecast, stock_forecast
from billing.credits.tend import is_due, tend_pool
from core.database import Database
from core.errors import InvalidInputError
from core.settings import Settings
from tests.billing.credits.broker_process import KEY, BrokerSandbox
from tests.billing.credits.ledger import (
    NOW,
    POOL,
    a_block,
    a_broker_block,
    a_period,
    an_organization,
    block_of,
    retire,
)

pytestmark = pytest.mark.database

STATEMENT = RegistryStatement(
    registry_retirement_id="R-1", retired_on=NOW.date(), beneficiary_on_registry=f" {POOL} ", public_url="https://r/1"
)


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path)


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    path = tmp_path / "statement.pdf"
    path.write_bytes(b"as the registry shows it")
    return path


def order(database: Database, block_id: int, *, units: int) -> int:
    block = block_of(database, block_id)
    with database.worker() as connection:
        return order_units(connection, block, units=units, cause="test", now=NOW)[0].retirement_id


def alerts(database: Database) -> list[str]:
    with database.worker() as connection:
        rows = connection.execute("select title from ops.outbox where channel = 'operator' order by id").fetchall()
    return [row["title"] for row in rows]


def bring(database: Database, folder: EvidenceFolder, retirement: int, path: Path, said: RegistryStatement) -> range:
    return settle_with_evidence(database, folder, retirement, path, statement=said, beneficiary=POOL, now=NOW)


def test_an_operators_evidence_settles_a_retirement_once(
    database: Database, folder: EvidenceFolder, statement: Path
) -> None:
    retirement = order(database, a_block(database), units=3)
    assert bring(database, folder, retirement, statement, STATEMENT) == range(1, 4)
    with pytest.raises(NotOrderedError):
        bring(database, folder, retirement, statement, STATEMENT)
    assert list(differences(database, [], folder)) == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"beneficiary_on_registry": "Somebody else"}, NotOursError),
        ({"retired_on": NOW.date() + timedelta(days=1)}, InvalidInputError),
        ({"serial_number_range": "13557-1-2-VCS-VCU-1289-VER-TZ-1-2366-16042021-15102021-0"}, UnitsDisagreeError),
        ({"serial_number_range": "13557-9-11-VCS-VCU-1289-VER-TZ-1-2366-16042021-15102021-0"}, UnitsDisagreeError),
        ({"serial_number_range": "13557-1-3-VCS-VCU-1289-APX-TZ-1-2366-16042021-15102021-0"}, UnitsDisagreeError),
    ],
)
def test_evidence_of_something_else_settles_nothing(
    database: Database, folder: EvidenceFolder, statement: Path, changes: dict[str, Any], error: type[Exception]
) -> None:
    retirement = order(database, a_block(database), units=3)
    said = {name: getattr(STATEMENT, name) for name in STATEMENT.__dataclass_fields__} | changes
    with pytest.raises(error):
        bring(database, folder, retirement, statement, RegistryStatement(**said))
    assert bring(database, folder, retirement, statement, STATEMENT) == range(1, 4)


def test_other_units_of_the_block_are_taken_as_the_registry_shows_them(
    database: Database, folder: EvidenceFolder, statement: Path
) -> None:
    retirement = order(database, a_block(database), units=3)
    serial = "13557-8-10-VCS-VCU-1289-VER-TZ-1-2366-16042021-15102021-0"
    said = RegistryStatement("R-1", NOW.date(), POOL, serial_number_range=serial)
    assert bring(database, folder, retirement, statement, said) == range(8, 11)


def test_the_ledger_is_whole_and_a_break_is_found(database: Database) -> None:
    block, ada = a_block(database), an_organization(database)
    retire(database, block, units=1)
    period = a_period(database, ada, grams=600)
    with database.worker() as connection:
        allocate(connection, org_id=ada, period_id=period, grams=600, policy="cheapest", now=NOW)
        assert broken_invariants(connection) == {}
    with database.owner() as connection:
        connection.execute("alter table ops.allocations disable trigger append_only")
        connection.execute("update ops.allocations set grams = int8range(999900, 1000500)")
        assert list(broken_invariants(connection)) == ["only retired grams are allotted", "the ledger is append-only"]
        connection.execute("update ops.allocations set grams = int8range(0, 2000000)")
        assert list(broken_invariants(connection)) == [
            "grams allotted are at most the grams retired, block by block",
            "only retired grams are allotted",
            "a period has the grams that its close stated, none yet, or is getting back what it lost",
            "the ledger is append-only",
        ]
        connection.rollback()


def test_reconciling_finds_what_differs(database: Database, broker: BrokerSandbox, folder: EvidenceFolder) -> None:
    retirement = order(database, a_broker_block(database), units=2)
    retire_due(database, broker.backend(), folder, beneficiary=POOL, now=NOW)
    assert list(differences(database, [broker.backend()], folder)) == []
    assert list(differences(database, [], folder)) == [f"retirement {retirement}: no broker is set up to ask"]
    broker.fault("server_error", method="GET")
    assert list(differences(database, [broker.backend()], folder)) == [
        f"retirement {retirement}: The broker asks for patience (status 503)."
    ]
    broker.reset()
    assert list(differences(database, [broker.backend()], folder)) == [
        f"retirement {retirement}: The broker refused what we asked (status 404, not-found)."
    ]


def test_the_forecast_counts_what_waits_and_what_open_periods_will_need(database: Database) -> None:
    """Half of the period is over, so what it has is half; above its coverage nothing is retired."""
    ada, bob = an_organization(database, "Ada"), an_organization(database, "Bob")
    retire(database, a_block(database, units=3), units=1)
    a_period(database, ada, grams=600)
    running = [a_period(database, ada, grams=0, months_ago=1), a_period(database, bob, grams=0)]
    with database.owner() as connection:
        connection.execute("alter table ops.billing_periods disable trigger stated_once")
        connection.execute(
            "update ops.billing_periods set state = 'open', coverage_grams = 250000, frozen_at = null,"
            " seen_arrival_id = null, seal_arrival_id = null, has_usage_data = null, co2e_micrograms_central = null,"
            " retire_grams = null, carry_in_micrograms = null, carry_out_micrograms = null where id = any(%s)",
            [running],
        )
        spans = connection.execute("select id, upper(span) - interval '15 days' as middle from ops.billing_periods")
        middle = {row["id"]: row["middle"] for row in spans}
        assert stock_forecast(connection, now=NOW) == StockForecast(1_000_000, 0, 2_000_000, 600, None)
        connection.execute(
            "create table marts.fct_period_lines (org_id bigint, period_id bigint,"
            " co2e_micrograms_central numeric(38, 6))"
        )
        for org_id, period, micrograms in ((ada, running[0], Decimal("1000000.5")), (bob, running[1], 200_000_000_000)):
            connection.execute("insert into marts.fct_period_lines values (%s, %s, %s)", [org_id, period, micrograms])
        assert stock_forecast(connection, now=middle[running[1]]).expected_grams == 2 + 250_000
        assert stock_forecast(connection, now=NOW).expected_grams == 2 + 200_000


def test_low_stock_is_told_once_and_again_after_too_small_an_import(database: Database, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path)
    a_period(database, an_organization(database), grams=7_000_000)
    for hours in (0, 0, 1, 2):
        tend_pool(database, settings, now=NOW + timedelta(hours=hours))
    assert alerts(database) == ["Credits for 7,000,000 g will be lacking"]
    a_block(database, units=1)
    tend_pool(database, settings, now=NOW + timedelta(hours=3))
    a_block(database, units=6, issuance_scope="enough")
    tend_pool(database, settings, now=NOW + timedelta(hours=4))
    assert alerts(database)[1:] == ["Credits for 6,000,000 g will be lacking"]


def test_the_regular_work_retires_what_is_due(database: Database, broker: BrokerSandbox, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path, broker_base_url=broker.base_url, broker_api_key=SecretStr(KEY))
    order(database, a_broker_block(database), units=2)
    assert is_due(database, now=NOW)
    assert tend_pool(database, settings, now=NOW) == 1
    assert not is_due(database, now=NOW)
    assert list(differences(database, [broker.backend()], EvidenceFolder(tmp_path))) == []


def test_a_stand_in_for_the_broker_is_refused_with_a_live_stripe_key() -> None:
    keys: dict[str, Any] = {"stripe_secret_key": "sk_live_1", "stripe_webhook_secret": "whsec_1"}
    assert Settings(_env_file=None, **keys).broker_base_url == "https://api.cnaught.com/v1"
    with pytest.raises(ValidationError, match="retired by the real broker"):
        Settings(_env_file=None, broker_base_url="http://127.0.0.1:8900/v1", **keys)
    test_keys = keys | {"stripe_secret_key": "sk_test_1"}
    assert Settings(_env_file=None, broker_base_url="http://127.0.0.1:8900/v1", **test_keys).broker_api_key is None
