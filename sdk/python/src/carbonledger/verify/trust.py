"""Whom a verifier believes: one issuer and the public keys that it had, from its key history.

The file is served at `/.well-known/key-history.json`. Keep your own copy (pin it): everything that verification finds
out rests on it, and nothing is ever looked up in a receipt, a DID or a URL that a receipt names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

from carbonledger.verify import ed25519
from carbonledger.verify.base58 import from_multikey
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.key_ids import base64url, thumbprint
from carbonledger.verify.signed_note import NoteKey
from carbonledger.verify.strict_json import Json, parse_object

KeyState = Literal["active", "retired", "revoked"]


@dataclass(frozen=True, slots=True)
class ReceiptKey:
    """A key that signs receipts. What a retired key signed stays good."""

    kid: str
    public_key: bytes
    state: KeyState
    revoked_at_leaf: int | None
    """Index of the log's leaf that revokes it: receipts whose own leaf is below stay good; null: none does."""


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key that signs checkpoints of the log. Once revoked, no checkpoint of it counts: ask for a new proof."""

    kid: str
    note_key: NoteKey
    state: KeyState


@dataclass(frozen=True, slots=True)
class Trust:
    """The issuer (a did:web), whether it is a test issuer, its log's origin, and its keys."""

    issuer: str
    is_test: bool
    log_origin: str
    receipt_keys: Mapping[str, ReceiptKey]
    log_keys: tuple[LogKey, ...]

    @classmethod
    def from_key_history(cls, data: bytes) -> Self:
        """The trust that a key history (JSON) gives, if you believe the file.

        Raises VerificationError: it is no key history, or holds a key that is no proper Ed25519 key (small order, not
        canonical), a key id that is not its key's thumbprint, a log key of another name than the log's, or no key.
        """
        history = parse_object(data)
        issuer, origin = _text(history, "issuer"), _text(history, "logOrigin")
        is_test = history.get("test")
        entries = history.get("keys")
        if not issuer.startswith("did:web:") or not isinstance(is_test, bool) or not isinstance(entries, list):
            raise VerificationError("This is not a key history: issuer, test or keys are missing.")
        receipt_keys: dict[str, ReceiptKey] = {}
        log_keys: dict[str, LogKey] = {}
        for entry in entries:
            if not isinstance(entry, dict):
                raise VerificationError("A key of the key history is not an object.")
            key = _receipt_key(entry)
            if key.kid in receipt_keys or key.kid in log_keys:
                raise VerificationError(f"The key {key.kid} is there twice.")
            match _text(entry, "purpose"):
                case "receipt":
                    receipt_keys[key.kid] = key
                case "log":
                    log_keys[key.kid] = _log_key(entry, key, origin=origin)
                case other:
                    raise VerificationError(f"The key {key.kid} is for {other[:40]!r}, which is no purpose.")
        if not receipt_keys:
            raise VerificationError("The key history holds no key for receipts.")
        return cls(issuer, is_test, origin, receipt_keys, tuple(log_keys.values()))


def _receipt_key(entry: Mapping[str, Json]) -> ReceiptKey:
    kid, x = _text(entry, "kid"), _text(entry, "x")
    public_key = ed25519.public_key(from_multikey(_text(entry, "publicKeyMultibase")))
    if base64url(public_key) != x or thumbprint(public_key) != kid:
        raise VerificationError(f"The key history says different things of the key {kid[:43]}.")
    revoked_at_leaf = entry.get("revokedAtLeaf")
    if revoked_at_leaf is not None and (type(revoked_at_leaf) is not int or revoked_at_leaf < 0):
        raise VerificationError(f"The key {kid} does not say which leaf revoked it.")
    return ReceiptKey(kid, public_key, _state(entry), revoked_at_leaf)


def _log_key(entry: Mapping[str, Json], key: ReceiptKey, *, origin: str) -> LogKey:
    note_key = NoteKey(origin, key.public_key)
    if _text(entry, "vkey") != note_key.vkey:
        raise VerificationError(f"The vkey of {key.kid} is not this key under the log's name.")
    return LogKey(key.kid, note_key, key.state)


def _state(entry: Mapping[str, Json]) -> KeyState:
    match _text(entry, "state"):
        case "active" | "retired" | "revoked" as state:
            return state
        case other:
            raise VerificationError(f"The key history knows a state {other[:40]!r}, which is none.")


def _text(members: Mapping[str, Json], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise VerificationError(f"The key history does not say {name} as a text.")
    return value
