"""Sign a receipt: ordered -> signed. Its credits are fixed, its document built, signed, and stored sealed.

A receipt that our own verification would not pass is not signed: it is an error here, not at whoever is shown it.
"""

import hashlib
from datetime import datetime

from carbonledger.verify.canonical import canonical
from carbonledger.verify.data_integrity import proof_options, signing_input, with_proof
from carbonledger.verify.receipt import verify_receipt
from carbonledger.verify.trust import Trust

from core.database import Connection
from core.errors import PermanentError
from receipts.document.content import unsigned_document
from receipts.document.credits import fix_credits
from receipts.issuing.claims import Receipt
from receipts.keys.history import key_history
from receipts.keys.signer import Signer
from receipts.vault import ReceiptVault


class UnsoundReceiptError(PermanentError):
    """What was built does not pass verification: a defect of ours, or of the rows."""

    code = "unsound-receipt"

    def __init__(self, check: str, detail: str) -> None:
        super().__init__(f"The receipt would not verify ({check}): {detail}")


def sign(connection: Connection, receipt: Receipt, *, signer: Signer, vault: ReceiptVault, now: datetime) -> None:
    """A worker's transaction that holds the receipt's row.

    Raises KeyReplacedError, UnsoundReceiptError, and what `unsigned_document` raises.
    """
    fix_credits(connection, receipt.id)
    unsigned = unsigned_document(connection, receipt.id, issuer=signer.issuer)
    options = proof_options(issuer=signer.did, kid=signer.kid)
    signer.hold(connection)
    signature = signer.sign(signing_input(unsigned.document, options))
    document = canonical(with_proof(unsigned.document, options, signature))
    _refuse_unsound(connection, document)
    connection.execute(
        "update ops.receipts set state = 'signed', kid = %s, document_sha256 = %s, sealed_document = %s,"
        " usage_sha256 = %s, signed_at = %s, attempts = 0, next_attempt_at = %s, last_error = null where id = %s",
        [
            signer.kid,
            hashlib.sha256(document).hexdigest(),
            vault.seal(document, receipt_id=receipt.receipt_id, part="document"),
            unsigned.usage_sha256,
            now,
            now,
            receipt.id,
        ],
    )


def _refuse_unsound(connection: Connection, document: bytes) -> None:
    report = verify_receipt(document, trust=Trust.from_key_history(canonical(key_history(connection))))
    for check in report.checks:
        if check.outcome == "failed":
            raise UnsoundReceiptError(check.name, check.detail)
