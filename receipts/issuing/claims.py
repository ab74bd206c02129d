"""Which receipt is worked on: found, then locked for as long as its step takes; issuers side by side pass it over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.database import Connection

ReceiptState = Literal["ordered", "signed", "logged", "issued"]

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)

# A period that lost credits gets fresh ones; until then its receipt, ordered, waits without being looked at.
_DUE = (
    "state <> 'issued' and next_attempt_at <= %(now)s and (state <> 'ordered'"
    " or not exists (select from ops.periods_lacking_grams as lacking where lacking.period_id = receipts.period_id))"
)
_COLUMNS = "id, receipt_id, serial, org_id, period_id, state, kid, document_sha256, sealed_document"


@dataclass(frozen=True, slots=True)
class DueReceipt:
    id: int
    org_id: int
    state: ReceiptState


@dataclass(frozen=True, slots=True)
class Receipt:
    """A row of ops.receipts, locked by this transaction. What a later step writes is None."""

    id: int
    receipt_id: str
    serial: str
    org_id: int
    period_id: int
    state: ReceiptState
    kid: str | None
    document_sha256: str | None
    sealed_document: bytes | None


def is_due(connection: Connection, *, now: datetime) -> bool:
    return connection.execute(f"select 1 from ops.receipts where {_DUE} limit 1", {"now": now}).fetchone() is not None


def next_due(connection: Connection, *, now: datetime) -> DueReceipt | None:
    """The one that is due longest and that nobody works on. Its organization is known before anything is held."""
    row = connection.execute(
        f"select id, org_id, state from ops.receipts where {_DUE}"
        " order by next_attempt_at, id for no key update skip locked limit 1",
        {"now": now},
    ).fetchone()
    return None if row is None else DueReceipt(**row)


def claim(connection: Connection, due: DueReceipt, *, now: datetime) -> Receipt | None:
    """The row, locked to the transaction's end; None if somebody else has it or has taken it on."""
    row = connection.execute(
        f"select {_COLUMNS} from ops.receipts where id = %(id)s and state = %(state)s and {_DUE}"
        " for no key update skip locked",
        {"id": due.id, "state": due.state, "now": now},
    ).fetchone()
    return None if row is None else Receipt(**row)


def postpone(connection: Connection, due: DueReceipt, *, reason: str, now: datetime) -> int:
    """Due again after 5, 20, 80 minutes and so on, at most six hours; returns how many attempts have failed.

    0: the receipt has gone on in the meantime, by somebody else's hand.
    """
    row = connection.execute(
        "select attempts from ops.receipts where id = %s and state = %s for no key update", [due.id, due.state]
    ).fetchone()
    if row is None:
        return 0
    attempts = int(row["attempts"]) + 1
    wait = min(FIRST_WAIT * 4 ** min(attempts - 1, 5), LONGEST_WAIT)
    connection.execute(
        "update ops.receipts set attempts = %s, next_attempt_at = %s, last_error = %s where id = %s",
        [attempts, now + wait, reason, due.id],
    )
    return attempts
