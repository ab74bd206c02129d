"""An organization with receipts: closed periods by SQL, issued as the worker does, and its owner."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import FixedClock
from core.database import Database
from core.did_web import DidWeb
from core.secret_store import SecretStore, secret_store
from core.settings import Settings
from receipts.issue import issue_due
from receipts.keys.errors import KeysExistError
from receipts.keys.signing_keys import create_keys
from tests.app.receipts.owners import owner_of
from tests.app.tenants import Tenant
from tests.conftest import NOON
from tests.receipts.closed_periods import ClosedPeriod, closed_period
from tests.receipts.sealed_rows import Used

ISSUER = DidWeb.parse("ledger.example")
LATE = (Used(output=40_000, requests=1), Used(output=-10_000, requests=-2, model="gpt-4o-mini", model_class="S"))
"""Usage of October that was learnt of in November, and some that was taken back."""


@dataclass(frozen=True, slots=True)
class ReceiptLedger:
    """`october` has a receipt, `november` another one with adjustments and a hole of three hours."""

    database: Database
    secrets: SecretStore
    october: ClosedPeriod
    november: ClosedPeriod
    owner: Tenant


def issuing(settings: Settings) -> Settings:
    """Settings of a server that issues test receipts."""
    return settings.model_copy(update={"issuer": ISSUER.did})


def receipt_ledger(database: Database, settings: Settings, *, now: datetime = NOON) -> ReceiptLedger:
    """`settings` have an issuer. Keys are made unless they are there; `now`: when they are, and the receipts."""
    secrets = secret_store(settings)
    try:
        create_keys(database, secrets, ISSUER, now=now)
    except KeysExistError:
        pass
    october = closed_period(database)
    hole = (october.ends_at + timedelta(days=3), october.ends_at + timedelta(days=3, hours=3))
    november = closed_period(database, after=october, late=LATE, holes=[hole])
    issue_due(database, secrets, settings, clock=FixedClock(now))
    return ReceiptLedger(database, secrets, october, november, owner_of(database, october, now=now))
