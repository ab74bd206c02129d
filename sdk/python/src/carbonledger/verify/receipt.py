"""Verify a receipt: its bytes, a log proof and whom to trust -> what held and what did not.

Offline; nothing that a receipt names is fetched. The bytes have to be the canonical ones, so a receipt has exactly one
form, and that form is what the log's leaf commits to.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar

from carbonledger.verify import ed25519, serials
from carbonledger.verify.arithmetic import check_arithmetic
from carbonledger.verify.canonical import canonical
from carbonledger.verify.checkpoint import Checkpoint, verify_checkpoint
from carbonledger.verify.data_integrity import CONTEXT, signing_input, without_proof
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.log_leaves import receipt_leaf_data
from carbonledger.verify.report import CHECK_NAMES, Check, CheckName, Report
from carbonledger.verify.schema import check_schema, receipt_schema
from carbonledger.verify.strict_json import parse_object
from carbonledger.verify.tlog_proof import TlogProof
from carbonledger.verify.trust import ReceiptKey, Trust

Found = TypeVar("Found")
Document = Mapping[str, Any]


def verify_receipt(receipt: bytes, *, trust: Trust, proof: bytes | None = None) -> Report:
    """What was found about these bytes (the receipt's JSON) and those of its .tlog-proof.

    Does not raise for what the bytes hold: the report says of each check whether it passed. Without a proof
    `inclusion` and `checkpoint` are not checked, and the receipt is incomplete, not valid: who stole the receipt key
    can sign, but not without publishing in the log.
    """
    checks = _Checks()
    digest = sha256(receipt).hexdigest()
    document = checks.run("format", partial(_read, receipt))
    facts: Document = document or {}
    checks.run("schema", partial(_check_facts, facts), needs=["format"])
    checks.run("context", partial(_check_context, facts), needs=["format"])
    checks.run("issuer", partial(_check_issuer, facts, trust), needs=["format"])
    checks.run("arithmetic", partial(_check_sums, facts), needs=["schema"])
    leaf_index = None
    if proof is None:
        checks.leave("checkpoint", "No log proof was given.")
        checks.leave("inclusion", "No log proof was given.")
    else:
        logged = checks.run("checkpoint", partial(_read_proof, proof, trust))
        leaf_index = checks.run("inclusion", partial(_check_inclusion, digest, logged), needs=["format", "checkpoint"])
    key = checks.run("key", partial(_key_of, facts, trust, leaf_index), needs=["schema", "issuer"])
    checks.run("signature", partial(_check_signature, facts, key), needs=["schema", "context", "key"])
    return Report(document, digest, checks.in_order())


class _Checks:
    """Outcomes so far. A check that needs another one is not looked at unless that one passed."""

    def __init__(self) -> None:
        self._outcomes: dict[CheckName, Check] = {}

    def run(self, name: CheckName, look: Callable[[], Found], *, needs: Sequence[CheckName] = ()) -> Found | None:
        """What `look` found, or null where it raised or was not run."""
        for needed in needs:
            if self._outcomes[needed].outcome != "passed":
                self.leave(name, f"Not looked at, for the check before it did not pass: {needed}.")
                return None
        try:
            found = look()
        except VerificationError as error:
            self._outcomes[name] = Check(name, "failed", str(error))
            return None
        self._outcomes[name] = Check(name, "passed", _PASSED[name])
        return found

    def leave(self, name: CheckName, reason: str) -> None:
        self._outcomes[name] = Check(name, "not_checked", reason)

    def in_order(self) -> tuple[Check, ...]:
        return tuple(self._outcomes[name] for name in CHECK_NAMES)


_PASSED: Mapping[CheckName, str] = {
    "format": "The bytes are canonical JSON.",
    "schema": "Every member is there, and as the schema asks.",
    "context": "The contexts of the receipt and of its proof are the ones of carbon receipts.",
    "issuer": "The issuer is the one you trust.",
    "key": "The key is one of the issuer's, and was not revoked before the receipt was logged.",
    "signature": "The key signed exactly this receipt.",
    "arithmetic": "Lines add up to totals, and credits to what was retired, to the digit.",
    "inclusion": "The log has this receipt.",
    "checkpoint": "The log's key signed the checkpoint that the proof leads to.",
}


def _read(receipt: bytes) -> dict[str, Any]:
    document = parse_object(receipt)
    if canonical(document) != receipt:
        raise VerificationError("The bytes are JSON, but not in canonical form (RFC 8785): a receipt is changed so.")
    return document


def _check_facts(document: Document) -> None:
    """The schema, the serial number, and that what is said twice is said alike."""
    check_schema(dict(document), receipt_schema())
    subject = document["credentialSubject"]
    serial = serials.parse(subject["serial"])
    if subject["supersedes"] is not None:
        serials.parse(subject["supersedes"]["serial"])
    period = subject["period"]
    if (serial.is_test, f"{serial.year:04}-{serial.month:02}") != (subject["test"], period["start"][:7]):
        raise VerificationError("The serial number is of another month or of another kind of issuer.")
    if document["id"] != f"urn:carbonledger:receipt:{subject['receiptId']}":
        raise VerificationError("The receipt's id is not its receiptId.")
    if document["validFrom"] != period["closedAt"] or not period["start"] < period["end"] <= period["closedAt"]:
        raise VerificationError("The receipt's times are not in order.")


def _check_context(document: Document) -> None:
    # The standard asks only that the document's list begins with the proof's: an entry appended after signing passes
    # elsewhere, and can give every member another meaning.
    proof = document.get("proof")
    if document.get("@context") != CONTEXT or not isinstance(proof, dict) or proof.get("@context") != CONTEXT:
        raise VerificationError("The context is not exactly the one of carbon receipts, in the receipt and its proof.")


def _check_issuer(document: Document, trust: Trust) -> None:
    if document.get("issuer") != trust.issuer:
        raise VerificationError(f"The receipt is not of {trust.issuer}, the issuer that you trust.")
    subject = document.get("credentialSubject")
    if isinstance(subject, dict) and subject.get("test") is not trust.is_test:
        raise VerificationError("A test issuer's receipts say that they are a test, and only those.")


def _check_sums(document: Document) -> None:
    check_arithmetic(document["credentialSubject"])


def _read_proof(proof: bytes, trust: Trust) -> tuple[TlogProof, Checkpoint]:
    tlog_proof = TlogProof.parse(proof)
    if tlog_proof.extra is not None:
        raise VerificationError("The log proof carries extra data, which nothing vouches for.")
    keys = [key.note_key for key in trust.log_keys if key.state != "revoked"]
    return tlog_proof, verify_checkpoint(tlog_proof.note, origin=trust.log_origin, keys=keys)


def _check_inclusion(digest: str, logged: tuple[TlogProof, Checkpoint] | None) -> int:
    """The index of the receipt's leaf."""
    if logged is None:
        raise VerificationError("The log proof could not be read.")
    tlog_proof, checkpoint = logged
    tlog_proof.verify_inclusion(receipt_leaf_data(digest), checkpoint)
    return tlog_proof.index


def _key_of(document: Document, trust: Trust, leaf_index: int | None) -> ReceiptKey:
    """The issuer's key that the proof names, if it may have signed. Nothing but the pinned keys is asked."""
    issuer, _, kid = document["proof"]["verificationMethod"].partition("#")
    key = trust.receipt_keys.get(kid)
    if issuer != trust.issuer or key is None:
        raise VerificationError("The proof names a key that is not among the issuer's keys that you trust.")
    if key.state == "revoked":
        if leaf_index is None:
            raise VerificationError("The key was revoked, and no log proof shows that the receipt is older than that.")
        if key.revoked_at_leaf is None or leaf_index >= key.revoked_at_leaf:
            raise VerificationError("The key was revoked before this receipt came into the log.")
    return key


def _check_signature(document: Document, key: ReceiptKey | None) -> None:
    if key is None:
        raise VerificationError("There is no key to check the signature with.")
    unsigned, options, signature = without_proof(document)
    ed25519.verify(signature, signing_input(unsigned, options), key=key.public_key)
