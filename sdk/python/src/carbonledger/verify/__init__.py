"""Verify carbon receipts, offline.

from carbonledger.verify import Trust, verify_receipt

trust = Trust.from_key_history(Path("key-history.json").read_bytes())
report = verify_receipt(receipt, proof=proof, trust=trust)
report.is_valid
"""

from carbonledger.verify.errors import CannotCheckError, VerificationError
from carbonledger.verify.pdf import verify_pdf
from carbonledger.verify.receipt import verify_receipt
from carbonledger.verify.report import Check, Report
from carbonledger.verify.trust import Trust

__all__ = ["CannotCheckError", "Check", "Report", "Trust", "VerificationError", "verify_pdf", "verify_receipt"]
