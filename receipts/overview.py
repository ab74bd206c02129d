"""Receipts as operators see them: of every organization, how far each has come, and which are void."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from core.database import Connection


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """`supersedes`: serial of the one before it; `last_error`: what its issuing ran into last."""

    serial: str
    org_id: int
    starts_at: datetime
    version: int
    state: str
    issued_at: datetime | None
    void_reason_code: str | None
    supersedes: str | None
    last_error: str | None


def latest_receipts(connection: Connection, *, org_id: int | None, at_most: int) -> list[ReceiptLine]:
    """Those that were ordered last, first; of one organization or of all. A worker's connection."""
    with connection.cursor(row_factory=class_row(ReceiptLine)) as cursor:
        return cursor.execute(
            "select receipt.serial, receipt.org_id, lower(period.span) as starts_at, receipt.version, receipt.state,"
            " receipt.issued_at, void.reason_code as void_reason_code, earlier.serial as supersedes,"
            " receipt.last_error from ops.receipts as receipt"
            " join ops.billing_periods as period on period.id = receipt.period_id"
            " left join ops.receipt_voids as void on void.receipt_row_id = receipt.id"
            " left join ops.receipts as earlier on earlier.id = receipt.supersedes_id"
            " where %(org)s::bigint is null or receipt.org_id = %(org)s order by receipt.id desc limit %(at_most)s",
            {"org": org_id, "at_most": at_most},
        ).fetchall()
