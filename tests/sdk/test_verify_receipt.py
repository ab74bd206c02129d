"""A receipt is valid only as a whole; each known forgery fails, and at the check that is there for it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from carbonledger.verify import Report, Trust, verify_receipt
from carbonledger.verify.base58 import multikey
from carbonledger.verify.canonical import canonical
from carbonledger.verify.key_ids import base64url, thumbprint
from carbonledger.verify.report import CHECK_NAMES
from carbonledger.verify.tlog_proof import TlogProof
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from tests.receipts.samples import (
    ISSUER,
    LEAF_INDEX,
    key_history,
    logged,
    sample_document,
    sample_of,
    sample_receipt,
    sign,
)
from tests.sdk.places import Place, changed, places

SAMPLE = sample_receipt()
THIEF = SigningKey(b"t" * 32)
Document = dict[str, Any]


def verify(receipt: bytes, *, proof: bytes | None = None, trust: Trust = SAMPLE.trust) -> Report:
    """With a log proof of exactly these bytes, unless another is given: only the receipt itself can be wrong."""
    return verify_receipt(receipt, proof=logged(receipt) if proof is None else proof, trust=trust)


def failed(report: Report) -> list[str]:
    assert not report.is_valid
    return [check.name for check in report.checks if check.outcome == "failed"]


def altered(change: Callable[[Document], object]) -> bytes:
    """The signed receipt, changed afterwards."""
    document = json.loads(SAMPLE.receipt)
    change(document)
    return canonical(document)


def signed_again(change: Callable[[Document], object]) -> bytes:
    """What a thief of the receipt key can make."""
    document = sample_document()
    change(document)
    return sample_of(document).receipt


def test_a_receipt_is_valid_offline() -> None:
    report = verify_receipt(SAMPLE.receipt, proof=SAMPLE.proof, trust=SAMPLE.trust)
    assert report.is_valid
    assert not report.is_incomplete
    assert report.receipt == SAMPLE.document
    assert [(check.name, check.outcome) for check in report.checks] == [(name, "passed") for name in CHECK_NAMES]


@pytest.mark.parametrize(
    "name", ["Zürich Ağı A.Ş.", "شركة الكربون", "碳账本有限公司", 'Leaf 🌍 & Söhne "Q"\\', "e\u0301"]
)
def test_a_receipt_is_valid_whatever_its_holder_is_called(name: str) -> None:
    sample = sample_receipt(legalName=name)
    assert verify_receipt(sample.receipt, proof=sample.proof, trust=sample.trust).is_valid


def test_without_its_log_proof_a_receipt_is_incomplete_and_not_valid() -> None:
    report = verify_receipt(SAMPLE.receipt, trust=SAMPLE.trust)
    assert not report.is_valid
    assert report.is_incomplete
    assert [check.name for check in report.checks if check.outcome != "passed"] == ["inclusion", "checkpoint"]


@pytest.mark.parametrize("at", ["document", "proof", "both"])
def test_an_appended_context_fails(at: str) -> None:
    def change(document: Document) -> None:
        if at != "proof":
            document["@context"].append("https://evil.example/v1")
        if at != "document":
            document["proof"]["@context"].append("https://evil.example/v1")

    assert "context" in failed(verify(altered(change)))


def test_a_perfect_receipt_of_somebody_elses_own_did_fails() -> None:
    document = {**sample_document(), "issuer": "did:web:evil.example"}
    signed = sign(document, key=THIEF, issuer="did:web:evil.example")
    assert failed(verify(canonical(signed))) == ["issuer"]


def test_a_did_in_the_proof_that_is_not_the_issuers_fails() -> None:
    signed = sign(sample_document(), issuer="did:web:evil.example")
    assert failed(verify(canonical(signed))) == ["key"]


def test_a_key_that_is_not_pinned_fails() -> None:
    assert failed(verify(canonical(sign(sample_document(), key=THIEF)))) == ["key"]


def test_a_signature_by_another_key_under_a_pinned_keys_name_fails() -> None:
    signed = sign(sample_document(), key=THIEF)
    signed["proof"]["verificationMethod"] = SAMPLE.document["proof"]["verificationMethod"]
    assert failed(verify(canonical(signed))) == ["signature"]


def test_a_log_key_signs_no_receipts() -> None:
    log_kid = SAMPLE.trust.log_keys[0].kid
    receipt = altered(lambda document: document["proof"].update(verificationMethod=f"{ISSUER}#{log_kid}"))
    assert failed(verify(receipt)) == ["key"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"tier":"team"', b'"tier":"team","tier":"team"'),
        (b'"tier":"team"', b'"tier": "team"'),
        (b'"tier":"team"', b'"t\\u0069er":"team"'),
        (b'"knownHours":743', b'"knownHours":743.0'),
        (b'"knownHours":743', b'"knownHours":9007199254740993'),
        (b'"knownHours":743', b'"knownHours":NaN'),
        (b'"missingHours":1', b'"missingHours":1e0'),
        (b'"legalName":"Acme Robotics GmbH",', b""),
        (b"Acme Robotics", b"Acme \\ud800otics"),
        (b"Acme Robotics", b"Acme\xffRobotics"),
    ],
)
def test_bytes_that_are_not_the_one_canonical_form_fail(before: bytes, after: bytes) -> None:
    assert before in SAMPLE.receipt
    report = verify(SAMPLE.receipt.replace(before, after))
    assert failed(report)[0] in ("format", "schema")
    assert report.outcome("signature") == "not_checked"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b"\n",
        lambda data: b" " + data,
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: json.dumps(json.loads(data)).encode(),
        lambda data: data + b" " * 1024 * 1024,
        lambda data: data.replace(b'"tier"', b'"a":' + b"[" * 40 + b"]" * 40 + b',"tier"'),
        lambda data: b"[" + data + b"]",
        lambda data: b"",
    ],
)
def test_a_receipt_laid_out_in_another_way_fails(change: Callable[[bytes], bytes]) -> None:
    report = verify(change(SAMPLE.receipt))
    assert failed(report) == ["format"]
    assert report.receipt is None


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document["credentialSubject"]["retired"].update(grams=4),
        lambda document: document["credentialSubject"]["coverage"].update(knownHours="743"),
        lambda document: document["credentialSubject"].update(note="paid twice"),
        lambda document: document.update(termsOfUse=[]),
        lambda document: document["credentialSubject"]["retired"]["credits"][0].update(unitStatus="Held"),
        lambda document: document["credentialSubject"].update(legalName="Acme \u202egnidnuF"),
        lambda document: document["credentialSubject"].update(legalName="Acme\nGmbH"),
        lambda document: document["credentialSubject"].update(serial="CLT-2026-10-0WFKN6E5-W"),
        lambda document: document["credentialSubject"].update(receiptId="0" * 32),
        lambda document: document["credentialSubject"]["period"].update(start="2026-09-01T00:00:00Z"),
        lambda document: document["credentialSubject"]["period"].update(closedAt="2026-10-20T00:00:00Z"),
        lambda document: document.update(validFrom="2026-11-04T00:00:00Z"),
        lambda document: document["credentialSubject"].update(
            supersedes={"serial": "CLT-2026-10-0WFKN6E5-W", "sha256": "0" * 64}
        ),
    ],
)
def test_facts_that_no_receipt_states_fail_even_when_signed(change: Callable[[Document], object]) -> None:
    assert failed(verify(signed_again(change))) == ["schema"]


def test_a_test_issuers_receipt_says_that_it_is_a_test() -> None:
    live = json.dumps({**json.loads(SAMPLE.key_history), "test": False}).encode()
    assert failed(verify(SAMPLE.receipt, trust=Trust.from_key_history(live))) == ["issuer"]


def test_sums_that_do_not_come_out_fail_even_when_signed() -> None:
    receipt = signed_again(lambda document: document["credentialSubject"]["emissions"].update(low="650638"))
    assert failed(verify(receipt)) == ["arithmetic"]


def test_the_proof_of_another_receipt_fails() -> None:
    other = sample_receipt(legalName="Somebody Else AG")
    assert failed(verify(SAMPLE.receipt, proof=other.proof)) == ["inclusion"]


def test_a_checkpoint_by_another_key_fails() -> None:
    assert failed(verify(SAMPLE.receipt, proof=logged(SAMPLE.receipt, key=THIEF))) == ["checkpoint"]


def test_a_proof_that_carries_more_than_the_proof_fails() -> None:
    proof = TlogProof.parse(SAMPLE.proof)
    carrying = TlogProof(proof.index, proof.hashes, proof.note, extra=b"more").text().encode()
    assert failed(verify(SAMPLE.receipt, proof=carrying)) == ["checkpoint"]


def with_key(**facts: Any) -> Trust:
    return Trust.from_key_history(key_history(receipt_key=facts))


def test_what_a_retired_key_signed_stays_valid() -> None:
    assert verify(SAMPLE.receipt, trust=with_key(state="retired")).is_valid


@pytest.mark.parametrize(
    ("revoked_at_leaf", "is_valid"), [(None, False), (0, False), (LEAF_INDEX, False), (LEAF_INDEX + 1, True)]
)
def test_a_revoked_key_is_good_below_the_leaf_that_revokes_it(revoked_at_leaf: int | None, is_valid: bool) -> None:
    trust = with_key(state="revoked", revokedAtLeaf=revoked_at_leaf)
    report = verify(SAMPLE.receipt, trust=trust)
    assert report.is_valid is is_valid
    assert is_valid or failed(report) == ["key"]


def test_a_revoked_key_is_good_for_nothing_without_a_log_proof() -> None:
    report = verify_receipt(SAMPLE.receipt, trust=with_key(state="revoked", revokedAtLeaf=LEAF_INDEX + 1))
    assert failed(report) == ["key"]


def test_a_checkpoint_of_a_revoked_log_key_counts_no_more() -> None:
    trust = Trust.from_key_history(key_history(log_key={"state": "revoked", "revokedAtLeaf": LEAF_INDEX + 1}))
    report = verify(SAMPLE.receipt, trust=trust)
    assert failed(report) == ["checkpoint"]
    assert "Ask the issuer for a new log proof." in report.checks[-1].detail


def test_a_second_key_of_the_issuer_signs_as_well() -> None:
    key = SigningKey(b"2" * 32)
    public = bytes(key.verify_key)
    history = json.loads(key_history())
    history["keys"].append(
        {
            **history["keys"][0],
            "kid": thumbprint(public),
            "publicKeyMultibase": multikey(public),
            "x": base64url(public),
        }
    )
    receipt = canonical(sign(sample_document(), key=key))
    assert verify(receipt, trust=Trust.from_key_history(json.dumps(history).encode())).is_valid


SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner)
)


@given(st.sampled_from(places(sample_document())), ANYTHING)
def test_whatever_stands_in_a_place_it_is_reported_and_not_raised(place: Place, to: Any) -> None:
    """Signed and logged, so that every check is reached."""
    document = changed(sample_document(), place, to)
    if isinstance(document, dict):
        sample = sample_of(document)
        report = verify_receipt(sample.receipt, proof=sample.proof, trust=sample.trust)
        assert report.is_valid or failed(report)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_whatever_bytes_are_given_they_are_reported_and_not_raised(receipt: bytes, proof: bytes) -> None:
    assert "format" in failed(verify_receipt(receipt, proof=proof, trust=SAMPLE.trust))
