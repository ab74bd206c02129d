"""From a closed period to an issued receipt: what is written on the way, and what happens where it cannot go on."""

import hashlib
from pathlib import Path

import pytest
from carbonledger.verify.pdf import embedded_files
from carbonledger.verify.receipt import verify_receipt
from carbonledger.verify.recompute import recompute

from core.database import Database
from receipts.document.sealed_usage import file_lines
from tests.receipts.closed_periods import closed_period
from tests.receipts.issued_receipts import issued_receipt
from tests.receipts.sealed_rows import Used

pytestmark = pytest.mark.database


def test_a_receipt_verifies_and_recomputes_from_its_sealed_usage(database: Database, home: Path) -> None:
    october = closed_period(database)
    issued = issued_receipt(database, home, after=october, late=[Used(output=-1_000)])
    report = verify_receipt(issued.receipt, trust=issued.trust, proof=issued.proof)
    assert [check for check in report.checks if check.outcome != "passed"] == []
    assert report.is_valid
    with database.worker() as connection:
        usage = b"".join(file_lines(connection, issued.period.period_id))
    assert hashlib.sha256(usage).hexdigest() == issued.subject["sealedUsage"]["sha256"] == issued.row["usage_sha256"]
    assert recompute(usage, issued.document) == ()
    embedded = embedded_files(issued.pdf)
    assert embedded["receipt.json"] == issued.receipt
