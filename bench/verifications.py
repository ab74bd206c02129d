"""What verifying a receipt costs beside the one thing in it that has to cost something: Ed25519 over 64 bytes.

Both in one process, in turns, on the receipt that the tests use (two models, two projects, one adjustment, one credit).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from carbonledger.verify import verify_pdf, verify_receipt
from carbonledger.verify.data_integrity import signing_input, without_proof
from nacl.signing import VerifyKey

from receipts.pdf.render import render
from tests.receipts.samples import sample_receipt

ROUNDS = 7
SECONDS_A_ROUND = 0.4


@dataclass(frozen=True, slots=True)
class VerificationsMeasured:
    """Verifications in a second, the best of the rounds: what else the machine does only takes from it."""

    receipt_bytes: int
    bare: float
    receipt: float
    pdf: float

    def as_table(self) -> str:
        rows = {
            "Ed25519 alone (PyNaCl, the same 64 bytes)": self.bare,
            f"verify_receipt with log proof, {self.receipt_bytes:,} bytes": self.receipt,
            "verify_pdf of its printing": self.pdf,
        }
        lines = ["\n| verification | a second | times as long |\n|---|--:|--:|"]
        lines += [f"| {name} | {found:,.0f} | {self.bare / found:.1f} |" for name, found in rows.items()]
        return "\n".join(lines)


def verifications_measured() -> VerificationsMeasured:
    """Raises AssertionError if the receipt that is measured is not valid."""
    sample = sample_receipt()
    document, options, signature = without_proof(sample.document)
    message, key = signing_input(document, options), VerifyKey(bytes(sample.key.verify_key))
    pdf = render(sample.receipt, sample.proof, verify_url="https://receipts.carbonledger.example/verify/X")
    assert verify_receipt(sample.receipt, proof=sample.proof, trust=sample.trust).is_valid
    assert verify_pdf(pdf, trust=sample.trust).is_valid
    acts: dict[str, Callable[[], object]] = {
        "bare": lambda: key.verify(message, signature),
        "receipt": lambda: verify_receipt(sample.receipt, proof=sample.proof, trust=sample.trust),
        "pdf": lambda: verify_pdf(pdf, trust=sample.trust),
    }
    best = dict.fromkeys(acts, 0.0)
    for _ in range(ROUNDS):
        for name, act in acts.items():
            best[name] = max(best[name], _a_second(act))
    return VerificationsMeasured(receipt_bytes=len(sample.receipt), **best)


def _a_second(act: Callable[[], object]) -> float:
    done, begun = 0, time.perf_counter()
    while (took := time.perf_counter() - begun) < SECONDS_A_ROUND:
        act()
        done += 1
    return done / took
