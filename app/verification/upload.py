"""A file that somebody sent: examined in a process of its own, then held against what we know of it.

file (and its log proof) -> examination -> our record, if we issued it -> verdict
"""

from dataclasses import dataclass

from carbonledger.verify.report import Outcome

from app.context import ServerContext
from app.verification.examination import Examination, examine
from app.verification.findings import Finding, findings_of_outcomes, rendition_finding
from app.verification.record import Record, find_record, is_logged_rendition
from core.errors import NotFoundError
from receipts.keys.errors import NoKeysError
from receipts.keys.history import key_history
from receipts.log.proofs import standing_proof


class NothingIssuedError(NotFoundError):
    code = "nothing-issued"

    def __init__(self) -> None:
        super().__init__("No receipt has been issued here yet, so there is nothing to verify against.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`record`: null for what this server did not issue.

    `used_stored_proof`: none came along, or the one inside the PDF is by a key of the log that was revoked since.
    """

    examination: Examination
    findings: list[Finding]
    record: Record | None
    used_stored_proof: bool

    @property
    def is_valid(self) -> bool:
        """Every check passed that there is something to check with; `rendition` may be unknown."""
        return all(
            finding.outcome == "passed" or (finding.name == "rendition" and finding.outcome == "not_checked")
            for finding in self.findings
        )


def verify_file(context: ServerContext, file: bytes, proof: bytes | None) -> Verdict:
    """Raises UnreadableFileError, NoReceiptInsideError, NothingIssuedError."""
    try:
        with context.database.before_tenant() as connection:
            history = key_history(connection)
    except NoKeysError:
        raise NothingIssuedError from None
    examination = examine(file, proof, key_history=history)
    with context.database.before_tenant() as connection:
        record = find_record(connection, document_sha256=examination.receipt_sha256)
        stored = None
        if record is not None and proof is None and examination.outcomes["checkpoint"] != "passed":
            stored = standing_proof(connection, leaf_index=record.log_index, size=record.log_size)
        is_rendition = record is not None and is_logged_rendition(
            connection, record, pdf_sha256=examination.file_sha256
        )
    if stored is not None:
        examination = examine(file, stored, key_history=history)
    findings = findings_of_outcomes(examination.outcomes)
    if examination.is_pdf:
        outcome: Outcome = "not_checked" if record is None else "passed" if is_rendition else "failed"
        findings.append(rendition_finding(outcome))
    return Verdict(examination, findings, record, used_stored_proof=stored is not None)
