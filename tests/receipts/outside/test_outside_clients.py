"""Receipts verified without any code of ours: by a W3C credentials client for JavaScript, and by plain OpenSSL.

What these clients cannot know (that an issuer is the right one, that a receipt is in the log, that sums hold) the
library's own tests show.
"""

import json
import shutil
import subprocess
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from carbonledger.verify.base58 import from_multibase, multikey
from carbonledger.verify.receipt import verify_receipt

from core.database import Database
from receipts.keys.did_document import did_document
from receipts.keys.signing_keys import revoke, rotate
from tests.receipts.issued_receipts import ISSUED_AT, issued_receipt
from tests.receipts.samples import ISSUER, KID, RECEIPT_KEY, sample_receipt

FOLDER = Path(__file__).parent
LATER = ISSUED_AT + timedelta(days=365)
# An Ed25519 key as SubjectPublicKeyInfo, up to its 32 bytes: RFC 8410, section 4.
SPKI = bytes.fromhex("302a300506032b6570032100")

METHOD = f"{ISSUER}#{KID}"
SAMPLE_DID = {
    "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
    "id": ISSUER,
    "verificationMethod": [
        {
            "id": METHOD,
            "type": "Multikey",
            "controller": ISSUER,
            "publicKeyMultibase": multikey(bytes(RECEIPT_KEY.verify_key)),
        }
    ],
    "assertionMethod": [METHOD],
}

needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (FOLDER / "node_modules/.installed-from").is_file(),
    reason="no Node.js, or its packages are not installed; scripts/ensure-outside-clients does both",
)
needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="no openssl; Debian: apt-get install openssl"
)


def by_node(folder: Path, did: dict[str, Any], **receipts: bytes) -> dict[str, dict[str, Any]]:
    """What the client says of each receipt: verified, what it asked the loader for, and its error."""
    (folder / "did.json").write_text(json.dumps(did))
    files = {name: folder / f"{name}.json" for name in receipts}
    for name, content in receipts.items():
        files[name].write_bytes(content)
    done = subprocess.run(
        ["node", "verify.mjs", str(folder / "did.json"), LATER.isoformat(), *map(str, files.values())],
        cwd=FOLDER, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return dict(zip(receipts, map(json.loads, done.stdout.splitlines()), strict=True))


def by_openssl(folder: Path, receipt: bytes, public_key: bytes) -> bool:
    """Whether the signature is the key's over the 64 hashed bytes, which are worked out here from the standards."""
    document = json.loads(receipt)
    proof = document.pop("proof")
    signature = from_multibase(proof.pop("proofValue"))
    hashed = sha256(rfc8785.dumps(proof)).digest() + sha256(rfc8785.dumps(document)).digest()
    pem = f"-----BEGIN PUBLIC KEY-----\n{b64encode(SPKI + public_key).decode()}\n-----END PUBLIC KEY-----\n"
    (folder / "key.pem").write_text(pem)
    (folder / "hashed").write_bytes(hashed)
    (folder / "signature").write_bytes(signature)
    done = subprocess.run(
        [
            "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "hashed",
            "-sigfile", "signature",
        ],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() in {"Signature Verified Successfully", "Signature Verification Failure"}, done.stderr
    return done.returncode == 0


def tampered(receipt: bytes) -> dict[str, bytes]:
    """One thing changed in each: a name, a sum, the kind of receipt, a member more, the proof, and whose key it is."""
    document = json.loads(receipt)
    subject = document["credentialSubject"]
    proof = document["proof"]
    value = proof["proofValue"]
    changes: dict[str, dict[str, Any]] = {
        "name": {"credentialSubject": subject | {"legalName": subject["legalName"] + "."}},
        "sum": {"credentialSubject": subject | {"emissions": subject["emissions"] | {"central": "1"}}},
        "kind": {"credentialSubject": subject | {"test": not subject["test"]}},
        "member": {"more": "than was signed"},
        "proof": {"proof": proof | {"proofValue": value[:-1] + ("2" if value[-1] != "2" else "3")}},
        "purpose": {"proof": proof | {"created": "2026-11-01T00:00:00Z"}},
    }
    return {name: json.dumps(document | change).encode() for name, change in changes.items()}


@needs_node
def test_a_credentials_client_verifies_the_sample_and_no_forgery_of_it(tmp_path: Path) -> None:
    receipt = sample_receipt().receipt
    found = by_node(tmp_path, SAMPLE_DID, sample=receipt, **tampered(receipt))
    assert found.pop("sample") == {"verified": True, "asked": [METHOD, ISSUER], "error": None}
    assert {name: outcome["verified"] for name, outcome in found.items()} == dict.fromkeys(tampered(receipt), False)
    assert {outcome["error"] for outcome in found.values()} == {"Verification error(s).: Invalid signature."}


@needs_node
def test_an_appended_context_passes_there_and_not_here(tmp_path: Path) -> None:
    """The cryptosuite compares only the start of the list; this is why the library demands exactly ours."""
    sample = sample_receipt()
    document = json.loads(sample.receipt)
    document["@context"].append("https://elsewhere.example/terms")
    forged = rfc8785.dumps(document)
    assert by_node(tmp_path, SAMPLE_DID, forged=forged)["forged"]["verified"] is True
    report = verify_receipt(forged, trust=sample.trust, proof=sample.proof)
    assert not report.is_valid
    assert "@context" in next(check.detail for check in report.checks if check.outcome == "failed")


@needs_openssl
def test_openssl_verifies_the_sample_and_no_forgery_of_it(tmp_path: Path) -> None:
    receipt, public_key = sample_receipt().receipt, bytes(RECEIPT_KEY.verify_key)
    assert by_openssl(tmp_path, receipt, public_key)
    outcomes = {name: by_openssl(tmp_path, forged, public_key) for name, forged in tampered(receipt).items()}
    assert outcomes == dict.fromkeys(tampered(receipt), False)
    other = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")  # RFC 8032, TEST 1
    assert not by_openssl(tmp_path, receipt, other)


@needs_node
@needs_openssl
@pytest.mark.database
def test_an_issued_receipt_is_verified_until_its_key_is_revoked(database: Database, home: Path, tmp_path: Path) -> None:
    issued = issued_receipt(database, home)
    kid = issued.row["kid"]
    rotate(database, issued.home.secrets, purpose="receipt", now=ISSUED_AT)
    with database.before_tenant() as connection:
        after_rotation = did_document(connection)
    assert by_openssl(tmp_path, issued.receipt, issued.trust.receipt_keys[kid].public_key)
    assert by_node(tmp_path, after_rotation, issued=issued.receipt)["issued"]["verified"] is True
    revoke(database, issued.home.secrets, kid, reason="stolen", now=ISSUED_AT)
    with database.before_tenant() as connection:
        after_theft = did_document(connection)
    refused = by_node(tmp_path, after_theft, issued=issued.receipt)["issued"]
    assert (refused["verified"], "not authorized by controller" in refused["error"]) == (False, True)
