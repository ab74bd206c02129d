"""The Merkle tree of a transparency log: hashes, and proofs that a leaf is in a tree and that a tree grew from another.

Hashing is RFC 6962 section 2.1: a leaf is SHA-256(00 || data), a node SHA-256(01 || left || right). The proofs are
checked as RFC 9162 sections 2.1.3.2 and 2.1.4.2 say, with two rules that are not written there and that the vectors of
transparency-dev/merkle ask for: a leaf hash has 32 bytes, and no proof starts at an empty tree.
"""

import hashlib
import hmac
from collections.abc import Iterator, Sequence

from carbonledger.verify.errors import VerificationError

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
LARGEST_TREE = 2**63 - 1


def leaf_hash(data: bytes) -> bytes:
    """32 bytes: the hash of a leaf with this data."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """32 bytes: the hash of the node above two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return if the leaf with this hash is number `index` of the tree of `size` leaves with this root.

    `proof`: hashes from the leaf's sibling up to a child of the root. Raises VerificationError.
    """
    if not 0 <= index < size <= LARGEST_TREE:
        raise VerificationError(f"A tree of {size} leaves has no leaf {index}.")
    _check_lengths(leaf, *proof)
    rest = leaf
    for sibling, is_left in _climb(index, size - 1, proof):
        rest = node_hash(sibling, rest) if is_left else node_hash(rest, sibling)
    if not hmac.compare_digest(rest, root):
        raise VerificationError("The inclusion proof does not lead to the tree's root.")


def verify_consistency(
    *, first_size: int, second_size: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> None:
    """Return if the second tree begins with all leaves of the first one. Raises VerificationError.

    Trees of one size need the same root and an empty proof.
    """
    if not 0 < first_size <= second_size <= LARGEST_TREE:
        raise VerificationError(f"No proof leads from a tree of {first_size} leaves to one of {second_size}.")
    if first_size == second_size:
        if proof or not hmac.compare_digest(first_root, second_root):
            raise VerificationError("Two trees of one size differ.")
        return
    _check_lengths(*proof)
    path = list(proof)
    if first_size & (first_size - 1) == 0:  # the first tree is whole, so its root is where the proof begins
        path.insert(0, first_root)
    if not path:
        raise VerificationError("The consistency proof is empty.")
    node, last = first_size - 1, second_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for sibling, is_left in _climb(node, last, path[1:]):
        if is_left:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
    if not hmac.compare_digest(old, first_root) or not hmac.compare_digest(new, second_root):
        raise VerificationError("The consistency proof does not lead to both roots.")


def _climb(node: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """(sibling, whether it stands to the left) from `node` up to the root; `last`: the number of its level's last node.

    Raises VerificationError if the proof has more or fewer hashes than there are siblings.
    """
    for sibling in proof:
        if last == 0:
            raise VerificationError("The proof is too long for the tree.")
        is_left = bool(node & 1) or node == last
        yield sibling, is_left
        while is_left and not node & 1 and node:  # the last one of its level, alone: it rises as it is
            node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
    if last != 0:
        raise VerificationError("The proof is too short for the tree.")


def _check_lengths(*hashes: bytes) -> None:
    if any(len(found) != HASH_BYTES for found in hashes):
        raise VerificationError(f"A hash of the tree has {HASH_BYTES} bytes.")
