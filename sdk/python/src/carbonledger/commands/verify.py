"""`carbonledger receipts verify`: a file or a serial number -> findings.

A file is verified offline with the keys of `--trust`. `--server` is asked for the keys if none are given, and whether
the receipt still stands. A serial number needs the server, and without `--id` its public record shows only that the
log has the receipt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carbonledger.commands.findings import Findings, Status
from carbonledger.commands.inputs import (
    LARGEST_USAGE_FILE_BYTES,
    PDF_BEGINNING,
    BadInputError,
    proof_beside,
    read,
)
from carbonledger.commands.public_record import PublicRecord
from carbonledger.public_server import PublicServer
from carbonledger.verify import serials
from carbonledger.verify.errors import CannotCheckError, VerificationError
from carbonledger.verify.pdf import verify_pdf
from carbonledger.verify.receipt import verify_receipt
from carbonledger.verify.recompute import Difference, recompute
from carbonledger.verify.record import verify_record
from carbonledger.verify.report import Report
from carbonledger.verify.trust import Trust


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's arguments; `target` is a file's path or a serial number."""

    target: str
    proof: Path | None = None
    trust: Path | None = None
    server: str | None = None
    receipt_id: str | None = None
    usage: Path | None = None


def verify(asked: Asked) -> Findings:
    """What was found. Raises BadInputError for input that is no receipt, CannotCheckError if too little is given."""
    server = None if asked.server is None else _server(asked.server)
    trust, trusted = _trust(asked, server)
    if _is_there(asked.target):
        report, status = _verify_file(Path(asked.target), asked, trust, server)
    else:
        record = _record_of_serial(asked, server)
        report, status = _verify_record(record, trust), _status(record)
    differences = None if asked.usage is None else _recompute(asked.usage, report)
    return Findings(report=report, trusted=trusted, status=status, differences=differences)


def _server(url: str) -> PublicServer:
    try:
        return PublicServer(url)
    except ValueError as error:
        raise BadInputError(str(error)) from error


def _is_there(target: str) -> bool:
    try:
        return Path(target).exists()
    except OSError:  # no name that a file can have
        return False


def _trust(asked: Asked, server: PublicServer | None) -> tuple[Trust, str]:
    """Whom to believe, and where that came from."""
    if asked.trust is not None:
        data, source = read(asked.trust), str(asked.trust)
    elif server is not None:
        data, source = server.key_history(), f"fetched from {server.url} just now; keep a copy and pass it as --trust"
    else:
        raise CannotCheckError(
            "Whose keys? Give the issuer's key history with --trust FILE, or --server URL to ask it."
        )
    try:
        trust = Trust.from_key_history(data)
    except VerificationError as error:
        raise BadInputError(f"The key history cannot be used: {error}") from error
    return trust, f"of {trust.issuer}, {source}"


def _verify_file(path: Path, asked: Asked, trust: Trust, server: PublicServer | None) -> tuple[Report, Status | None]:
    """The report, and what the server says, if it is asked.

    Its log proof is taken where none was given, or the one inside a PDF counts no more: its key was revoked.
    """
    content = read(path)
    proof_path = asked.proof or proof_beside(path)
    report = _verify_content(content, None if proof_path is None else read(proof_path), trust, path)
    if server is None:
        return report, None
    try:
        record = _record_of_report(report, server)
    except CannotCheckError as error:  # that the server does not answer takes nothing from the other checks
        return report, Status("not_checked", str(error))
    if record.sha256 != report.sha256:
        return report, Status("failed", "The issuer's receipt with this serial number is another: its SHA-256 differs.")
    if proof_path is None and report.outcome("checkpoint") != "passed":
        report = _verify_content(content, record.proof, trust, path)
    return report, _status(record)


def _verify_content(content: bytes, proof: bytes | None, trust: Trust, path: Path) -> Report:
    if content.startswith(PDF_BEGINNING):
        try:
            return verify_pdf(content, trust=trust, proof=proof)
        except VerificationError as error:
            raise BadInputError(f"{path}: {error}") from error
    if not content.startswith(b"{"):
        raise BadInputError(f"{path} is neither a receipt (JSON) nor a PDF.")
    return verify_receipt(content, trust=trust, proof=proof)


def _record_of_report(report: Report, server: PublicServer) -> PublicRecord:
    """What the server says of the receipt in a file. Raises CannotCheckError."""
    if report.receipt is None or report.outcome("schema") != "passed":
        raise CannotCheckError("The file does not read as a receipt, so the server was not asked.")
    subject: Mapping[str, Any] = report.receipt["credentialSubject"]  # type: ignore[assignment] # as the schema asks
    record = _record(server, subject["serial"], receipt_id=None)
    if record is None:
        raise CannotCheckError("The server knows no receipt with this serial number.")
    return record


def _status(record: PublicRecord) -> Status:
    if record.state == "valid":
        return Status("passed", "The issuer says that the receipt stands.")
    instead = f" {record.superseded_by} counts instead." if record.superseded_by else ""
    return Status("failed", f"The issuer has voided the receipt.{instead}")


def _record_of_serial(asked: Asked, server: PublicServer | None) -> PublicRecord:
    try:
        serial = str(serials.parse(serials.as_typed(asked.target)))
    except VerificationError as error:
        raise BadInputError(f"There is no file {asked.target}, and {error}") from error
    if server is None:
        raise CannotCheckError("A serial number is looked up at a server: give --server URL.")
    record = _record(server, serial, receipt_id=asked.receipt_id)
    if record is None:
        raise CannotCheckError(f"{server.url} knows no receipt {serial}, or its id is another.")
    return record


def _record(server: PublicServer, serial: str, *, receipt_id: str | None) -> PublicRecord | None:
    answer = server.record(serial, receipt_id=receipt_id)
    return None if answer is None else PublicRecord.parse(answer, serial=serial)


def _verify_record(record: PublicRecord, trust: Trust) -> Report:
    if record.receipt is not None:
        return verify_receipt(record.receipt, trust=trust, proof=record.proof)
    return verify_record(record.sha256, verification_method=record.verification_method, proof=record.proof, trust=trust)


def _recompute(usage: Path, report: Report) -> tuple[Difference, ...]:
    if report.receipt is None or report.outcome("schema") != "passed":
        raise CannotCheckError("There is no receipt that reads as one, so nothing can be recomputed.")
    try:
        return recompute(read(usage, largest=LARGEST_USAGE_FILE_BYTES), report.receipt)
    except VerificationError as error:
        raise BadInputError(f"{usage}: {error}") from error
