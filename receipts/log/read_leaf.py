"""Reading a leaf's data back: nothing but what `leaves.py` writes is a leaf."""

import re

from carbonledger.verify.checkpoint import decimal
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.strict_json import parse

from receipts.log.leaves import AllocLeaf, KeyLeaf, Leaf, ReceiptLeaf, RenditionLeaf, RetireLeaf, VoidLeaf

_SHA256 = re.compile("[0-9a-f]{64}")
_KEY = re.compile("[A-Za-z0-9_-]{43}")


def read_leaf(data: bytes) -> Leaf:
    """The fact that a leaf with this data states. Raises VerificationError.

    Other members, another order of members, a number that is not written as one: none of it is a leaf of ours.
    """
    leaf = _from_members(parse(data))
    if leaf.data != data:
        raise VerificationError("It is not written as the log writes its leaves.")
    return leaf


def _from_members(members: object) -> Leaf:
    match members:
        case {"t": "receipt", "sha256": str(sha256)}:
            return ReceiptLeaf(_sha256(sha256))
        case {"t": "retire", "registry": str(registry), "serial": str(serial), "start": str(start), "end": str(end),
              "unit_grams": str(unit_grams), "evidence_sha256": str(evidence)}:  # fmt: skip
            return RetireLeaf(registry, serial, decimal(start), decimal(end), decimal(unit_grams), _sha256(evidence))
        case {"t": "alloc", "retire": str(retire), "from_g": str(from_g), "to_g": str(to_g),
              "receipt_sha256": str(receipt)}:  # fmt: skip
            return AllocLeaf(_sha256(retire), decimal(from_g), decimal(to_g), _sha256(receipt))
        case {"t": "void", "receipt_sha256": str(receipt), "reason_code": str(reason_code)}:
            return VoidLeaf(_sha256(receipt), reason_code)
        case {"t": "key", "purpose": ("receipt" | "log") as purpose, "kid": str(kid), "x": str(x),
              "action": ("created" | "retired" | "revoked") as action}:  # fmt: skip
            return KeyLeaf(purpose, _key(kid), _key(x), action)
        case {"t": "rendition", "receipt_sha256": str(receipt), "media_type": str(media_type), "sha256": str(sha256)}:
            return RenditionLeaf(_sha256(receipt), media_type, _sha256(sha256))
        case _:
            raise VerificationError("It states no fact that the log knows.")


def _sha256(text: str) -> str:
    if _SHA256.fullmatch(text) is None:
        raise VerificationError("A SHA-256 has 64 hex digits.")
    return text


def _key(text: str) -> str:
    """A key or its id: 32 bytes in base64url."""
    if _KEY.fullmatch(text) is None:
        raise VerificationError("A key or its id has 43 characters.")
    return text
