"""The proof on a receipt: W3C Data Integrity with the cryptosuite eddsa-jcs-2022.

Source: Data Integrity EdDSA Cryptosuites 1.0 (W3C Recommendation 15 May 2025), section 3.3.
"""

from collections.abc import Mapping
from hashlib import sha256

from carbonledger.verify.base58 import from_multibase, multibase
from carbonledger.verify.canonical import Canonicalizable, canonical
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.strict_json import Json

CONTEXT: list[Json] = [
    "https://www.w3.org/ns/credentials/v2",
    "https://www.w3.org/ns/credentials/undefined-terms/v2",
]


def proof_options(*, issuer: str, kid: str) -> dict[str, Json]:
    """A proof before it is signed: all but its proofValue. No `created`: a receipt is built without a clock."""
    return {
        "@context": list(CONTEXT),
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": f"{issuer}#{kid}",
        "proofPurpose": "assertionMethod",
    }


def signing_input(document: Mapping[str, Canonicalizable], options: Mapping[str, Canonicalizable]) -> bytes:
    """The 64 bytes that Ed25519 signs: SHA-256 of the canonical proof options, then that of the canonical document.

    Raises VerificationError if the document still has its proof, or the options their proofValue.
    """
    if "proof" in document or "proofValue" in options:
        raise VerificationError("A document is signed without its proof, proof options without their proofValue.")
    return sha256(canonical(options)).digest() + sha256(canonical(document)).digest()


def with_proof(document: Mapping[str, Json], options: Mapping[str, Json], signature: bytes) -> dict[str, Json]:
    """The signed document; `signature` is Ed25519's 64 bytes over `signing_input`."""
    return {**document, "proof": {**options, "proofValue": multibase(signature)}}


def without_proof(signed: Mapping[str, Json]) -> tuple[dict[str, Json], dict[str, Json], bytes]:
    """Document, proof options and signature of a signed document.

    Raises VerificationError if it has no such proof, or its signature is not 64 bytes.
    """
    proof = signed.get("proof")
    if not isinstance(proof, dict) or not isinstance(proof_value := proof.get("proofValue"), str):
        raise VerificationError("The document has no proof.")
    signature = from_multibase(proof_value)
    if len(signature) != 64:
        raise VerificationError("The signature has not 64 bytes.")
    document = {name: member for name, member in signed.items() if name != "proof"}
    options = {name: member for name, member in proof.items() if name != "proofValue"}
    return document, options, signature
