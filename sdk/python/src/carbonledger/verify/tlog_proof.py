"""Proofs that a log has an entry, as a file (c2sp.org/tlog-proof, extension .tlog-proof).

Index and hashes of an inclusion proof, then a signed checkpoint; with the log's key it is checked offline.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from carbonledger.verify.checkpoint import Checkpoint, decimal, verify_checkpoint
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from carbonledger.verify.signed_note import MOST_BYTES, NoteKey, SignedNote, strict_base64

HEADER = "c2sp.org/tlog-proof@v1"
_EXTRA, _INDEX = "extra ", "index "
_MOST_HASHES = 63  # a tree of 2^63 leaves is so high


@dataclass(frozen=True, slots=True)
class TlogProof:
    """`hashes`: from the leaf's sibling up to a child of the root. `extra` is authenticated by nothing."""

    index: int
    hashes: tuple[bytes, ...]
    note: SignedNote
    extra: bytes | None = None

    @classmethod
    def parse(cls, proof: bytes) -> Self:
        """Raises VerificationError if these bytes are no such file; nothing in them is verified yet."""
        if len(proof) > 2 * MOST_BYTES:
            raise VerificationError(f"A log proof has at most {2 * MOST_BYTES} bytes.")
        try:
            head, blank, note = proof.decode().partition("\n\n")
        except UnicodeDecodeError:
            raise VerificationError("A log proof is UTF-8.") from None
        lines = head.split("\n")
        if not blank or lines.pop(0) != HEADER:
            raise VerificationError(f"A log proof begins with {HEADER!r} and has a checkpoint after an empty line.")
        extra = None
        if lines and lines[0].startswith(_EXTRA):
            extra = strict_base64(lines.pop(0).removeprefix(_EXTRA))
        if not lines or not lines[0].startswith(_INDEX):
            raise VerificationError("The log proof does not say its entry's index.")
        index = decimal(lines.pop(0).removeprefix(_INDEX))
        if len(lines) > _MOST_HASHES:
            raise VerificationError(f"A log proof has at most {_MOST_HASHES} hashes.")
        hashes = tuple(strict_base64(line) for line in lines)
        if any(len(found) != HASH_BYTES for found in hashes):
            raise VerificationError(f"A hash of the tree has {HASH_BYTES} bytes.")
        return cls(index, hashes, SignedNote.parse(note.encode()), extra)

    def text(self) -> str:
        """The file."""
        extra = [] if self.extra is None else [_EXTRA + base64.b64encode(self.extra).decode()]
        hashes = [base64.b64encode(found).decode() for found in self.hashes]
        head = [HEADER, *extra, f"{_INDEX}{self.index}", *hashes]
        return "\n".join(head) + "\n\n" + bytes(self.note).decode()

    def verify(self, entry: bytes, *, origin: str, keys: Iterable[NoteKey]) -> Checkpoint:
        """The checkpoint whose tree has `entry` (a leaf's data) at `index`. Raises VerificationError."""
        checkpoint = verify_checkpoint(self.note, origin=origin, keys=keys)
        self.verify_inclusion(entry, checkpoint)
        return checkpoint

    def verify_inclusion(self, entry: bytes, checkpoint: Checkpoint) -> None:
        """Return if `checkpoint`'s tree has the entry at `index`. Raises VerificationError."""
        verify_inclusion(
            leaf=leaf_hash(entry), index=self.index, size=checkpoint.size, proof=self.hashes, root=checkpoint.root
        )
