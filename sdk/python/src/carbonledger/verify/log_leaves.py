"""What a leaf of the log is: the canonical JSON of one fact, all values strings, no customer named in it."""

from typing import Literal

from carbonledger.verify.canonical import canonical

LeafKind = Literal["receipt", "retire", "alloc", "void", "key", "rendition"]


def leaf_data(kind: LeafKind, **facts: str) -> bytes:
    """The data of the leaf: `{"t": kind, "v": "1", …facts}`, canonical."""
    return canonical({"v": "1", "t": kind, **facts})


def receipt_leaf_data(document_sha256: str) -> bytes:
    """That a receipt was issued. `document_sha256`: of its canonical JSON with the proof, 64 hex digits."""
    return leaf_data("receipt", sha256=document_sha256)
