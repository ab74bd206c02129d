"""The .tlog-proof file: it verifies offline with the log's key alone, and every byte of it counts."""

from collections.abc import Callable

import pytest
from carbonledger.verify.checkpoint import Checkpoint
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.log_leaves import leaf_data, receipt_leaf_data
from carbonledger.verify.signed_note import NoteKey, sign_note
from carbonledger.verify.tlog_proof import TlogProof
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from tests.sdk.trees import inclusion_proof, tree_root

ORIGIN = "ledger.example/log"
SIGNING_KEY = SigningKey(b"k" * 32)
KEY = NoteKey(ORIGIN, bytes(SIGNING_KEY.verify_key))
ENTRIES = [receipt_leaf_data(f"{number:064x}") for number in range(11)]


def a_proof(index: int = 5, *, extra: bytes | None = None, entries: list[bytes] = ENTRIES) -> bytes:
    checkpoint = Checkpoint(ORIGIN, len(entries), tree_root(entries))
    note = sign_note(checkpoint.text(), key=KEY, sign=lambda message: SIGNING_KEY.sign(message).signature)
    return TlogProof(index, tuple(inclusion_proof(index, entries)), note, extra).text().encode()


def test_every_entry_is_proven_and_the_file_is_written_the_same() -> None:
    for index, entry in enumerate(ENTRIES):
        written = a_proof(index)
        proof = TlogProof.parse(written)
        assert proof.verify(entry, origin=ORIGIN, keys=[KEY]) == Checkpoint(ORIGIN, 11, tree_root(ENTRIES))
        assert proof.text().encode() == written


def test_the_only_entry_of_a_log_needs_no_hashes() -> None:
    written = a_proof(0, entries=ENTRIES[:1])
    assert written.startswith(b"c2sp.org/tlog-proof@v1\nindex 0\n\nledger.example/log\n1\n")
    assert TlogProof.parse(written).verify(ENTRIES[0], origin=ORIGIN, keys=[KEY]).size == 1


def test_a_proof_is_of_its_entry_alone() -> None:
    proof = TlogProof.parse(a_proof(5))
    for entry in [*ENTRIES[:5], *ENTRIES[6:], ENTRIES[5] + b" "]:
        with pytest.raises(VerificationError):
            proof.verify(entry, origin=ORIGIN, keys=[KEY])


def test_every_flipped_byte_of_a_proof_fails() -> None:
    written = a_proof(5)
    for at in range(len(written)):
        for flip in (1, 0x20, 0x80):
            flipped = bytes([*written[:at], written[at] ^ flip, *written[at + 1 :]])
            with pytest.raises(VerificationError):
                TlogProof.parse(flipped).verify(ENTRIES[5], origin=ORIGIN, keys=[KEY])


def test_extra_data_is_kept_and_proves_nothing() -> None:
    written = a_proof(5, extra=b"anything")
    proof = TlogProof.parse(written)
    assert proof.extra == b"anything"
    assert proof.text().encode() == written
    assert written.decode().split("\n")[1] == "extra YW55dGhpbmc="
    assert proof.verify(ENTRIES[5], origin=ORIGIN, keys=[KEY]).size == 11


def test_another_key_or_another_log_is_refused() -> None:
    proof = TlogProof.parse(a_proof())
    stranger = NoteKey(ORIGIN, bytes(SigningKey(b"s" * 32).verify_key))
    for origin, keys in ((ORIGIN, [stranger]), (ORIGIN, []), ("other.example/log", [KEY])):
        with pytest.raises(VerificationError):
            proof.verify(ENTRIES[5], origin=origin, keys=keys)


def drop_line(number: int) -> Callable[[str], str]:
    def dropped(text: str) -> str:
        lines = text.split("\n")
        return "\n".join([*lines[:number], *lines[number + 1 :]])

    return dropped


@pytest.mark.parametrize(
    "broken",
    [
        lambda text: "",
        lambda text: text.replace("@v1", "@v2"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("index 5", "index 05"),
        lambda text: text.replace("index 5", "index  5"),
        lambda text: text.replace("index 5", f"index {2**63}"),
        lambda text: text.replace("index 5\n", ""),
        lambda text: text.replace("index 5", "index 5\nindex 5"),
        lambda text: text.replace("index 5", "extra YQ==\nextra YQ==\nindex 5"),
        lambda text: text.replace("index 5\n", "index 5\nYQ==\n"),
        lambda text: text.replace("index 5\n", "index 5\n\n"),
        lambda text: text.replace("index 5\n", "index 5\n" + "A" * 43 + "=\n" * 64),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + "\n",
        lambda text: text[:-1],
        lambda text: text + "a" * 200_000,
        *[drop_line(number) for number in range(11)],
    ],
)
def test_what_is_no_proof_is_refused(broken: Callable[[str], str]) -> None:
    with pytest.raises(VerificationError):
        TlogProof.parse(broken(a_proof().decode()).encode()).verify(ENTRIES[5], origin=ORIGIN, keys=[KEY])


@given(st.binary(max_size=300))
def test_nothing_but_a_verification_error_comes_of_any_bytes(proof: bytes) -> None:
    with pytest.raises(VerificationError):
        TlogProof.parse(b"c2sp.org/tlog-proof@v1\n" + proof)


def test_a_leaf_is_canonical_json_of_strings() -> None:
    assert receipt_leaf_data("ab" * 32) == b'{"sha256":"' + b"ab" * 32 + b'","t":"receipt","v":"1"}'
    assert leaf_data("void", receipt_sha256="00", reason_code="error_found") == (
        b'{"reason_code":"error_found","receipt_sha256":"00","t":"void","v":"1"}'
    )
