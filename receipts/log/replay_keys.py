"""The signing keys as the log's key leaves tell of them, and which of them might sign which checkpoint."""

from collections.abc import Iterator
from dataclasses import dataclass

from carbonledger.verify.errors import VerificationError
from carbonledger.verify.key_ids import from_base64url, thumbprint
from carbonledger.verify.signed_note import NoteKey

from receipts.log.findings import Finding
from receipts.log.leaves import KeyAction, KeyLeaf, KeyPurpose


@dataclass(slots=True)
class KeyStory:
    """Indexes of the leaves that tell it; None: it did not come to that yet."""

    purpose: KeyPurpose
    x: str
    created: int
    retired: int | None = None
    revoked: int | None = None

    @property
    def public_key(self) -> bytes:
        return from_base64url(self.x)

    @property
    def is_active(self) -> bool:
        return self.retired is None and self.revoked is None

    def may_have_signed_receipt(self, log_index: int) -> bool:
        """A receipt is good if its leaf lies behind the key's creation and not behind its revocation."""
        is_revoked = self.revoked is not None and self.revoked < log_index
        return self.purpose == "receipt" and self.created < log_index and not is_revoked

    def has(self, action: KeyAction) -> bool:
        return {"created": self.created, "retired": self.retired, "revoked": self.revoked}[action] is not None


class KeyReplay:
    def __init__(self) -> None:
        self.keys: dict[str, KeyStory] = {}

    def add(self, index: int, leaf: KeyLeaf) -> Iterator[Finding]:
        place = f"leaf {index}"
        story = self.keys.get(leaf.kid)
        match leaf.action:
            case "created":
                if story is not None:
                    yield Finding("key", place, f"Key {leaf.kid} was created before.")
                    return
                if not _names_itself(leaf):
                    yield Finding("key", place, f"{leaf.kid} is not the thumbprint of its key.")
                    return
                self.keys[leaf.kid] = KeyStory(leaf.purpose, leaf.x, created=index)
            case "retired" | "revoked":
                if story is None or (story.purpose, story.x) != (leaf.purpose, leaf.x):
                    yield Finding("key", place, f"Key {leaf.kid} was never created so.")
                    return
                if story.revoked is not None:
                    yield Finding("key", place, f"Key {leaf.kid} was revoked before.")
                    return
                if leaf.action == "retired":
                    story.retired = index
                else:
                    story.revoked = index

    def active_log_keys(self, origin: str, *, kid: str) -> list[NoteKey]:
        """The key with this id, if it may sign a checkpoint of the leaves so far."""
        story = self.keys.get(kid)
        if story is None or story.purpose != "log" or not story.is_active:
            return []
        return [NoteKey(origin, story.public_key)]


def _names_itself(leaf: KeyLeaf) -> bool:
    try:
        return thumbprint(from_base64url(leaf.x)) == leaf.kid
    except VerificationError:
        return False
