"""What is stored of a receipt, as it is handed out: its signed JSON, its PDF, its log proof.

Read in a transaction, opened after it: the secret store may be slow.
"""

from dataclasses import dataclass, field

from core.database import Connection
from core.errors import NotFoundError
from core.secret_store import SecretStore
from receipts.log.proofs import standing_proof
from receipts.vault import Part, ReceiptVault


class NotIssuedError(NotFoundError):
    """There is no such receipt, or not yet; a tenant sees its own only."""

    code = "receipt-not-issued"

    def __init__(self) -> None:
        super().__init__("There is no such receipt.")


@dataclass(frozen=True, slots=True)
class SealedPart:
    receipt_id: str
    part: Part
    vault_arn: str
    sealed: bytes = field(repr=False)

    def open(self, secrets: SecretStore) -> bytes:
        """The bytes that the log has the hash of. Raises ReceiptErasedError, SealBrokenError."""
        return ReceiptVault.at(secrets, self.vault_arn).open(self.sealed, receipt_id=self.receipt_id, part=self.part)


def load_document(connection: Connection, secrets: SecretStore, receipt_row_id: int) -> bytes:
    """The signed receipt, canonical JSON, where a transaction may wait for the secret store. As `sealed_document`."""
    return sealed_document(connection, receipt_row_id).open(secrets)


def load_pdf(connection: Connection, secrets: SecretStore, receipt_row_id: int) -> bytes:
    """As `load_document`, the PDF."""
    return sealed_pdf(connection, receipt_row_id).open(secrets)


def sealed_document(connection: Connection, receipt_row_id: int) -> SealedPart:
    """Of an issued receipt (key of ops.receipts). Any role; raises NotIssuedError."""
    return _sealed(connection, receipt_row_id, "document")


def sealed_pdf(connection: Connection, receipt_row_id: int) -> SealedPart:
    """As `sealed_document`."""
    return _sealed(connection, receipt_row_id, "pdf")


def load_proof(connection: Connection, receipt_row_id: int) -> bytes:
    """The .tlog-proof against the first checkpoint that has the receipt: the same bytes until its key is revoked."""
    row = connection.execute(
        "select log_index, log_size from ops.receipts where id = %s and state = 'issued'", [receipt_row_id]
    ).fetchone()
    if row is None:
        raise NotIssuedError
    return standing_proof(connection, leaf_index=row["log_index"], size=row["log_size"])


def _sealed(connection: Connection, receipt_row_id: int, part: Part) -> SealedPart:
    row = connection.execute(
        "select receipt_id, secret_arn as vault_arn,"
        " case when %s = 'pdf' then sealed_pdf else sealed_document end as sealed"
        " from ops.receipts join ops.receipt_vaults using (org_id) where id = %s and state = 'issued'",
        [part, receipt_row_id],
    ).fetchone()
    if row is None:
        raise NotIssuedError
    return SealedPart(row["receipt_id"], part, row["vault_arn"], bytes(row["sealed"]))
