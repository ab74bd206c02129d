"""Ed25519: published vectors, and keys that nobody has a private half of."""

import json
from typing import Any

import pytest
from carbonledger.verify import ed25519
from carbonledger.verify.errors import VerificationError
from nacl.signing import SigningKey

from tests.sdk.vectors import VECTORS, vector

WYCHEPROOF = json.loads((VECTORS / "wycheproof" / "ed25519_test.json").read_text())
# All encodings of the eight points whose order divides 8, canonical or not.
SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


@pytest.mark.parametrize("case", vector("rfc8032/ed25519.json")["tests"], ids=lambda case: case["name"])
def test_the_vectors_of_rfc_8032(case: dict[str, str]) -> None:
    message, signature, key = (bytes.fromhex(case[name]) for name in ("message", "signature", "public_key"))
    assert SigningKey(bytes.fromhex(case["secret_key"])).sign(message).signature == signature
    ed25519.verify(signature, message, key=ed25519.public_key(key))


def test_all_151_cases_of_wycheproof_agree() -> None:
    verdicts = [
        (case["tcId"], case["result"], _verdict(group["publicKey"]["pk"], case))
        for group in WYCHEPROOF["testGroups"]
        for case in group["tests"]
    ]
    assert len(verdicts) == 151
    assert [verdict for verdict in verdicts if verdict[1] != verdict[2]] == []


def _verdict(key: str, case: dict[str, Any]) -> str:
    try:
        ed25519.verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]), key=bytes.fromhex(key))
    except VerificationError:
        return "invalid"
    return "valid"


@pytest.mark.parametrize("encoding", SMALL_ORDER)
def test_a_key_of_small_order_is_no_key_and_verifies_nothing(encoding: str) -> None:
    key, identity = bytes.fromhex(encoding), b"\x01" + b"\x00" * 31
    with pytest.raises(VerificationError, match="main subgroup"):
        ed25519.public_key(key)
    for number in range(64):
        with pytest.raises(VerificationError):
            ed25519.verify(identity + b"\x00" * 32, bytes([number]), key=key)


@pytest.mark.parametrize("key", [b"", b"\x09" * 31, b"\x09" * 33, b"\xf0" + b"\xff" * 30 + b"\x7f"])
def test_what_is_no_canonical_point_is_no_key(key: bytes) -> None:
    with pytest.raises(VerificationError):
        ed25519.public_key(key)
