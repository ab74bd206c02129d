"""Ed25519 by libsodium (PyNaCl): which keys are taken, and what they signed."""

from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from carbonledger.verify.errors import VerificationError


def public_key(data: bytes) -> bytes:
    """`data`, if it is a public key that one private key stands behind.

    Raises VerificationError for any other: not 32 bytes, not canonical (y >= 2^255 - 19), not on the curve, of small
    order (with such a "key" anybody's signature holds; OpenSSL takes them) or not in the main subgroup.
    """
    if len(data) != 32:
        raise VerificationError("An Ed25519 public key has 32 bytes.")
    if not crypto_core_ed25519_is_valid_point(data):
        raise VerificationError("The Ed25519 public key is not a point of the main subgroup in canonical form.")
    return data


def verify(signature: bytes, message: bytes, *, key: bytes) -> None:
    """Return if `key` made this signature of 64 bytes. Raises VerificationError if it did not."""
    try:
        VerifyKey(key).verify(message, signature)
    except (BadSignatureError, ValueError) as error:
        raise VerificationError("The signature is not this key's over these bytes.") from error
