"""Signed notes (c2sp.org/signed-note): a text and the signatures below it; here Ed25519, type 01.

A vkey names a public key: `<name>+<key id, 8 hex digits>+<base64 of 01 and the key>`.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

import nacl.exceptions
from nacl.signing import VerifyKey

from carbonledger.verify.errors import VerificationError

MOST_BYTES = 64 * 1024
MOST_SIGNATURES = 16
"""The specification asks for at least so many: a log's own, and witnesses'."""

_ED25519 = b"\x01"
_KEY_BYTES, _SIGNATURE_BYTES, _ID_BYTES = 32, 64, 4
_SIGNATURE_LINE = re.compile(r"— (\S+) (\S+)")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


def strict_base64(text: str) -> bytes:
    """The bytes of RFC 4648 base64, in the one form that encodes them. Raises VerificationError."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise VerificationError("A part that should be base64 is not.") from None
    if base64.b64encode(decoded).decode() != text:  # spare bits that are not zero decode to the same bytes
        raise VerificationError("A part that should be base64 is not in its canonical form.")
    return decoded


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key (32 bytes) under the name that its signatures carry."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(character.isspace() for character in self.name):
            raise VerificationError("A note key's name is empty, or has a space or a plus in it.")
        if len(self.public_key) != _KEY_BYTES:
            raise VerificationError(f"An Ed25519 key has {_KEY_BYTES} bytes.")

    @property
    def key_id(self) -> bytes:
        """4 bytes: a hint which key a signature is of, nothing more."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:_ID_BYTES]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public_key).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Raises VerificationError if it is no vkey of an Ed25519 key, or its key id is another key's."""
        name, _, rest = vkey.partition("+")
        key_id, _, encoded = rest.partition("+")
        material = strict_base64(encoded)
        if material[:1] != _ED25519:
            raise VerificationError("The vkey is not of an Ed25519 key.")
        key = cls(name, material[1:])
        if key.key_id.hex() != key_id:
            raise VerificationError("The vkey's id is not of its name and key.")
        return key


@dataclass(frozen=True, slots=True)
class NoteSignature:
    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """`text` ends in a newline; nothing of it is to be believed before `verify` has returned."""

    text: str
    signatures: tuple[NoteSignature, ...]

    @classmethod
    def parse(cls, note: bytes) -> Self:
        """Raises VerificationError if these bytes are no signed note."""
        if len(note) > MOST_BYTES:
            raise VerificationError(f"A signed note has at most {MOST_BYTES} bytes.")
        try:
            whole = note.decode()
        except UnicodeDecodeError:
            raise VerificationError("A signed note is UTF-8.") from None
        if _CONTROL.search(whole):
            raise VerificationError("A signed note has no control characters but newlines.")
        text, blank, below = whole.rpartition("\n\n")
        if not blank or not below.endswith("\n"):
            raise VerificationError("A signed note is a text, an empty line and lines of signatures.")
        lines = below[:-1].split("\n")
        if len(lines) > MOST_SIGNATURES:
            raise VerificationError(f"A signed note has at most {MOST_SIGNATURES} signatures.")
        return cls(text + "\n", tuple(_signature(line) for line in lines))

    def __bytes__(self) -> bytes:
        return (self.text + "\n" + "".join(signature.line() for signature in self.signatures)).encode()

    def verify(self, keys: Iterable[NoteKey]) -> tuple[NoteKey, ...]:
        """Those of the keys that signed, at least one. Raises VerificationError.

        Signatures of other keys say nothing and are passed over; one that names a known key has to be that key's.
        """
        known = {(key.name, key.key_id): key for key in keys}
        signed = []
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_id))
            if key is not None:
                _verify(key, signature.signature, self.text.encode())
                signed.append(key)
        if not signed:
            raise VerificationError("The note is not signed by a key that is known.")
        return tuple(signed)


def sign_note(text: str, *, key: NoteKey, sign: Callable[[bytes], bytes]) -> SignedNote:
    """A note of `text`, which has to end in a newline, signed by `key`, whose private half `sign` uses.

    Raises VerificationError if what `sign` returned is not the signature.
    """
    signed = SignedNote(text, (NoteSignature(key.name, key.key_id, sign(text.encode())),))
    note = SignedNote.parse(bytes(signed))
    note.verify([key])
    return note


def _signature(line: str) -> NoteSignature:
    found = _SIGNATURE_LINE.fullmatch(line)
    if found is None or "+" in found[1]:
        raise VerificationError("A line below the note is no signature.")
    decoded = strict_base64(found[2])
    if len(decoded) <= _ID_BYTES:
        raise VerificationError("A signature below the note is too short.")
    return NoteSignature(found[1], decoded[:_ID_BYTES], decoded[_ID_BYTES:])


def _verify(key: NoteKey, signature: bytes, message: bytes) -> None:
    if len(signature) != _SIGNATURE_BYTES:
        raise VerificationError(f"An Ed25519 signature has {_SIGNATURE_BYTES} bytes.")
    try:
        VerifyKey(key.public_key).verify(message, signature)
    except nacl.exceptions.BadSignatureError:
        raise VerificationError(f"The note's signature is not by the key {key.name}+{key.key_id.hex()}.") from None
