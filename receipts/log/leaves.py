"""The leaves of the log, one class a kind. A leaf is a fact that anybody may see; none names a customer.

Each knows its `data`, the canonical JSON that is stored and served, and its `leaf_hash`. Numbers are strings there.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

from carbonledger.verify.log_leaves import LeafKind, leaf_data
from carbonledger.verify.merkle import leaf_hash

KeyPurpose = Literal["receipt", "log"]
KeyAction = Literal["created", "retired", "revoked"]


class _Fact(ABC):
    __slots__ = ()
    kind: ClassVar[LeafKind]

    @property
    @abstractmethod
    def facts(self) -> dict[str, str]:
        """What the leaf says, by name."""

    @property
    def data(self) -> bytes:
        """Canonical JSON: what is hashed, stored and served."""
        return leaf_data(self.kind, **self.facts)

    @property
    def leaf_hash(self) -> bytes:
        """32 bytes."""
        return leaf_hash(self.data)


@dataclass(frozen=True, slots=True)
class ReceiptLeaf(_Fact):
    """A receipt was issued. `sha256`: of its canonical JSON with the proof, 64 hex digits, as all hashes here."""

    kind: ClassVar[LeafKind] = "receipt"
    sha256: str

    @property
    def facts(self) -> dict[str, str]:
        return {"sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class RetireLeaf(_Fact):
    """Units `start` to `end` (both included) of a serial number block, written as it was given, are retired."""

    kind: ClassVar[LeafKind] = "retire"
    registry: str
    serial: str
    start: int
    end: int
    unit_grams: int
    evidence_sha256: str

    @property
    def grams(self) -> int:
        return (self.end - self.start + 1) * self.unit_grams

    @property
    def facts(self) -> dict[str, str]:
        return {
            "registry": self.registry,
            "serial": self.serial,
            "start": str(self.start),
            "end": str(self.end),
            "unit_grams": str(self.unit_grams),
            "grams": str(self.grams),
            "evidence_sha256": self.evidence_sha256,
        }


@dataclass(frozen=True, slots=True)
class AllocLeaf(_Fact):
    """Grams `from_g` to `to_g` (not included), counted from the first gram of a retirement, back a receipt.

    `retire`: the hash of the retirement's leaf, 64 hex digits.
    """

    kind: ClassVar[LeafKind] = "alloc"
    retire: str
    from_g: int
    to_g: int
    receipt_sha256: str

    @property
    def facts(self) -> dict[str, str]:
        return {
            "retire": self.retire,
            "from_g": str(self.from_g),
            "to_g": str(self.to_g),
            "receipt_sha256": self.receipt_sha256,
        }


@dataclass(frozen=True, slots=True)
class VoidLeaf(_Fact):
    """A receipt no longer stands, and the grams that backed it are free for another."""

    kind: ClassVar[LeafKind] = "void"
    receipt_sha256: str
    reason_code: str

    @property
    def facts(self) -> dict[str, str]:
        return {"receipt_sha256": self.receipt_sha256, "reason_code": self.reason_code}


@dataclass(frozen=True, slots=True)
class KeyLeaf(_Fact):
    """What became of a signing key. `x`: the public key, base64url without padding, as in its JWK."""

    kind: ClassVar[LeafKind] = "key"
    purpose: KeyPurpose
    kid: str
    x: str
    action: KeyAction

    @property
    def facts(self) -> dict[str, str]:
        return {"purpose": self.purpose, "kid": self.kid, "x": self.x, "action": self.action}


@dataclass(frozen=True, slots=True)
class RenditionLeaf(_Fact):
    """A receipt was also written as another file, whose hash this is."""

    kind: ClassVar[LeafKind] = "rendition"
    receipt_sha256: str
    media_type: str
    sha256: str

    @property
    def facts(self) -> dict[str, str]:
        return {"receipt_sha256": self.receipt_sha256, "media_type": self.media_type, "sha256": self.sha256}


Leaf = ReceiptLeaf | RetireLeaf | AllocLeaf | VoidLeaf | KeyLeaf | RenditionLeaf
