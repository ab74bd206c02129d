"""eddsa-jcs-2022: the W3C's worked example step by step, key ids as RFC 8037 has them, base 58."""

import pytest
from carbonledger.verify import ed25519
from carbonledger.verify.base58 import from_multibase, from_multikey, multibase, multikey
from carbonledger.verify.data_integrity import signing_input, with_proof, without_proof
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.key_ids import base64url, from_base64url, thumbprint
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from tests.sdk.vectors import VECTORS, vector

W3C = "vc-di-eddsa/eddsa-jcs-2022"
SIGNED = vector(f"{W3C}/signedJCS.json")
KEYS = vector("vc-di-eddsa/keyPair.json")


def test_the_example_of_the_w3c_verifies() -> None:
    document, options, signature = without_proof(SIGNED)
    signed = signing_input(document, options)
    assert signed.hex() == (VECTORS / W3C / "combinedHashJCS.txt").read_text()
    assert signature.hex() == (VECTORS / W3C / "sigHexJCS.txt").read_text()
    ed25519.verify(signature, signed, key=from_multikey(KEYS["publicKeyMultibase"]))


def test_the_example_of_the_w3c_is_signed_the_same() -> None:
    document, options, _ = without_proof(SIGNED)
    seed = from_multibase(KEYS["privateKeyMultibase"]).removeprefix(b"\x80\x26")
    signature = SigningKey(seed).sign(signing_input(document, options)).signature
    assert with_proof(document, options, signature) == SIGNED


def test_a_proof_is_not_part_of_what_is_signed() -> None:
    document, options, _ = without_proof(SIGNED)
    for given_document, given_options in ((SIGNED, options), (document, SIGNED["proof"])):
        with pytest.raises(VerificationError, match="without its proof"):
            signing_input(given_document, given_options)


@pytest.mark.parametrize(
    "proof", [None, [], {}, {"proofValue": 1}, {"proofValue": "z"}, {"proofValue": multibase(b"\x01" * 63)}]
)
def test_a_document_without_a_signature_of_64_bytes_has_no_proof(proof: object) -> None:
    with pytest.raises(VerificationError):
        without_proof({"proof": proof})  # type: ignore[dict-item] # some are no JSON object


def test_the_thumbprint_of_rfc_8037() -> None:
    jwk = vector("rfc8037/okp.json")
    assert thumbprint(from_base64url(jwk["private_jwk"]["x"])) == jwk["thumbprint_rfc7638_sha256"]


@given(st.binary(max_size=64))
def test_bytes_come_back_from_both_alphabets(data: bytes) -> None:
    assert from_multibase(multibase(data)) == data
    assert from_base64url(base64url(data)) == data


@given(st.binary(min_size=32, max_size=32))
def test_a_multikey_says_that_it_is_an_ed25519_key(key: bytes) -> None:
    assert multikey(key).startswith("z6Mk")
    assert from_multikey(multikey(key)) == key


@pytest.mark.parametrize("text", ["", "m1", "z0", "zO", "zI", "zl", "z1\n", "z" + "1" * 128, "u" + "A" * 43])
def test_another_encoding_is_refused(text: str) -> None:
    with pytest.raises(VerificationError, match="base58btc"):
        from_multibase(text)


@pytest.mark.parametrize("data", [b"\xed\x01" + b"k" * 31, b"\xed\x01" + b"k" * 33, b"\xec\x01" + b"k" * 32])
def test_another_kind_of_key_is_refused(data: bytes) -> None:
    with pytest.raises(VerificationError, match="Multikey"):
        from_multikey(multibase(data))


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "A+A", "AA\n", "äöü"])
def test_a_second_spelling_of_the_same_bytes_is_refused(text: str) -> None:
    with pytest.raises(VerificationError, match="base64url"):
        from_base64url(text)
