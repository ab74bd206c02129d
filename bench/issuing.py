"""Four issuers on 100 closed periods: receipts ordered, signed, logged and printed, all of it in the database.

Beside them the one act in it that cannot be had for less: a bare PyNaCl signature a receipt.
"""

import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from carbonledger.verify.canonical import canonical
from carbonledger.verify.receipt import verify_receipt
from carbonledger.verify.trust import Trust
from nacl.signing import SigningKey

from bench.closes import DUE_AT, stock
from bench.due_periods import HOURS, fill_with_due_periods
from bench.together import together
from billing.close import close_due
from core.clock import FixedClock
from core.database import Database, database_urls
from core.did_web import DidWeb
from core.migrations.migrate import migrate
from core.secret_store import LocalVault
from core.settings import Settings
from receipts.issue import issue_due
from receipts.keys.history import key_history
from receipts.keys.signing_keys import create_keys
from receipts.log.audit import audit
from receipts.stored import load_document, load_proof

ISSUERS = 4
RECEIPTS = 100
SIGNATURES = 5_000
ISSUER = DidWeb.parse("bench.example")
ISSUED_AT = DUE_AT + timedelta(hours=1)

_TONNES = 30  # 230 kg an organization at most


@dataclass(frozen=True, slots=True)
class IssuingMeasured:
    """Seconds for all receipts together, and for one signature."""

    receipts_seconds: float
    signature_seconds: float

    def as_table(self) -> str:
        receipts, bare = 60 * RECEIPTS / self.receipts_seconds, 60 / self.signature_seconds
        return "\n".join(
            [
                f"\n| {ISSUERS} processes, {RECEIPTS} receipts of {HOURS} sealed buckets | s | per min | times |",
                "|---|--:|--:|--:|",
                f"| receipts ordered, signed, logged and printed | {self.receipts_seconds:.2f} | {receipts:,.0f}"
                f" | {bare / receipts:,.0f} |",
                f"| bare PyNaCl signatures, one process | {self.signature_seconds * RECEIPTS:.4f} | {bare:,.0f} | 1 |",
            ]
        )


def issuing_measured(home: Path) -> IssuingMeasured:
    """Measure in a fresh home. Raises AssertionError if a receipt is missing or unsound, or the log is not whole."""
    urls = database_urls(Settings(home=home))
    migrate(urls)
    with Database(urls) as database:
        fill_with_due_periods(database, organizations=RECEIPTS)
        stock(database, home, units=range(1, _TONNES + 1), now=DUE_AT)
        close_due(database, clock=FixedClock(DUE_AT), policy="oldest_vintage_first")
        create_keys(database, LocalVault(home / "vault"), ISSUER, now=DUE_AT)
        seconds, _ = together(urls, [partial(_issue, home=home)] * ISSUERS)
        _check(database, home)
    return IssuingMeasured(seconds, _signature_seconds())


def _issue(database: Database, *, home: Path) -> int:
    settings = Settings(home=home, issuer=ISSUER.did)
    return issue_due(database, LocalVault(home / "vault"), settings, clock=FixedClock(ISSUED_AT))


def _check(database: Database, home: Path) -> None:
    secrets = LocalVault(home / "vault")
    with database.worker() as connection:
        trust = Trust.from_key_history(canonical(key_history(connection)))
        issued = connection.execute("select id from ops.receipts where state = 'issued'").fetchall()
        for row in issued:
            receipt, proof = load_document(connection, secrets, row["id"]), load_proof(connection, row["id"])
            assert verify_receipt(receipt, trust=trust, proof=proof).is_valid
    assert len(issued) == RECEIPTS
    assert audit(database).findings == ()


def _signature_seconds() -> float:
    """One signature over the 64 bytes that a receipt's proof is made of; the mean of many."""
    key, message = SigningKey.generate(), bytes(64)
    begun = time.perf_counter()
    for _ in range(SIGNATURES):
        key.sign(message)
    return (time.perf_counter() - begun) / SIGNATURES
