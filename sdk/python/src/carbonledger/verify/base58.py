"""Multibase base58btc: `z` and base 58 in Bitcoin's alphabet, as proofValue and publicKeyMultibase are written.

Source: W3C Controlled Identifiers 1.0 section 2.4 (Multibase) and 2.5 (Multikey: 0xed01 before an Ed25519 key).
"""

from carbonledger.verify.errors import VerificationError

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LONGEST_TEXT = 128  # a signature is 88 characters; the arithmetic is quadratic
_ED25519_MULTICODEC = b"\xed\x01"


def multibase(data: bytes) -> str:
    """`data` as text; each leading zero byte is a leading `1`."""
    number = int.from_bytes(data, "big")
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "z" + "1" * zeros + digits


def from_multibase(text: str) -> bytes:
    """The bytes that `text` writes. Raises VerificationError for any other encoding, character or an endless text."""
    if not text.startswith("z") or len(text) > _LONGEST_TEXT:
        raise VerificationError("The value is not multibase base58btc.")
    number = 0
    for character in text[1:]:
        digit = _ALPHABET.find(character)
        if digit < 0:
            raise VerificationError("The value is not multibase base58btc.")
        number = number * 58 + digit
    body = text[1:]
    zeros = len(body) - len(body.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def multikey(public_key: bytes) -> str:
    """An Ed25519 public key of 32 bytes as a Multikey, `z6Mk…`."""
    return multibase(_ED25519_MULTICODEC + public_key)


def from_multikey(text: str) -> bytes:
    """The 32 bytes of an Ed25519 Multikey. Raises VerificationError for another key type or length."""
    data = from_multibase(text)
    if not data.startswith(_ED25519_MULTICODEC) or len(data) != 34:
        raise VerificationError("The key is not an Ed25519 Multikey.")
    return data[2:]
