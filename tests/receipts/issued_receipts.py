"""An issuer with its keys, and receipts that it has issued: where the tests of all that comes after them start."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carbonledger.verify.canonical import canonical
from carbonledger.verify.strict_json import parse_object
from carbonledger.verify.trust import Trust

from core.clock import FixedClock
from core.database import Database, fetch_one
from core.did_web import DidWeb
from core.secret_store import LocalVault
from core.settings import Settings
from receipts.issue import issue_due
from receipts.keys.history import key_history
from receipts.keys.issuer import issuer_of
from receipts.keys.signing_keys import create_keys
from receipts.stored import load_document, load_pdf, load_proof
from tests.receipts.closed_periods import ClosedPeriod, closed_period

ISSUER = DidWeb.parse("ledger.example")
PUBLIC_URL = "https://app.ledger.example"
ISSUED_AT = datetime(2027, 1, 15, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class IssuerHome:
    """What `issue_due` is handed."""

    database: Database
    secrets: LocalVault
    settings: Settings
    clock: FixedClock

    def issue(self) -> int:
        return issue_due(self.database, self.secrets, self.settings, clock=self.clock)

    def row(self, period: ClosedPeriod) -> dict[str, Any]:
        """The latest version of the period's receipt, as ops.receipts has it."""
        with self.database.worker() as connection:
            return fetch_one(
                connection,
                "select * from ops.receipts where period_id = %s order by version desc limit 1",
                [period.period_id],
            )


@dataclass(frozen=True, slots=True)
class IssuedReceipt:
    """`trust`: who the issuer is, as its key history says."""

    home: IssuerHome
    period: ClosedPeriod
    row: dict[str, Any]
    receipt: bytes
    proof: bytes
    pdf: bytes
    trust: Trust

    @property
    def serial(self) -> str:
        return str(self.row["serial"])

    @property
    def receipt_id(self) -> str:
        return str(self.row["receipt_id"])

    @property
    def document(self) -> dict[str, Any]:
        return parse_object(self.receipt)

    @property
    def subject(self) -> dict[str, Any]:
        subject: dict[str, Any] = self.document["credentialSubject"]
        return subject


def issuer_home(database: Database, home: Path) -> IssuerHome:
    """With the first keys, made if there are none."""
    secrets = LocalVault(home / "vault")
    with database.worker() as connection:
        is_laid = issuer_of(connection) is not None
    if not is_laid:
        create_keys(database, secrets, ISSUER, now=ISSUED_AT)
    settings = Settings(home=home, issuer=ISSUER.did, public_url=PUBLIC_URL)
    return IssuerHome(database, secrets, settings, FixedClock(ISSUED_AT))


def issued_receipt(
    database: Database, home: Path, *, period: ClosedPeriod | None = None, **facts: Any
) -> IssuedReceipt:
    """The receipt of `period`, or of one that is closed with these facts first (see `closed_period`)."""
    closed = period or closed_period(database, **facts)
    issuer = issuer_home(database, home)
    issuer.issue()
    return read_issued(issuer, closed)


def read_issued(issuer: IssuerHome, period: ClosedPeriod) -> IssuedReceipt:
    """The latest version, opened."""
    row = issuer.row(period)
    assert row["state"] == "issued", row["last_error"]
    with issuer.database.worker() as connection:
        return IssuedReceipt(
            issuer,
            period,
            row,
            receipt=load_document(connection, issuer.secrets, row["id"]),
            proof=load_proof(connection, row["id"]),
            pdf=load_pdf(connection, issuer.secrets, row["id"]),
            trust=Trust.from_key_history(canonical(key_history(connection))),
        )
