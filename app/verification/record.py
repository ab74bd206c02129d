"""What our tables say of an issued receipt, to whoever verifies: no tenant is named, no name known, the body sealed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from core.database import Connection
from receipts.log.leaves import RenditionLeaf
from receipts.stored import SealedPart
from receipts.words.voids import ReasonCode

State = Literal["valid", "voided", "superseded"]


@dataclass(frozen=True, slots=True)
class Status:
    """`since`: the month in which it was voided, `2026-12`. The other two are serial numbers."""

    state: State
    reason_code: ReasonCode | None
    since: str | None
    superseded_by: str | None
    supersedes: str | None


@dataclass(frozen=True, slots=True)
class Record:
    org_id: int
    row_id: int
    receipt_id: str
    serial: str
    is_test: bool
    issued_at: datetime
    document_sha256: str
    pdf_sha256: str
    log_index: int
    log_size: int
    status: Status
    document: SealedPart = field(repr=False)


def find_record(
    connection: Connection,
    *,
    serial: str | None = None,
    document_sha256: str | None = None,
    pdf_sha256: str | None = None,
) -> Record | None:
    """The issued receipt with this serial number, or of this document or this PDF. Any role."""
    row = connection.execute(
        "select org_id, id, receipt_id, serial, document_sha256, sealed_document, vault_arn, log_index, log_size,"
        " pdf_sha256, issued_at, is_test, void_reason_code, voided_at, supersedes, superseded_by"
        " from ops.public_receipt(%s, %s, %s)",
        [serial, document_sha256, pdf_sha256],
    ).fetchone()
    if row is None:
        return None
    voided_at: datetime | None = row["voided_at"]
    return Record(
        org_id=row["org_id"],
        row_id=row["id"],
        receipt_id=row["receipt_id"],
        serial=row["serial"],
        is_test=row["is_test"],
        issued_at=row["issued_at"],
        document_sha256=row["document_sha256"],
        pdf_sha256=row["pdf_sha256"],
        log_index=row["log_index"],
        log_size=row["log_size"],
        status=Status(
            state="valid" if voided_at is None else "voided" if row["superseded_by"] is None else "superseded",
            reason_code=row["void_reason_code"],
            since=None if voided_at is None else f"{voided_at:%Y-%m}",
            superseded_by=row["superseded_by"],
            supersedes=row["supersedes"],
        ),
        document=SealedPart(row["receipt_id"], "document", row["vault_arn"], bytes(row["sealed_document"])),
    )


def is_logged_rendition(connection: Connection, record: Record, *, pdf_sha256: str) -> bool:
    """Whether the log says of a PDF with this hash that it is the receipt, printed."""
    leaf = RenditionLeaf(receipt_sha256=record.document_sha256, media_type="application/pdf", sha256=pdf_sha256)
    found = connection.execute("select 1 from ops.log_leaves where leaf_hash = %s", [leaf.leaf_hash]).fetchone()
    return found is not None
