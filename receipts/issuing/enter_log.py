"""Enter a signed receipt into the log: signed -> logged. From here on it is published and never signed again.

Its leaves: the receipt, the retirements behind its credits (each once, whichever receipt names it first), and the grams
of them that back it.
"""

from datetime import datetime

from core.database import Connection, fetch_one
from receipts.document.credits import names_voided_grams, stated_credits
from receipts.issuing.claims import Receipt
from receipts.keys.signer import Signer
from receipts.log.append import append, log_size
from receipts.log.leaves import Leaf, ReceiptLeaf


def enter_log(connection: Connection, receipt: Receipt, *, log_signer: Signer, now: datetime) -> None:
    """A worker's transaction that holds the receipt's row.

    A receipt whose key was revoked since it was signed goes back to be signed with the present one: its leaf would lie
    behind the revocation's, and nobody would believe it. So does one of which a credit was invalidated since. Raises
    KeyReplacedError.
    """
    if _is_revoked(connection, receipt) or names_voided_grams(connection, receipt.id):
        _unsign(connection, receipt, now=now)
        return
    sha256 = str(receipt.document_sha256)
    backing = stated_credits(connection, receipt.id)
    retirements = dict.fromkeys(credit.retirement for credit in backing)
    allocations = (credit.allocation(sha256) for credit in backing)
    leaves: list[Leaf] = [ReceiptLeaf(sha256), *retirements, *allocations]
    log_index = append(connection, leaves, signer=log_signer, now=now)[0]
    connection.execute(
        "update ops.receipts set state = 'logged', log_index = %s, log_size = %s, logged_at = %s, attempts = 0,"
        " next_attempt_at = %s, last_error = null where id = %s",
        [log_index, log_size(connection), now, now, receipt.id],
    )


def _is_revoked(connection: Connection, receipt: Receipt) -> bool:
    """Shared, so that the key is not revoked before this transaction's leaf is there."""
    row = fetch_one(connection, "select state from ops.signing_keys where kid = %s for share", [receipt.kid])
    return bool(row["state"] == "revoked")


def _unsign(connection: Connection, receipt: Receipt, *, now: datetime) -> None:
    connection.execute(
        "update ops.receipts set state = 'ordered', kid = null, document_sha256 = null, sealed_document = null,"
        " usage_sha256 = null, signed_at = null, next_attempt_at = %s where id = %s",
        [now, receipt.id],
    )
