"""Proofs from stored nodes are RFC 6962's, word for word, at every size."""

import pytest
from carbonledger.verify.tlog_proof import TlogProof
from hypothesis import given
from hypothesis import strategies as st

from core.database import Database
from receipts.log.checkpoints import first_size_with
from receipts.log.errors import NoSuchProofError
from receipts.log.proofs import consistency_hashes, tlog_proof
from receipts.log.tree import Node, complete_nodes, consistency_path, fold, inclusion_path
from tests.receipts.log.logbook import NOTE_KEY, ORIGIN, Log, receipts
from tests.sdk.trees import consistency_proof, inclusion_proof, tree_root

sizes = st.integers(1, 80)


def folded(path: list[list[Node]], data: list[bytes]) -> list[bytes]:
    """As from stored nodes: the hashes of complete subtrees only."""
    for nodes in path:
        assert all((node.number + 1) << node.level <= len(data) for node in nodes)
    return [
        fold([tree_root(data[node.number << node.level : (node.number + 1) << node.level]) for node in nodes])
        for nodes in path
    ]


def entries(count: int) -> list[bytes]:
    return [leaf.data for leaf in receipts(*range(count))]


@given(sizes, st.data())
def test_inclusion_paths_are_those_of_the_definition(size: int, choice: st.DataObject) -> None:
    index = choice.draw(st.integers(0, size - 1))
    data = entries(size)
    assert folded(inclusion_path(index, size), data) == inclusion_proof(index, data)


@given(sizes, st.data())
def test_consistency_paths_are_those_of_the_definition(size: int, choice: st.DataObject) -> None:
    first_size = choice.draw(st.integers(1, size))
    data = entries(size)
    assert folded(consistency_path(first_size, size), data) == consistency_proof(first_size, data)


@given(st.integers(1, 2**62), st.data())
def test_a_proof_reads_few_nodes_however_large_the_log(size: int, choice: st.DataObject) -> None:
    index = choice.draw(st.integers(0, size - 1))
    height = size.bit_length()
    assert len(inclusion_path(index, size)) <= height
    assert sum(map(len, inclusion_path(index, size))) <= 2 * height
    assert len(complete_nodes(0, size)) <= height


@pytest.mark.database
def test_every_leaf_has_its_proof_against_every_checkpoint_that_has_it(log: Log) -> None:
    leaves = receipts(*range(13))
    for begin, end in ((0, 3), (3, 8), (8, 13)):
        log.append(leaves[begin:end])
    data = [leaf.data for leaf in leaves]
    with log.database.before_tenant() as connection:
        for size in (3, 8, 13):
            for index in range(size):
                written = tlog_proof(connection, leaf_index=index, size=size)
                proof = TlogProof.parse(written)
                assert proof.verify(data[index], origin=ORIGIN, keys=[NOTE_KEY]).root == tree_root(data[:size])
                assert list(proof.hashes) == inclusion_proof(index, data[:size])
        assert [first_size_with(connection, index) for index in (0, 2, 3, 7, 8, 12, 13)] == [3, 3, 8, 8, 13, 13, None]


@pytest.mark.database
def test_a_proof_has_the_same_bytes_after_the_log_has_grown(log: Log) -> None:
    log.append(receipts(1, 2, 3))
    with log.database.worker() as connection:
        before = tlog_proof(connection, leaf_index=1, size=3)
    log.append(receipts(4, 5, 6, 7))
    with log.database.worker() as connection:
        assert tlog_proof(connection, leaf_index=1, size=3) == before


@pytest.mark.database
def test_what_the_log_never_signed_has_no_proof(log: Log) -> None:
    log.append(receipts(1, 2, 3))
    with log.database.worker() as connection:
        for leaf_index, size in ((0, 2), (3, 3), (-1, 3), (0, 0), (0, 4)):
            with pytest.raises(NoSuchProofError):
                tlog_proof(connection, leaf_index=leaf_index, size=size)
        with pytest.raises(LookupError):
            consistency_hashes(connection, first_size=2, second_size=4)


@pytest.mark.database
def test_the_log_shows_that_it_only_grew(log: Log, database: Database) -> None:
    leaves = receipts(*range(11))
    log.append(leaves[:4])
    log.append(leaves[4:])
    data = [leaf.data for leaf in leaves]
    with database.before_tenant() as connection:
        for first_size in range(1, 12):
            found = consistency_hashes(connection, first_size=first_size, second_size=11)
            assert found == consistency_proof(first_size, data)
