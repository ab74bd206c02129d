"""Checkpoints (c2sp.org/tlog-checkpoint): what a log signs, its origin, how many leaves it has, and their root."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from carbonledger.verify.errors import VerificationError
from carbonledger.verify.merkle import HASH_BYTES, LARGEST_TREE
from carbonledger.verify.signed_note import NoteKey, SignedNote, strict_base64

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES = 3


def decimal(text: str) -> int:
    """A number as logs write it: ASCII digits, no zero in front, below 2^63. Raises VerificationError."""
    if _NUMBER.fullmatch(text) is None or int(text) > LARGEST_TREE:
        raise VerificationError("A part that should be a number is not.")
    return int(text)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of a note's text. Raises VerificationError; extension lines are refused, for our log writes none."""
        lines = text.split("\n")
        if len(lines) != _LINES + 1 or lines[-1] or not all(lines[:-1]):
            raise VerificationError("A checkpoint has three lines: origin, size, root.")
        root = strict_base64(lines[2])
        if len(root) != HASH_BYTES:
            raise VerificationError(f"A checkpoint's root has {HASH_BYTES} bytes.")
        return cls(lines[0], decimal(lines[1]), root)

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def verify_checkpoint(note: bytes | SignedNote, *, origin: str, keys: Iterable[NoteKey]) -> Checkpoint:
    """What the log of this origin signed with one of `keys`. Raises VerificationError."""
    signed = note if isinstance(note, SignedNote) else SignedNote.parse(note)
    signed.verify(key for key in keys if key.name == origin)
    checkpoint = Checkpoint.parse(signed.text)
    if checkpoint.origin != origin:
        raise VerificationError(f"The checkpoint is of another log: {checkpoint.origin!r}.")
    return checkpoint
