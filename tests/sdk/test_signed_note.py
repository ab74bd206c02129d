"""Signed notes: the published ones verify, and every byte of a note counts."""

import base64
from collections.abc import Callable

import pytest
from carbonledger.verify.checkpoint import Checkpoint, verify_checkpoint
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.merkle import EMPTY_ROOT
from carbonledger.verify.signed_note import MOST_BYTES, NoteKey, SignedNote, sign_note, strict_base64
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from tests.sdk.vectors import vector

VECTORS = vector("signed-note/notes.json")
ORIGIN = "ledger.example/log"
SIGNING_KEY = SigningKey(b"k" * 32)
KEY = NoteKey(ORIGIN, bytes(SIGNING_KEY.verify_key))
OTHER_KEY = NoteKey("witness.example", bytes(SigningKey(b"w" * 32).verify_key))
CHECKPOINT = Checkpoint(ORIGIN, 1234567, EMPTY_ROOT)
IDENTITY_POINT = b"\x01" + bytes(31)


def sign(message: bytes) -> bytes:
    return SIGNING_KEY.sign(message).signature


def a_note(text: str = CHECKPOINT.text()) -> bytes:
    return bytes(sign_note(text, key=KEY, sign=sign))


@pytest.mark.parametrize("known", VECTORS, ids=lambda known: known["name"])
def test_a_published_note_verifies_and_is_written_the_same(known: dict[str, str]) -> None:
    key = NoteKey.parse(known["vkey"])
    note = SignedNote.parse(known["note"].encode())
    assert note.verify([key]) == (key,)
    assert bytes(note).decode() == known["note"]
    assert key.vkey == known["vkey"]


def test_a_published_key_signs_the_published_bytes() -> None:
    known = next(listed for listed in VECTORS if "signer_key" in listed)
    private = SigningKey(base64.b64decode(known["signer_key"].split("+", 4)[4])[1:])
    text = known["note"].partition("\n\n—")[0] + "\n"
    note = sign_note(text, key=NoteKey.parse(known["vkey"]), sign=lambda message: private.sign(message).signature)
    assert bytes(note).decode() == known["note"]


def test_the_text_ends_at_the_last_empty_line() -> None:
    note = SignedNote.parse(a_note("one\n\ntwo\n"))
    assert note.text == "one\n\ntwo\n"
    assert note.verify([KEY]) == (KEY,)


def test_every_flipped_byte_of_a_note_fails() -> None:
    note = a_note()
    for at in range(len(note)):
        for flip in (1, 0x20, 0x80):
            flipped = bytes([*note[:at], note[at] ^ flip, *note[at + 1 :]])
            with pytest.raises(VerificationError):
                verify_checkpoint(flipped, origin=ORIGIN, keys=[KEY])


def test_signatures_of_strangers_are_passed_over() -> None:
    stranger = SignedNote.parse(bytes(sign_note("text\n", key=KEY, sign=sign)))
    both = SignedNote("text\n", (*SignedNote.parse(_signed_by_a_witness("text\n")).signatures, *stranger.signatures))
    assert both.verify([KEY]) == (KEY,)
    assert both.verify([OTHER_KEY, KEY]) == (OTHER_KEY, KEY)


def test_a_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    """Even beside a right one of another known key."""
    ours, theirs = SignedNote.parse(a_note("text\n")), SignedNote.parse(_signed_by_a_witness("another text\n"))
    with pytest.raises(VerificationError, match="not by the key"):
        SignedNote("text\n", ours.signatures + theirs.signatures).verify([KEY, OTHER_KEY])


def _signed_by_a_witness(text: str) -> bytes:
    return bytes(sign_note(text, key=OTHER_KEY, sign=lambda message: SigningKey(b"w" * 32).sign(message).signature))


def test_a_note_without_a_known_signature_is_refused() -> None:
    with pytest.raises(VerificationError, match="not signed by a key that is known"):
        SignedNote.parse(a_note()).verify([OTHER_KEY, NoteKey("ledger.example/log2", KEY.public_key)])


def test_a_small_order_key_signs_nothing() -> None:
    """R and the key the identity point, S zero: some libraries take it for a signature of every message."""
    weak = NoteKey(ORIGIN, IDENTITY_POINT)
    with pytest.raises(VerificationError):
        sign_note("text\n", key=weak, sign=lambda _: IDENTITY_POINT + bytes(32))


@pytest.mark.parametrize(
    "broken",
    [
        lambda note: b"",
        lambda note: note[:-1],
        lambda note: note + b"\n",
        lambda note: note.replace(b"\n\n", b"\n"),
        lambda note: note.replace(b"\n", b"\r\n"),
        lambda note: note.replace(b"ledger", b"le\x00ger", 1),
        lambda note: note.replace(b"ledger", b"le\xffger", 1),
        lambda note: note.replace("—".encode(), b"-"),
        lambda note: note.replace("— ".encode(), "—  ".encode()),
        lambda note: note.replace("— l".encode(), "— +l".encode()),
        lambda note: note[:-2] + b"\n",
        lambda note: note + "— ledger.example/log Zm9v\n".encode(),
        lambda note: note + note[note.index("—".encode()) :] * 16,
        lambda note: b"a" * MOST_BYTES + note,
    ],
)
def test_what_is_no_signed_note_is_refused(broken: Callable[[bytes], bytes]) -> None:
    with pytest.raises(VerificationError):
        SignedNote.parse(broken(a_note()))


@given(st.binary(max_size=200))
def test_nothing_but_a_verification_error_comes_of_any_bytes(note: bytes) -> None:
    with pytest.raises(VerificationError):
        verify_checkpoint(note, origin=ORIGIN, keys=[KEY])


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "ledger.example/log",
        KEY.vkey.replace("ledger", "lodger"),
        KEY.vkey.replace(KEY.key_id.hex(), "00000000"),
        KEY.vkey.replace(KEY.key_id.hex(), KEY.key_id.hex().upper()),
        KEY.vkey[:-4],
        "+" + KEY.vkey,
        f"{ORIGIN}+{KEY.key_id.hex()}+" + base64.b64encode(b"\x02" + KEY.public_key).decode(),
    ],
)
def test_what_is_no_vkey_is_refused(vkey: str) -> None:
    with pytest.raises(VerificationError):
        NoteKey.parse(vkey)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\tb"])
def test_a_key_name_has_neither_spaces_nor_a_plus(name: str) -> None:
    with pytest.raises(VerificationError):
        NoteKey(name, KEY.public_key)


def test_a_checkpoint_says_its_log_its_size_and_its_root() -> None:
    checkpoint = verify_checkpoint(a_note(), origin=ORIGIN, keys=[KEY, OTHER_KEY])
    assert checkpoint == CHECKPOINT
    assert checkpoint.text() == f"{ORIGIN}\n1234567\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        CHECKPOINT.text() + "an extension line\n",
        CHECKPOINT.text()[:-1],
        CHECKPOINT.text().replace("1234567", "01234567"),
        CHECKPOINT.text().replace("1234567", "-1"),
        CHECKPOINT.text().replace("1234567", "١٢٣"),
        CHECKPOINT.text().replace("1234567", str(2**63)),
        CHECKPOINT.text().replace("1234567", "1" * 5000),
        CHECKPOINT.text().replace("uFU=", "uFV="),
        CHECKPOINT.text().replace("uFU=", ""),
        CHECKPOINT.text().replace(ORIGIN, ""),
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        Checkpoint.parse(text)


def test_a_checkpoint_of_another_log_is_refused_though_our_key_signed_it() -> None:
    note = a_note(Checkpoint("other.example/log", 5, EMPTY_ROOT).text())
    with pytest.raises(VerificationError, match="of another log"):
        verify_checkpoint(note, origin=ORIGIN, keys=[KEY])


@pytest.mark.parametrize("text", ["QQ", "QR==", "QQ==\n", " QQ==", "QQ=", "Q-==", "é"])
def test_base64_has_one_form(text: str) -> None:
    assert strict_base64("QQ==") == b"A"
    with pytest.raises(VerificationError):
        strict_base64(text)
