"""The Merkle tree as RFC 6962 section 2.1 defines it, word for word: slow, and the judge of what is quick."""

from collections.abc import Sequence

from carbonledger.verify.merkle import EMPTY_ROOT, leaf_hash, node_hash


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """MTH(D[n]) of the leaves' data."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = _split(len(leaves))
    return node_hash(tree_root(leaves[:split]), tree_root(leaves[split:]))


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n])."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(index, leaves[:split]), tree_root(leaves[split:])]
    return [*inclusion_proof(index - split, leaves[split:]), tree_root(leaves[:split])]


def consistency_proof(first_size: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PROOF(m, D[n])."""
    return _subproof(first_size, leaves, is_whole=True)


def _subproof(first_size: int, leaves: Sequence[bytes], *, is_whole: bool) -> list[bytes]:
    if first_size == len(leaves):
        return [] if is_whole else [tree_root(leaves)]
    split = _split(len(leaves))
    if first_size <= split:
        return [*_subproof(first_size, leaves[:split], is_whole=is_whole), tree_root(leaves[split:])]
    return [*_subproof(first_size - split, leaves[split:], is_whole=False), tree_root(leaves[:split])]


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1
