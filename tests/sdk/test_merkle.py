"""Roots that others published, proofs against the definition, and nothing but the right proof passes."""

from collections.abc import Sequence

import pytest
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    LARGEST_TREE,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.trees import consistency_proof, inclusion_proof, tree_root

# The tree of Certificate Transparency's reference implementation (google/certificate-transparency, Apache-2.0,
# merkletree/merkle_tree_test.cc): its leaves, and its root at each size.
REFERENCE_LEAVES = [
    bytes.fromhex(text)
    for text in ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
]
REFERENCE_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

leaves_of_trees = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


def some_leaves(count: int) -> list[bytes]:
    return [number.to_bytes(2) for number in range(count)]


def assert_included(index: int, leaves: Sequence[bytes], proof: Sequence[bytes]) -> None:
    verify_inclusion(leaf=leaf_hash(leaves[index]), index=index, size=len(leaves), proof=proof, root=tree_root(leaves))


def assert_grown(first_size: int, leaves: Sequence[bytes], proof: Sequence[bytes]) -> None:
    verify_consistency(
        first_size=first_size,
        second_size=len(leaves),
        first_root=tree_root(leaves[:first_size]),
        second_root=tree_root(leaves),
        proof=proof,
    )


@pytest.mark.parametrize("size", range(len(REFERENCE_ROOTS)))
def test_the_reference_tree_has_its_roots(size: int) -> None:
    assert tree_root(REFERENCE_LEAVES[:size]).hex() == REFERENCE_ROOTS[size]
    assert EMPTY_ROOT.hex() == REFERENCE_ROOTS[0]


def test_every_leaf_of_every_small_tree_is_proven() -> None:
    for size in range(1, 34):
        leaves = some_leaves(size)
        for index in range(size):
            assert_included(index, leaves, inclusion_proof(index, leaves))


def test_every_growth_of_every_small_tree_is_proven() -> None:
    for size in range(1, 34):
        leaves = some_leaves(size)
        for first_size in range(1, size + 1):
            assert_grown(first_size, leaves, consistency_proof(first_size, leaves))


@given(leaves=leaves_of_trees, choice=st.data())
def test_the_leaf_that_is_there_is_proven_and_no_other(leaves: list[bytes], choice: st.DataObject) -> None:
    index = choice.draw(st.integers(0, len(leaves) - 1))
    proof = inclusion_proof(index, leaves)
    assert_included(index, leaves, proof)
    with pytest.raises(VerificationError):
        verify_inclusion(
            leaf=leaf_hash(leaves[index] + b"!"), index=index, size=len(leaves), proof=proof, root=tree_root(leaves)
        )


@given(leaves=leaves_of_trees, choice=st.data())
def test_every_flipped_byte_of_an_inclusion_proof_fails(leaves: list[bytes], choice: st.DataObject) -> None:
    index = choice.draw(st.integers(0, len(leaves) - 1))
    proof = inclusion_proof(index, leaves)
    for spoiled in _spoiled(proof):
        with pytest.raises(VerificationError):
            assert_included(index, leaves, spoiled)


@given(leaves=leaves_of_trees, choice=st.data())
def test_every_flipped_byte_of_a_consistency_proof_fails(leaves: list[bytes], choice: st.DataObject) -> None:
    first_size = choice.draw(st.integers(1, len(leaves)))
    proof = consistency_proof(first_size, leaves)
    assert_grown(first_size, leaves, proof)
    for spoiled in _spoiled(proof):
        with pytest.raises(VerificationError):
            assert_grown(first_size, leaves, spoiled)


def _spoiled(proof: list[bytes]) -> list[list[bytes]]:
    """The proof with each byte changed in turn, each hash left out, one too many at either end, and one cut short."""
    changed = [
        [*proof[:number], bytes([*found[:at], found[at] ^ 1, *found[at + 1 :]]), *proof[number + 1 :]]
        for number, found in enumerate(proof)
        for at in range(HASH_BYTES)
    ]
    shorter = [[*proof[:number], *proof[number + 1 :]] for number in range(len(proof))]
    cut = [[*proof[:-1], proof[-1][:-1]]] if proof else []
    return [*changed, *shorter, *cut, [*proof, EMPTY_ROOT], [EMPTY_ROOT, *proof]]


def test_a_proof_fits_one_size_and_one_leaf() -> None:
    leaves = some_leaves(7)
    proof, root, leaf = inclusion_proof(2, leaves), tree_root(leaves), leaf_hash(leaves[2])
    for index, size in ((2, 3), (2, 15), (3, 7), (6, 7), (2, 0), (-1, 7), (7, 7), (2, LARGEST_TREE + 1)):
        with pytest.raises(VerificationError):
            verify_inclusion(leaf=leaf, index=index, size=size, proof=proof, root=root)
    for wrong_root in (EMPTY_ROOT, b"", root[:-1]):
        with pytest.raises(VerificationError):
            verify_inclusion(leaf=leaf, index=2, size=7, proof=proof, root=wrong_root)


@pytest.mark.parametrize("leaf", [b"", b"\x00" * 31, b"\x00" * 33], ids=len)
def test_a_leaf_hash_has_32_bytes(leaf: bytes) -> None:
    with pytest.raises(VerificationError, match="32 bytes"):
        verify_inclusion(leaf=leaf, index=0, size=1, proof=[], root=leaf)


def test_a_whole_node_is_no_leaf() -> None:
    """A leaf whose data is two hashes does not have the hash of the node above them."""
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    with pytest.raises(VerificationError):
        verify_inclusion(leaf=leaf_hash(left + right), index=0, size=1, proof=[], root=tree_root([b"a", b"b"]))


def test_no_proof_starts_at_an_empty_tree_or_leads_back() -> None:
    leaves = some_leaves(5)
    for first_size, second_size in ((0, 5), (0, 0), (5, 4), (-1, 5)):
        with pytest.raises(VerificationError, match="No proof leads"):
            verify_consistency(
                first_size=first_size,
                second_size=second_size,
                first_root=EMPTY_ROOT,
                second_root=tree_root(leaves),
                proof=[],
            )


def test_trees_of_one_size_are_one_tree_without_a_proof() -> None:
    root = tree_root(some_leaves(5))
    verify_consistency(first_size=5, second_size=5, first_root=root, second_root=root, proof=[])
    for second_root, proof in ((EMPTY_ROOT, []), (root, [EMPTY_ROOT])):
        with pytest.raises(VerificationError):
            verify_consistency(first_size=5, second_size=5, first_root=root, second_root=second_root, proof=proof)


def test_a_tree_that_was_rewritten_did_not_grow() -> None:
    leaves = some_leaves(9)
    rewritten = [b"other", *leaves[1:]]
    for first_size in range(1, 9):
        with pytest.raises(VerificationError):
            verify_consistency(
                first_size=first_size,
                second_size=9,
                first_root=tree_root(leaves[:first_size]),
                second_root=tree_root(rewritten),
                proof=consistency_proof(first_size, rewritten),
            )
