"""Key ids: the RFC 7638 thumbprint of an Ed25519 public key (RFC 8037)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from carbonledger.verify.canonical import canonical
from carbonledger.verify.errors import VerificationError


def thumbprint(public_key: bytes) -> str:
    """The `kid` of a public key of 32 bytes: 43 characters of base64url."""
    return base64url(sha256(canonical({"crv": "Ed25519", "kty": "OKP", "x": base64url(public_key)})).digest())


def base64url(data: bytes) -> str:
    """Base64url without padding, as JWKs write it (`x`)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """The bytes of base64url without padding. Raises VerificationError for any text that is not their one form."""
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise VerificationError("The value is not base64url.") from error
    if base64url(data) != text:
        raise VerificationError("The value is not base64url in its one form.")
    return data
