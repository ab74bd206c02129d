"""Print a logged receipt: logged -> issued. The PDF with the receipt and its proof inside, its leaf, the notice.

The PDF is stored, for another zlib would pack the same pages into other bytes.
"""

import hashlib
from datetime import datetime

from core.database import Connection, fetch_one
from core.settings import Settings
from receipts.issuing.claims import Receipt
from receipts.keys.signer import Signer
from receipts.links import verification_url
from receipts.log.append import append
from receipts.log.leaves import RenditionLeaf
from receipts.log.proofs import standing_proof
from receipts.notices import tell_issued
from receipts.pdf.render import render
from receipts.vault import ReceiptVault

MEDIA_TYPE = "application/pdf"


def print_out(
    connection: Connection,
    receipt: Receipt,
    *,
    log_signer: Signer,
    vault: ReceiptVault,
    settings: Settings,
    now: datetime,
) -> None:
    """A worker's transaction that holds the receipt's row. Raises KeyReplacedError and SealBrokenError."""
    document = vault.open(receipt.sealed_document or b"", receipt_id=receipt.receipt_id, part="document")
    place = fetch_one(connection, "select log_index, log_size from ops.receipts where id = %s", [receipt.id])
    proof = standing_proof(connection, leaf_index=place["log_index"], size=place["log_size"])
    verify_url = verification_url(settings.public_url, serial=receipt.serial, receipt_id=receipt.receipt_id)
    pdf = render(document, proof, verify_url=verify_url)
    sha256 = hashlib.sha256(pdf).hexdigest()
    leaf = RenditionLeaf(str(receipt.document_sha256), MEDIA_TYPE, sha256)
    sealed_pdf = vault.seal(pdf, receipt_id=receipt.receipt_id, part="pdf")
    tell_issued(connection, receipt, settings=settings, now=now)
    # Last: whoever appends waits until this transaction ends.
    pdf_log_index = append(connection, [leaf], signer=log_signer, now=now)[0]
    connection.execute(
        "update ops.receipts set state = 'issued', pdf_sha256 = %s, sealed_pdf = %s, pdf_log_index = %s,"
        " issued_at = %s, attempts = 0, last_error = null where id = %s",
        [sha256, sealed_pdf, pdf_log_index, now, receipt.id],
    )
