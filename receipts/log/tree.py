"""Which stored nodes a root, a proof or an append is made of. Pure: it knows sizes and positions, no hashes.

Stored are the hashes of complete subtrees only. Every other subtree that RFC 6962 names ends at the tree's right edge
and is folded from at most one complete subtree a level.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import NamedTuple

from carbonledger.verify.merkle import node_hash


class Node(NamedTuple):
    """The complete subtree of leaves [number * 2^level, (number + 1) * 2^level)."""

    level: int
    number: int


def complete_nodes(begin: int, end: int) -> list[Node]:
    """The largest complete subtrees that are leaves [begin, end), from the left.

    `begin` has to be a multiple of a power of two that is at least end - begin, as it is for every subtree of a tree.
    """
    nodes = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        nodes.append(Node(level, begin >> level))
        begin += 1 << level
    return nodes


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash of the subtree that these complete subtrees are, from the left; at least one."""
    return reduce(lambda right, left: node_hash(left, right), reversed(hashes))


def inclusion_path(index: int, size: int) -> list[list[Node]]:
    """RFC 6962 PATH(index, D[size]): a proof's hashes from the leaf up, each as the nodes to fold."""
    return [complete_nodes(*subtree) for subtree in _siblings(index, size)][::-1]


def consistency_path(first_size: int, second_size: int) -> list[list[Node]]:
    """RFC 6962 PROOF(first_size, D[second_size]), likewise; 0 < first_size <= second_size."""
    path, begin, end, is_whole = [], 0, second_size, True
    while first_size != end:
        split = begin + _left_size(end - begin)
        if first_size <= split:
            path.append((split, end))
            end = split
        else:
            path.append((begin, split))
            begin, is_whole = split, False
    if not is_whole:
        path.append((begin, end))
    return [complete_nodes(*subtree) for subtree in reversed(path)]


def _siblings(index: int, size: int) -> Iterator[tuple[int, int]]:
    """From the root down: the half, as [begin, end), that the leaf is not in."""
    begin, end = 0, size
    while end - begin > 1:
        split = begin + _left_size(end - begin)
        if index < split:
            yield split, end
            end = split
        else:
            yield begin, split
            begin = split


def _left_size(count: int) -> int:
    """The largest power of two below `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)
