"""Verify what an issuer says publicly of a receipt, without the receipt: a hash, a key's name and a log proof."""

from functools import partial

from carbonledger.verify.checks import Checks
from carbonledger.verify.evidence import check_inclusion, key_of, read_proof
from carbonledger.verify.report import CHECK_NAMES, Report
from carbonledger.verify.trust import Trust


def verify_record(sha256: str, *, verification_method: str, proof: bytes, trust: Trust) -> Report:
    """Whether the log has a receipt with this SHA-256 (64 hex digits), and the key's name is one of the issuer's.

    Never valid, at best incomplete: what the receipt says, and that the key signed it, only its bytes can show.
    """
    checks = Checks()
    for name in CHECK_NAMES:
        checks.leave(name, "The receipt itself is needed for it.")
    logged = checks.run("checkpoint", partial(read_proof, proof, trust))
    leaf_index = checks.run("inclusion", partial(check_inclusion, sha256, logged), needs=["checkpoint"])
    checks.run("key", partial(key_of, verification_method, trust, leaf_index), needs=["inclusion"])
    return Report(None, sha256, checks.in_order())
