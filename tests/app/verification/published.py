"""A server that has issued receipts: one that holds, others that do not or not yet; what everybody may ask it."""

from dataclasses import dataclass
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from app.context import ServerContext
from core.clock import FixedClock
from core.database import Database, fetch_one
from core.secret_store import SecretStore
from receipts.keys.issuer import issuer_of
from receipts.ordering import order_closed_periods
from receipts.voids import void
from tests.receipts.closed_periods import ClosedPeriod, closed_period
from tests.receipts.issued_receipts import ISSUED_AT, IssuedReceipt, issued_receipt, read_issued
from tests.receipts.sealed_rows import Used

PAGE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}  # as browsers send it


@dataclass(frozen=True)
class Issued:
    """Each of another organization; `november` follows `october` and states late usage of it."""

    october: IssuedReceipt
    november: IssuedReceipt
    voided: IssuedReceipt
    replaced: IssuedReceipt
    replacement: IssuedReceipt
    erased: IssuedReceipt
    ordered_serial: str
    ordered_id: str


@dataclass(frozen=True)
class Published:
    issued: Issued
    context: ServerContext
    clock: FixedClock
    application: ASGIApp
    url: str
    client: httpx.Client

    @property
    def october(self) -> IssuedReceipt:
        return self.issued.october


def issue_all(database: Database, home: Path) -> Issued:
    first = closed_period(database, organization="Ada & Söhne")
    october = issued_receipt(database, home, period=first)
    november = issued_receipt(database, home, after=first, late=[Used(output=-1_000)])
    others = [issued_receipt(database, home, organization=name) for name in ("Voided", "Replaced", "Erased")]
    voided, replaced, erased = others
    _void(voided, replace=False)
    _void(replaced, replace=True)
    replaced.home.issue()
    with database.worker() as connection:
        arn = fetch_one(
            connection, "select secret_arn from ops.receipt_vaults where org_id = %s", [erased.period.org_id]
        )["secret_arn"]
    erased.home.secrets.delete(arn)
    ordered = _order(database, closed_period(database, organization="Ordered"))
    replacement = read_issued(replaced.home, replaced.period)
    return Issued(october, november, voided, replaced, replacement, erased, *ordered)


def context_of(issued: Issued, clock: FixedClock, *, secrets: SecretStore | None = None) -> ServerContext:
    home = issued.october.home
    return ServerContext(home.settings, home.database, secrets or home.secrets, {}, clock)


def _void(receipt: IssuedReceipt, *, replace: bool) -> None:
    void(
        receipt.home.database,
        receipt.home.secrets,
        serial=receipt.serial,
        reason_code="error_found",
        note="An hour was counted twice.",
        replace=replace,
        actor="operator",
        now=ISSUED_AT,
    )


def _order(database: Database, period: ClosedPeriod) -> tuple[str, str]:
    """Serial and id of a receipt that is ordered and goes no further here."""
    with database.worker() as connection:
        issuer = issuer_of(connection)
        assert issuer is not None
        assert order_closed_periods(connection, issuer=issuer, now=ISSUED_AT) == 1
        row = fetch_one(
            connection, "select serial, receipt_id from ops.receipts where period_id = %s", [period.period_id]
        )
    return row["serial"], row["receipt_id"]
