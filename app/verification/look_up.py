"""A receipt by its serial number: what is stored of it, opened, and verified once more before it is shown.

Who asks for a number that nobody has, that was not issued yet, or whose organization is gone gets one answer, and we
do the same for each: ask the table, then the secret store.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carbonledger.verify import Report, Trust, verify_receipt
from carbonledger.verify.checkpoint import Checkpoint
from carbonledger.verify.tlog_proof import TlogProof

from app.context import ServerContext
from app.verification.findings import Finding, findings_of
from app.verification.record import Record, find_record
from core.errors import NotFoundError
from receipts.keys.history import key_history
from receipts.log.proofs import standing_proof
from receipts.stored import sealed_pdf
from receipts.vault import ReceiptErasedError, ReceiptVault

_NO_ID = "0" * 32
# Names of secrets that are not there, in the form that each store reads.
_NO_SECRET: Mapping[str, str] = {
    "local": "arn:carbonledger:vault:local:secret:" + "0" * 32,
    "aws": "carbonledger/receipts/vault/none",
}


class NoSuchReceiptError(NotFoundError):
    code = "no-such-receipt"

    def __init__(self) -> None:
        super().__init__("There is no receipt with this serial number, or the id in the link is not its own.")


@dataclass(frozen=True, slots=True)
class Verification:
    """`content`: the signed bytes; `receipt`: what they say; `key`: the entry of the key history that signed them."""

    record: Record
    content: bytes = field(repr=False)
    receipt: Mapping[str, Any] = field(repr=False)
    proof: bytes = field(repr=False)
    log_origin: str
    key: Mapping[str, Any]
    report: Report = field(repr=False)

    @property
    def is_valid(self) -> bool:
        return self.report.is_valid

    @property
    def tree_size(self) -> int:
        """Leaves of the log in the state that the proof leads to."""
        return Checkpoint.parse(TlogProof.parse(self.proof).note.text).size

    @property
    def findings(self) -> list[Finding]:
        return findings_of(self.report)


def look_up(context: ServerContext, serial: str, *, receipt_id: str | None) -> Verification:
    """The issued receipt with this serial number; `receipt_id`: what the link says, which then has to be the receipt's.

    Raises NoSuchReceiptError.
    """
    record = _record_of(context, serial, receipt_id)
    content = _opened(context, record)
    if record is None or content is None:
        raise NoSuchReceiptError
    with context.database.before_tenant() as connection:
        history = key_history(connection)
        proof = standing_proof(connection, leaf_index=record.log_index, size=record.log_size)
    receipt = json.loads(content)
    kid = receipt["proof"]["verificationMethod"].partition("#")[2]
    return Verification(
        record=record,
        content=content,
        receipt=receipt,
        proof=proof,
        log_origin=history["logOrigin"],
        key=next(key for key in history["keys"] if key["kid"] == kid),
        report=verify_receipt(content, trust=Trust.from_key_history(json.dumps(history).encode()), proof=proof),
    )


def printed(context: ServerContext, found: Verification) -> bytes:
    """The PDF of the receipt, as it was issued."""
    with context.database.tenant(found.record.org_id) as connection:
        sealed = sealed_pdf(connection, found.record.row_id)
    return sealed.open(context.secrets)


def _record_of(context: ServerContext, serial: str, receipt_id: str | None) -> Record | None:
    """None too where the id is not the receipt's; an empty one is a wrong one."""
    with context.database.before_tenant() as connection:
        record = find_record(connection, serial=serial)
    known_id = _NO_ID if record is None else record.receipt_id
    given_id = known_id if receipt_id is None else receipt_id
    may_see = hmac.compare_digest(given_id.encode(), known_id.encode())
    return record if may_see else None


def _opened(context: ServerContext, record: Record | None) -> bytes | None:
    """The signed bytes; None where the organization's secret is gone, as that of no record is."""
    try:
        if record is None:
            ReceiptVault.at(context.secrets, _NO_SECRET[context.settings.secrets_backend])
            return None
        return record.document.open(context.secrets)
    except ReceiptErasedError:
        return None
