"""`carbonledger receipts verify --server`: what is believed of a server's answer, and what is taken from it."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from carbonledger.cli import main
from carbonledger.commands.exit_codes import ExitCode
from carbonledger.verify.base58 import multikey
from carbonledger.verify.key_ids import base64url, thumbprint
from carbonledger.verify.signed_note import NoteKey
from nacl.signing import SigningKey

from receipts.pdf.render import render
from tests.receipts.samples import (
    LEAF_INDEX,
    LOG_ORIGIN,
    RECEIPT_ID,
    SERIAL,
    key_history,
    logged,
    sample_receipt,
)
from tests.sdk.public_server import answers_of, serving

SAMPLE = sample_receipt()
NEXT_LOG_KEY = SigningKey(sha256(b"the log's next key").digest())


def verify(target: object, *arguments: str, keys: Path) -> int:
    """The exit code."""
    return main(["receipts", "verify", str(target), "--trust", str(keys), *arguments])


def after_revocations() -> bytes:
    """The key history after both keys were revoked: of receipts, just behind the sample's leaf, and of the log."""
    history: dict[str, Any] = json.loads(key_history(receipt_key={"state": "revoked", "revokedAtLeaf": LEAF_INDEX + 1}))
    public_key = bytes(NEXT_LOG_KEY.verify_key)
    fresh = {
        "kid": thumbprint(public_key),
        "x": base64url(public_key),
        "publicKeyMultibase": multikey(public_key),
        "vkey": NoteKey(LOG_ORIGIN, public_key).vkey,
    }
    of_receipts, of_log = history["keys"]
    history["keys"] = [of_receipts, {**of_log, "state": "revoked"}, {**of_log, **fresh}]
    return json.dumps(history).encode()


@pytest.mark.parametrize("is_pdf", [False, True], ids=["json", "pdf"])
def test_a_proof_that_counts_is_taken_from_the_server_after_keys_were_revoked(tmp_path: Path, is_pdf: bool) -> None:
    """The JSON has no proof that it is older than the revocation; the PDF's own is signed by the log's old key."""
    keys, receipt = tmp_path / "keys.json", tmp_path / "receipt"
    keys.write_bytes(after_revocations())
    printed = render(SAMPLE.receipt, SAMPLE.proof, verify_url="https://c.example/verify/X")
    receipt.write_bytes(printed if is_pdf else SAMPLE.receipt)
    assert verify(receipt, keys=keys) == ExitCode.NOT_VALID
    fresh = replace(SAMPLE, proof=logged(SAMPLE.receipt, key=NEXT_LOG_KEY))
    with serving(answers_of(fresh)) as url:
        assert verify(receipt, "--server", url, keys=keys) == ExitCode.VALID


def test_a_proof_that_was_given_is_the_one_that_is_checked(tmp_path: Path) -> None:
    keys, receipt = tmp_path / "keys.json", tmp_path / "receipt.json"
    keys.write_bytes(SAMPLE.key_history)
    receipt.write_bytes(SAMPLE.receipt)
    receipt.with_suffix(".tlog-proof").write_bytes(sample_receipt(legalName="Somebody Else AG").proof)
    with serving(answers_of(SAMPLE)) as url:
        assert verify(receipt, "--server", url, keys=keys) == ExitCode.NOT_VALID


@pytest.mark.parametrize("facts", [{"serial": "CLT-2026-10-000G40R4-O"}, {"legalName": "Somebody Else AG"}])
def test_a_server_cannot_pass_another_genuine_receipt_for_the_one_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], facts: dict[str, str]
) -> None:
    """One with another serial number, or another than the hash that the same answer names."""
    keys, other = tmp_path / "keys.json", sample_receipt(**facts)
    keys.write_bytes(SAMPLE.key_history)
    path = f"/verify/{other.document['credentialSubject']['serial']}?id={RECEIPT_ID}"
    told = json.loads(answers_of(other)[path][1])
    record = {**told, "serial": SERIAL, "sha256": other.sha256 if "serial" in facts else SAMPLE.sha256}
    with serving({f"/verify/{SERIAL}?id={RECEIPT_ID}": (200, json.dumps(record).encode())}) as url:
        assert verify(SERIAL, "--server", url, "--id", RECEIPT_ID, keys=keys) == ExitCode.NOT_CHECKED
    assert capsys.readouterr().err == "carbonledger: The server's answer is about another receipt.\n"


@pytest.mark.parametrize("receipt", ["receipt", [], {}, {"credentialSubject": None}])
def test_a_record_of_something_that_is_no_receipt_checks_nothing(tmp_path: Path, receipt: object) -> None:
    keys = tmp_path / "keys.json"
    keys.write_bytes(SAMPLE.key_history)
    path = f"/verify/{SERIAL}?id={RECEIPT_ID}"
    record = {**json.loads(answers_of(SAMPLE)[path][1]), "receipt": receipt}
    with serving({path: (200, json.dumps(record).encode())}) as url:
        assert verify(SERIAL, "--server", url, "--id", RECEIPT_ID, keys=keys) == ExitCode.NOT_CHECKED
