"""The bytes of issued receipts: the signed document, its PDF, its log proof, and the sealed usage that it commits to.

Documents and PDFs are stored sealed and are opened here for their organization; the log proof is public anyway. The
sealed usage file is written anew each time from rows that never change, and is held against the hash that was signed.
"""

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, assert_never

from app.context import ServerContext
from app.receipts.errors import ReceiptNotReadyError, SealedUsageChangedError
from app.receipts.records import ReceiptView, find_receipt
from receipts.document.sealed_rows import sealed_rows
from receipts.document.sealed_usage import head_lines, row_line
from receipts.stored import load_proof, sealed_document, sealed_pdf

FileKind = Literal["json", "pdf", "tlog-proof"]
LINES_OF_A_CHUNK = 500
"""Less than half a megabyte."""


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """`sha256`: 64 hex digits, of `content`."""

    receipt: ReceiptView
    content: bytes = field(repr=False)
    sha256: str


def find_issued(context: ServerContext, org_id: int, serial: str) -> ReceiptView:
    """Raises NotFoundError, and ReceiptNotReadyError for a receipt that is being prepared."""
    receipt = find_receipt(context.database, org_id, serial)
    if not receipt.is_issued:
        raise ReceiptNotReadyError(receipt.serial)
    return receipt


def read_file(context: ServerContext, org_id: int, serial: str, kind: FileKind) -> ReceiptFile:
    """As `find_issued`; raises ReceiptErasedError and SealBrokenError. The secret store holds up no transaction."""
    receipt = find_issued(context, org_id, serial)
    match kind:
        case "json":
            with context.database.tenant(org_id) as connection:
                document = sealed_document(connection, receipt.id)
            return _file(receipt, document.open(context.secrets))
        case "pdf":
            with context.database.tenant(org_id) as connection:
                pdf = sealed_pdf(connection, receipt.id)
            return _file(receipt, pdf.open(context.secrets))
        case "tlog-proof":
            with context.database.tenant(org_id) as connection:
                return _file(receipt, load_proof(connection, receipt.id))
        case _:
            assert_never(kind)


@contextmanager
def sealed_usage(context: ServerContext, org_id: int, receipt: ReceiptView) -> Iterator[Iterator[bytes]]:
    """The file in chunks, to be read once within the block, which holds a connection.

    The last chunk is kept back until all of it has the signed hash: a file that has not raises SealedUsageChangedError
    in its midst. Raises MissingFactorsError before anything is read.
    """
    with context.database.worker() as connection:  # factors are not of a tenant; the receipt was found as the tenant's
        head = b"".join(head_lines(connection, receipt.period_id))
    with context.database.tenant(org_id) as connection:
        rows = sealed_rows(connection, receipt.period_id)
        with closing(rows):  # its cursor, while the transaction is there: whoever reads may leave in the midst
            yield _held_against(receipt, _chunks(head, map(row_line, rows)))


def _chunks(head: bytes, lines: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    while some := b"".join(islice(lines, LINES_OF_A_CHUNK)):
        yield some


def _held_against(receipt: ReceiptView, chunks: Iterator[bytes]) -> Iterator[bytes]:
    digest, kept = hashlib.sha256(), b""
    for chunk in chunks:
        if kept:
            yield kept
        digest.update(chunk)
        kept = chunk
    if digest.hexdigest() != receipt.usage_sha256:
        raise SealedUsageChangedError(receipt.serial)
    yield kept


def _file(receipt: ReceiptView, content: bytes) -> ReceiptFile:
    return ReceiptFile(receipt, content, hashlib.sha256(content).hexdigest())
