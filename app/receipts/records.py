"""An organization's receipts: what each is for, how far it has come, what it states, and where it is in the log.

ops.receipts + ops.billing_periods + ops.receipt_voids -> ReceiptView. The whole document is sealed; see `files.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from app.telemetry.measures import Estimate
from core.database import Connection, Database
from core.errors import NotFoundError
from receipts.words.voids import ReasonCode

ReceiptState = Literal["preparing", "issued", "voided", "superseded"]
"""preparing: not all of it is there yet. voided: it no longer stands. superseded: nor does it, and another one does."""

MICROGRAMS_OF_A_GRAM = 1_000_000
_LONGEST_SERIAL = 40


@dataclass(frozen=True, slots=True)
class VoidView:
    """`note` is for the organization; the public is told the code."""

    reason_code: ReasonCode
    note: str
    is_to_be_replaced: bool
    voided_at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """[started_at, ended_at) is the period. Masses are whole micrograms as the receipt states them, credits are grams.

    `log_size`: leaves of the first checkpoint that has it. `supersedes`, `superseded_by`: serials.
    """

    id: int
    serial: str
    receipt_id: str
    period_id: int
    version: int
    state: ReceiptState
    tier: str
    legal_name: str
    is_test: bool
    started_at: datetime
    ended_at: datetime
    closed_at: datetime
    factor_version: str
    co2e: Estimate
    retire_grams: int
    not_covered_micrograms: Decimal
    known_hours: int
    missing_hours: int
    ordered_at: datetime
    issued_at: datetime | None
    kid: str | None
    document_sha256: str | None
    usage_sha256: str | None
    pdf_sha256: str | None
    log_index: int | None
    log_size: int | None
    supersedes: str | None
    superseded_by: str | None
    void: VoidView | None

    @property
    def is_issued(self) -> bool:
        """Its files are there; also of one that no longer holds."""
        return self.issued_at is not None


_RECEIPTS = (
    "select receipt.id, receipt.serial, receipt.receipt_id, receipt.period_id, receipt.version, receipt.legal_name,"
    " receipt.is_test, receipt.ordered_at, receipt.issued_at, receipt.kid, receipt.document_sha256,"
    " receipt.usage_sha256, receipt.pdf_sha256, receipt.log_index, receipt.log_size, period.tier,"
    " lower(period.span) as started_at, upper(period.span) as ended_at, period.closed_at, period.factor_version,"
    " period.co2e_micrograms_low, period.co2e_micrograms_central, period.co2e_micrograms_high, period.retire_grams,"
    " period.carry_in_micrograms, period.known_hours, period.missing_hours, earlier.serial as supersedes,"
    " later.serial as superseded_by, void.reason_code, void.note, void.is_to_be_replaced, void.voided_at"
    " from ops.receipts as receipt"
    " join ops.billing_periods as period on period.id = receipt.period_id"
    " left join ops.receipt_voids as void on void.receipt_row_id = receipt.id"
    " left join ops.receipts as earlier on earlier.id = receipt.supersedes_id"
    " left join ops.receipts as later on later.supersedes_id = receipt.id and later.state = 'issued'"
)


def list_receipts(
    database: Database, org_id: int, *, period_id: int | None = None, state: ReceiptState | None = None
) -> list[ReceiptView]:
    """In the order in which they were begun. Raises NotFoundError for a period that is none of the organization's."""
    with database.tenant(org_id) as connection:
        if period_id is not None:
            _require_period(connection, period_id)
        rows = connection.execute(f"{_RECEIPTS} order by receipt.id".encode()).fetchall()
    views = [_view(row) for row in rows]
    return [view for view in views if period_id in {None, view.period_id} and state in {None, view.state}]


def find_receipt(database: Database, org_id: int, serial: str) -> ReceiptView:
    """Raises NotFoundError for a serial that is none of the organization's."""
    with database.tenant(org_id) as connection:
        return read_receipt(connection, serial)


def read_receipt(connection: Connection, serial: str) -> ReceiptView:
    """In a transaction of its tenant. Raises NotFoundError."""
    row = None
    if serial.isascii() and serial.isprintable() and len(serial) <= _LONGEST_SERIAL:
        row = connection.execute(f"{_RECEIPTS} where receipt.serial = %s".encode(), [serial]).fetchone()
    if row is None:
        raise NotFoundError("There is no such receipt.")
    return _view(row)


def _require_period(connection: Connection, period_id: int) -> None:
    if connection.execute("select from ops.billing_periods where id = %s", [period_id]).fetchone() is None:
        raise NotFoundError("There is no such period.")


def _view(row: dict[str, Any]) -> ReceiptView:
    bounds = [_whole(row.pop(f"co2e_micrograms_{bound}")) for bound in ("low", "central", "high")]
    void_facts: Sequence[Any] = [row.pop(name) for name in ("reason_code", "note", "is_to_be_replaced", "voided_at")]
    void = None if void_facts[0] is None else VoidView(*void_facts)
    co2e, carry_in = Estimate(*bounds), _whole(row.pop("carry_in_micrograms"))
    # Of the printed numbers, as on the receipt: central - carry in = retired - carry out + not covered, to the digit.
    above = co2e.central - carry_in - MICROGRAMS_OF_A_GRAM * row["retire_grams"]
    not_covered = max(Decimal(0), above)
    return ReceiptView(**row, co2e=co2e, not_covered_micrograms=not_covered, void=void, state=_state(row, void))


def _state(row: dict[str, Any], void: VoidView | None) -> ReceiptState:
    if void is not None:
        return "voided" if row["superseded_by"] is None else "superseded"
    return "preparing" if row["issued_at"] is None else "issued"


def _whole(micrograms: Decimal) -> Decimal:
    """As a receipt rounds: to the nearest microgram, halves away from zero."""
    return micrograms.quantize(Decimal(1), rounding=ROUND_HALF_UP)
