"""Void a receipt: it stays as it is, the log says that it no longer stands, and another one may take its place.

ops.receipts (issued) -> ops.receipt_voids, the `void` leaf, the replacement's order (version n + 1), the owner's
notice: one transaction. Twice is once; what was said of a void is never said otherwise.
"""

from dataclasses import dataclass
from datetime import datetime

from core.audit import audit
from core.database import Connection, Database
from core.errors import ConflictError, InvalidInputError, NotFoundError, TransientError
from core.owner_notices import tell_owners
from core.secret_store import SecretStore
from receipts.document import texts
from receipts.document.credits import names_voided_grams
from receipts.keys.signer import Signer, log_signer
from receipts.log.append import append
from receipts.log.leaves import VoidLeaf
from receipts.ordering import order
from receipts.words.voids import ReasonCode, voided

LONGEST_NOTE = 500

_RECEIPT = """
    select
        receipt.id, receipt.serial, receipt.org_id, receipt.period_id, receipt.version, receipt.state,
        receipt.document_sha256, lower(period.span) as starts_at, upper(period.span) as ends_at
    from ops.receipts as receipt join ops.billing_periods as period on period.id = receipt.period_id
    where receipt.serial = %s for no key update of receipt
"""
_VOID = """
    select reason_code, note, is_to_be_replaced, voided_by, voided_at, void.log_index, later.serial as replaced_by
    from ops.receipt_voids as void left join ops.receipts as later on later.supersedes_id = void.receipt_row_id
    where void.receipt_row_id = %s
"""


class AlreadyVoidError(ConflictError):
    code = "receipt-already-void"


class NotVoidableError(ConflictError):
    code = "receipt-not-voidable"


class NotOrderedError(TransientError):
    """Once in 10^12: the replacement's random serial is another receipt's."""

    code = "replacement-not-ordered"

    def __init__(self, serial: str) -> None:
        super().__init__(f"The replacement of {serial} could not be ordered, so it was not voided. Try again.")


@dataclass(frozen=True, slots=True)
class Void:
    """`replaced_by`: serial of the receipt that is ordered in its place; `log_index`: of the leaf that says so."""

    reason_code: ReasonCode
    note: str
    is_to_be_replaced: bool
    voided_by: str
    voided_at: datetime
    log_index: int
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class _Receipt:
    id: int
    serial: str
    org_id: int
    period_id: int
    version: int
    state: str
    document_sha256: str | None
    starts_at: datetime
    ends_at: datetime


def void(
    database: Database,
    secrets: SecretStore,
    *,
    serial: str,
    reason_code: ReasonCode,
    note: str,
    replace: bool,
    actor: str,
    now: datetime,
) -> Void:
    """The void as it is then; with the same facts once more, as it was.

    Raises NotFoundError for an unknown serial, NotVoidableError for a receipt that is not issued yet or whose credits
    are as good as ever, AlreadyVoidError if it was voided for something else, InvalidInputError for a note that is
    empty or too long, NotOrderedError and KeyReplacedError (try again), NoKeysError, and what the secret store raises.
    """
    note = note.strip()
    if not 0 < len(note) <= LONGEST_NOTE:
        raise InvalidInputError(f"Say in at most {LONGEST_NOTE} characters what happened; the owner reads it.")
    with database.worker() as connection:
        signer = log_signer(connection, secrets)
    with database.worker() as connection:
        receipt = _locked(connection, serial)
        earlier = _void_of(connection, receipt)
        if earlier is not None:
            if (earlier.reason_code, earlier.note, earlier.is_to_be_replaced) != (reason_code, note, replace):
                raise AlreadyVoidError(
                    f"{serial} was voided on {earlier.voided_at:%Y-%m-%d}, with other words: {earlier.reason_code},"
                    f" {earlier.note!r}, {'replaced' if earlier.is_to_be_replaced else 'not replaced'}."
                )
            return earlier
        _refuse_unvoidable(connection, receipt, reason_code)
        if replace:
            _refuse_without_reader(connection, receipt)
        _write(connection, receipt, signer, reason_code=reason_code, note=note, replace=replace, actor=actor, now=now)
        written = _void_of(connection, receipt)
        assert written is not None  # noqa: S101 - this transaction wrote it
        return written


def _locked(connection: Connection, serial: str) -> _Receipt:
    row = connection.execute(_RECEIPT, [serial]).fetchone()
    if row is None:
        raise NotFoundError(f"There is no receipt {serial}; `receipts list` shows them.")
    return _Receipt(**row)


def _void_of(connection: Connection, receipt: _Receipt) -> Void | None:
    row = connection.execute(_VOID, [receipt.id]).fetchone()
    return None if row is None else Void(**row)


def _refuse_unvoidable(connection: Connection, receipt: _Receipt, reason_code: ReasonCode) -> None:
    if receipt.state != "issued":
        raise NotVoidableError(f"{receipt.serial} is {receipt.state}, not issued yet: nobody has it. Try again later.")
    if reason_code == "credit_invalidated" and not names_voided_grams(connection, receipt.id):
        raise NotVoidableError(
            f"No credit of {receipt.serial} was invalidated. Say which units were, with `carbonledger-server credits"
            " invalidate`: the receipts that name them are then voided by themselves."
        )


def _refuse_without_reader(connection: Connection, receipt: _Receipt) -> None:
    row = connection.execute("select state from ops.organizations where id = %s", [receipt.org_id]).fetchone()
    if row is None or row["state"] != "active":
        raise NotVoidableError(f"The organization of {receipt.serial} was deleted: void it without a replacement.")


def _write(
    connection: Connection,
    receipt: _Receipt,
    signer: Signer,
    *,
    reason_code: ReasonCode,
    note: str,
    replace: bool,
    actor: str,
    now: datetime,
) -> None:
    if replace and not order(
        connection,
        org_id=receipt.org_id,
        period_id=receipt.period_id,
        starts_at=receipt.starts_at,
        issuer=signer.issuer,
        now=now,
        version=receipt.version + 1,
        supersedes_id=receipt.id,
    ):
        raise NotOrderedError(receipt.serial)
    title, body = voided(
        serial=receipt.serial,
        period_start=texts.instant(receipt.starts_at),
        period_end=texts.instant(receipt.ends_at),
        reason_code=reason_code,
        note=note,
        is_to_be_replaced=replace,
    )
    tell_owners(
        connection, org_id=receipt.org_id, dedupe_key=f"receipt_void:{receipt.serial}", title=title, body=body, now=now
    )
    audit(
        connection, receipt.org_id, actor=actor, act="receipt.voided", subject=receipt.serial, reason=reason_code,
        now=now,
    )  # fmt: skip
    leaf = VoidLeaf(str(receipt.document_sha256), reason_code)
    # Last: whoever appends waits until this transaction ends.
    (log_index,) = append(connection, [leaf], signer=signer, now=now)
    connection.execute(
        "insert into ops.receipt_voids (receipt_row_id, org_id, reason_code, note, is_to_be_replaced, voided_by,"
        " voided_at, log_index) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        [receipt.id, receipt.org_id, reason_code, note, replace, actor, now, log_index],
    )
