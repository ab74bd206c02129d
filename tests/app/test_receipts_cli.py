"""`carbonledger-server receipts …` as operators run it: the list, a void, a stolen key, and refusals."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from core.database import Connection, Database
from core.errors import CarbonLedgerError
from core.ids import public_id
from receipts.issuing.claims import Receipt, claim, next_due
from receipts.issuing.enter_log import enter_log
from receipts.issuing.sign import sign
from receipts.keys.signer import log_signer, receipt_signer
from receipts.keys.signing_keys import revoke
from receipts.ordering import order_closed_periods
from receipts.vault import receipt_vault
from tests.receipts.closed_periods import ClosedPeriod, closed_period
from tests.receipts.issued_receipts import ISSUED_AT, IssuerHome, issued_receipt, issuer_home

pytestmark = pytest.mark.database

Told = Callable[..., str]

SERIAL = r"CLT-2026-10-[0-9A-Z]{8}-[0-9A-Z*]"
STOLEN = ("--note", "The key was stolen.")


@pytest.fixture
def told(home: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Told:
    """What a command prints, or the sentence that it fails with; in this process."""
    monkeypatch.setenv("CARBONLEDGER_HOME", str(home))
    monkeypatch.setenv("CARBONLEDGER_DATABASE_URL", database_url)

    def told(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["receipts", *arguments])
        if isinstance(done.exception, CarbonLedgerError):
            return done.exception.sentence
        assert done.exit_code == 0, done.output
        return done.stdout

    return told


def test_a_receipt_is_voided_and_another_takes_its_place(told: Told, database: Database, home: Path) -> None:
    assert told("list") == "There are no receipts.\n"
    issued = issued_receipt(database, home)
    org = public_id("org", issued.period.org_id)
    was = f"{issued.serial}  {org}  2026-10; issued 2027-01-15"
    assert told("list") == f"{was}\n"
    said = ("--reason", "error_found", "--note", "The name was spelt wrongly.", "--replace")
    done = told("void", issued.serial, *said)
    found = re.fullmatch(
        rf"{issued.serial} is void since \d{{4}}-\d\d-\d\d \d\d:\d\d UTC, as leaf (\d+) of the log says;"
        rf" ({SERIAL}) takes its place\n",
        done,
    )
    assert found is not None, done
    assert told("void", issued.serial, *said) == done
    assert told("list", "--organization", org) == (
        f"{found[2]}  {org}  2026-10; ordered; in place of {issued.serial}\n{was}, void (error_found)\n"
    )
    assert told("list", "--at-most", "1").startswith(found[2])
    assert told("list", "--organization", "org_999") == "There are no receipts.\n"
    assert told("list", "--organization", "Ada") == "An organization's id reads org_12."
    assert told("void", "CLT-2026-10-AAAAAAAA-A", *said) == (
        "There is no receipt CLT-2026-10-AAAAAAAA-A; `receipts list` shows them."
    )


def test_what_a_stolen_key_signed_is_voided_from_a_leaf_on(told: Told, database: Database, home: Path) -> None:
    issuer = issuer_home(database, home)
    first = issued_receipt(database, home)
    second = issued_receipt(database, home, organization="Bob")
    kid, leaf = str(first.row["kid"]), str(second.row["log_index"])
    assert told("void-signed-by", "A" * 43, "--from-leaf", "0", *STOLEN) == (
        f"There is no key {'A' * 43} that signs receipts; `keys list` shows them."
    )
    assert told("void-signed-by", kid, "--from-leaf", leaf, *STOLEN) == (
        f"Key {kid} still signs, so the replacements would be signed with it: `carbonledger-server keys revoke {kid}`"
        " first."
    )
    revoke(database, issuer.secrets, kid, reason="stolen", now=ISSUED_AT)
    assert told("void-signed-by", kid, "--from-leaf", leaf, *STOLEN, "--replace") == f"{second.serial} is void\n"
    assert told("void-signed-by", kid, "--from-leaf", leaf, *STOLEN, "--replace") == (
        "no receipt of this key stands from that leaf on\n"
    )
    closed_period(database, organization="Eve")
    issuer.clock.advance(timedelta(days=36_500))
    issuer.issue()
    lines = told("list").splitlines()
    assert [line.partition("; ")[2].partition(" 2")[0] for line in lines] == ["issued"] * 4
    assert [line.endswith("void (key_compromised)") for line in lines] == [False, False, True, False]
    assert lines[1].endswith(f"in place of {second.serial}")


def log_without_printing(issuer: IssuerHome, period: ClosedPeriod) -> None:
    """As an issuer that is killed after the receipt is in the log leaves it."""
    database, secrets = issuer.database, issuer.secrets
    vault = receipt_vault(database, secrets, org_id=period.org_id, now=ISSUED_AT)
    with database.worker() as connection:
        key, log_key = receipt_signer(connection, secrets), log_signer(connection, secrets)
        order_closed_periods(connection, issuer=key.issuer, now=ISSUED_AT)
        sign(connection, claimed(connection), signer=key, vault=vault, now=ISSUED_AT)
        enter_log(connection, claimed(connection), log_signer=log_key, now=ISSUED_AT)


def claimed(connection: Connection) -> Receipt:
    due = next_due(connection, now=ISSUED_AT)
    assert due is not None
    receipt = claim(connection, due, now=ISSUED_AT)
    assert receipt is not None
    return receipt


def test_a_receipt_that_is_not_issued_yet_is_not_passed_over_in_silence(
    told: Told, database: Database, home: Path
) -> None:
    issuer = issuer_home(database, home)
    issued = issued_receipt(database, home)
    period = closed_period(database, organization="Bob")
    log_without_printing(issuer, period)
    waiting = issuer.row(period)
    assert (waiting["state"], waiting["kid"]) == ("logged", issued.row["kid"])
    revoke(database, issuer.secrets, issued.row["kid"], reason="stolen", now=ISSUED_AT)
    void_all = ("void-signed-by", issued.row["kid"], "--from-leaf", "0", *STOLEN)
    assert told(*void_all) == (
        f"Not voided, for they are signed with this key and not issued yet: {waiting['serial']}. All others are void."
        " Run this again when `receipts list` says that these are issued."
    )
    issuer.issue()
    assert told(*void_all) == f"{waiting['serial']} is void\n"
    assert told("list").count("void (key_compromised)") == 2
