"""What stands behind a receipt besides its own bytes: the log that has it, and the key that may have signed it."""

from carbonledger.verify.checkpoint import Checkpoint, verify_checkpoint
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.log_leaves import receipt_leaf_data
from carbonledger.verify.tlog_proof import TlogProof
from carbonledger.verify.trust import ReceiptKey, Trust


def read_proof(proof: bytes, trust: Trust) -> tuple[TlogProof, Checkpoint]:
    """The proof and the checkpoint below it, which a log key in force signed. Raises VerificationError."""
    tlog_proof = TlogProof.parse(proof)
    if tlog_proof.extra is not None:
        raise VerificationError("The log proof carries extra data, which nothing vouches for.")
    in_force = [key.note_key for key in trust.log_keys if key.state != "revoked"]
    try:
        return tlog_proof, verify_checkpoint(tlog_proof.note, origin=trust.log_origin, keys=in_force)
    except VerificationError as error:
        revoked = {key.note_key.key_id for key in trust.log_keys if key.state == "revoked"}
        if revoked.isdisjoint(signature.key_id for signature in tlog_proof.note.signatures):
            raise
        raise VerificationError(
            "The log's key that signed this checkpoint was revoked. Ask the issuer for a new log proof."
        ) from error


def check_inclusion(digest: str, logged: tuple[TlogProof, Checkpoint] | None) -> int:
    """The index of the leaf of the receipt with this SHA-256. Raises VerificationError if the log has none there."""
    if logged is None:
        raise VerificationError("The log proof could not be read.")
    tlog_proof, checkpoint = logged
    tlog_proof.verify_inclusion(receipt_leaf_data(digest), checkpoint)
    return tlog_proof.index


def key_of(verification_method: str, trust: Trust, leaf_index: int | None) -> ReceiptKey:
    """The key of this name, `<issuer>#<kid>`, if it may have signed. Nothing but the pinned keys is asked.

    `leaf_index`: of the receipt in the log, null where no proof shows it. Raises VerificationError.
    """
    issuer, _, kid = verification_method.partition("#")
    key = trust.receipt_keys.get(kid)
    if issuer != trust.issuer or key is None:
        raise VerificationError("The proof names a key that is not among the issuer's keys that you trust.")
    if key.state == "revoked":
        if leaf_index is None:
            raise VerificationError("The key was revoked, and no log proof shows that the receipt is older than that.")
        if key.revoked_at_leaf is None or leaf_index >= key.revoked_at_leaf:
            raise VerificationError("The key was revoked before this receipt came into the log.")
    return key
