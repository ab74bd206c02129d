"""Examine one file that somebody sent, in a process of its own: standard input -> findings on standard output, as JSON.

Run by path with `python -I`, so nothing of the server is imported: the published library alone reads what strangers
send. Before it does, this process gives up files, sockets and all but a little memory and time.

Input: one line of JSON {"file": length, "proof": length or null, "trust": key history}, then the bytes of both.
Output: null for a PDF without exactly one receipt in it, else what was found.
"""

import json
import resource
import sys
from hashlib import sha256
from io import BytesIO
from typing import Any, BinaryIO

from carbonledger.verify import Report, Trust, VerificationError, verify_pdf, verify_receipt
from carbonledger.verify.pdf import embedded_files
from carbonledger.verify.schema import receipt_schema
from pypdf import PdfWriter

PDF_BEGINNING = b"%PDF-"
_MEMORY_BYTES = 512 * 1024 * 1024
_CPU_SECONDS = 6


def main() -> None:
    asked = json.loads(sys.stdin.buffer.readline())
    trust = Trust.from_key_history(json.dumps(asked["trust"]).encode())
    _rehearse(trust)
    _confine()
    file = _read(sys.stdin.buffer, asked["file"])
    proof = None if asked["proof"] is None else _read(sys.stdin.buffer, asked["proof"])
    verify = verify_pdf if file.startswith(PDF_BEGINNING) else verify_receipt
    try:
        report = verify(file, trust=trust, proof=proof)
    except VerificationError:
        sys.stdout.write("null")
        return
    sys.stdout.write(json.dumps(_findings(report, file)))


def _findings(report: Report, file: bytes) -> dict[str, Any]:
    return {
        "is_pdf": file.startswith(PDF_BEGINNING),
        "file_sha256": sha256(file).hexdigest(),
        "receipt_sha256": report.sha256,
        "checks": [[check.name, check.outcome] for check in report.checks],
        "receipt": report.receipt if report.is_valid or report.is_incomplete else None,
    }


def _rehearse(trust: Trust) -> None:
    """Does all of it once with what we know, so that whatever is imported late is there: afterwards no file opens."""
    for broken in (b'{"a":1,"a":1}', b"{", b"1.0", b"{}", b"\xff"):
        verify_receipt(broken, trust=trust, proof=broken)
    receipt_schema()
    pdf = BytesIO()
    writer = PdfWriter()
    writer.add_attachment("receipt.json", b"{}")
    writer.write(pdf)
    embedded_files(pdf.getvalue())


def _confine() -> None:
    for limit, most in (
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_NOFILE, 3),  # what is open stays open; nothing more can be, nor any socket
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def _read(stream: BinaryIO, length: int) -> bytes:
    content = stream.read(length)
    if len(content) != length:
        raise EOFError
    return content


if __name__ == "__main__":
    main()
