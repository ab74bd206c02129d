"""Verify a receipt: its bytes, a log proof and whom to trust -> what held and what did not.

Offline; nothing that a receipt names is fetched. The bytes have to be the canonical ones, so a receipt has exactly one
form, and that form is what the log's leaf commits to.
"""

from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from typing import Any

from carbonledger.verify import ed25519, serials
from carbonledger.verify.arithmetic import check_arithmetic
from carbonledger.verify.canonical import canonical
from carbonledger.verify.checks import Checks
from carbonledger.verify.data_integrity import CONTEXT, signing_input, without_proof
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.evidence import check_inclusion, key_of, read_proof
from carbonledger.verify.report import Report
from carbonledger.verify.schema import check_schema, receipt_schema
from carbonledger.verify.strict_json import parse_object
from carbonledger.verify.trust import ReceiptKey, Trust

Document = Mapping[str, Any]


def verify_receipt(receipt: bytes, *, trust: Trust, proof: bytes | None = None) -> Report:
    """What was found about these bytes (the receipt's JSON) and those of its .tlog-proof.

    Does not raise for what the bytes hold: the report says of each check whether it passed. Without a proof
    `inclusion` and `checkpoint` are not checked, and the receipt is incomplete, not valid: who stole the receipt key
    can sign, but not without publishing in the log.
    """
    checks = Checks()
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
        logged = checks.run("checkpoint", partial(read_proof, proof, trust))
        leaf_index = checks.run("inclusion", partial(check_inclusion, digest, logged), needs=["format", "checkpoint"])
    key = checks.run("key", partial(_key, facts, trust, leaf_index), needs=["schema", "issuer"])
    checks.run("signature", partial(_check_signature, facts, key), needs=["schema", "context", "key"])
    return Report(document, digest, checks.in_order())


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


def _key(document: Document, trust: Trust, leaf_index: int | None) -> ReceiptKey:
    return key_of(document["proof"]["verificationMethod"], trust, leaf_index)


def _check_signature(document: Document, key: ReceiptKey | None) -> None:
    if key is None:
        raise VerificationError("There is no key to check the signature with.")
    unsigned, options, signature = without_proof(document)
    ed25519.verify(signature, signing_input(unsigned, options), key=key.public_key)
