"""A key history is believed as a file; what is wrong in it is refused before any receipt is looked at."""

import json
from typing import Any

import pytest
from carbonledger.verify.base58 import multikey
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.key_ids import base64url, thumbprint
from carbonledger.verify.signed_note import NoteKey
from carbonledger.verify.trust import Trust
from nacl.signing import SigningKey

from tests.receipts.samples import ISSUER, KID, LOG_KEY, LOG_ORIGIN, NOTE_KEY, RECEIPT_KEY, key_history
from tests.sdk.test_ed25519 import SMALL_ORDER

OTHER = bytes(SigningKey(b"o" * 32).verify_key)


def changed(**members: Any) -> bytes:
    return json.dumps({**json.loads(key_history()), **members}).encode()


def published(key: bytes) -> dict[str, str]:
    return {"kid": thumbprint(key), "publicKeyMultibase": multikey(key), "x": base64url(key)}


def test_a_key_history_says_whom_to_believe() -> None:
    trust = Trust.from_key_history(key_history())
    assert (trust.issuer, trust.is_test, trust.log_origin) == (ISSUER, True, LOG_ORIGIN)
    assert {kid: key.public_key for kid, key in trust.receipt_keys.items()} == {KID: bytes(RECEIPT_KEY.verify_key)}
    assert [key.note_key for key in trust.log_keys] == [NOTE_KEY]


def test_members_that_later_versions_add_are_passed_over() -> None:
    assert Trust.from_key_history(changed(published="2027-01-01")) == Trust.from_key_history(key_history())


@pytest.mark.parametrize("encoding", SMALL_ORDER)
def test_a_key_that_anybody_can_sign_for_is_refused(encoding: str) -> None:
    with pytest.raises(VerificationError, match="main subgroup"):
        Trust.from_key_history(key_history(receipt_key=published(bytes.fromhex(encoding))))


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"kid": "A" * 43}, "different things"),
        ({"x": base64url(OTHER)}, "different things"),
        ({"publicKeyMultibase": multikey(OTHER)}, "different things"),
        ({"publicKeyMultibase": None}, "publicKeyMultibase"),
        ({"state": "sleeping"}, "state"),
        ({"purpose": "webhook"}, "purpose"),
        ({"revokedAtLeaf": "7"}, "which leaf"),
        ({"revokedAtLeaf": True}, "which leaf"),
        ({"revokedAtLeaf": -1}, "which leaf"),
        (published(bytes(LOG_KEY.verify_key)), "there twice"),
    ],
)
def test_a_key_that_contradicts_itself_is_refused(facts: dict[str, Any], why: str) -> None:
    with pytest.raises(VerificationError, match=why):
        Trust.from_key_history(key_history(receipt_key=facts))


@pytest.mark.parametrize("key", [NoteKey("other.example/log", NOTE_KEY.public_key), NoteKey(LOG_ORIGIN, OTHER)])
def test_a_log_key_under_another_name_is_refused(key: NoteKey) -> None:
    with pytest.raises(VerificationError, match="vkey"):
        Trust.from_key_history(key_history(log_key={"vkey": key.vkey}))


@pytest.mark.parametrize(
    "members",
    [
        {"issuer": "did:key:z6Mk"},
        {"issuer": None},
        {"test": "true"},
        {"logOrigin": 1},
        {"keys": {}},
        {"keys": []},
        {"keys": ["key"]},
    ],
)
def test_what_is_no_key_history_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(VerificationError):
        Trust.from_key_history(changed(**members))
