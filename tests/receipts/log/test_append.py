"""Appending: indexes without gaps, the tree's definition at every size, and twice is once."""

from itertools import pairwise

import pytest
from carbonledger.verify.checkpoint import verify_checkpoint
from carbonledger.verify.errors import VerificationError
from nacl.signing import SigningKey

from core.database import Database, fetch_one
from receipts.keys.errors import KeyReplacedError
from receipts.keys.signer import Signer
from receipts.log.append import append
from receipts.log.checkpoints import checkpoint_note, latest_checkpoint
from receipts.log.leaves import Leaf
from tests.conftest import NOON
from tests.receipts.log.logbook import ISSUER, NOTE_KEY, ORIGIN, SIGNER, Log, lay_key, log_key, receipts, signer_of
from tests.sdk.trees import tree_root

pytestmark = pytest.mark.database

NOTHING = {"leaves": 0, "nodes": 0, "checkpoints": 0}


def assert_is_the_tree_of(log: Log, leaves: list[Leaf]) -> None:
    """Leaves, every complete subtree and every checkpoint, against RFC 6962's own words."""
    data = [leaf.data for leaf in leaves]
    with log.database.worker() as connection:
        stored = connection.execute("select leaf_index, kind, data from ops.log_leaves order by leaf_index").fetchall()
        nodes = connection.execute("select level, node_index, hash from ops.log_nodes").fetchall()
        checkpoints = connection.execute("select tree_size, root_hash, note, kid from ops.log_checkpoints").fetchall()
    assert [(row["leaf_index"], row["kind"], row["data"]) for row in stored] == [
        (index, leaf.kind, leaf.data) for index, leaf in enumerate(leaves)
    ]
    assert {(row["level"], row["node_index"]): row["hash"] for row in nodes} == {
        (level, number): tree_root(data[number << level : (number + 1) << level])
        for level in range(len(data).bit_length())
        for number in range(len(data) >> level)
    }
    for row in checkpoints:
        signed = verify_checkpoint(row["note"].encode(), origin=ORIGIN, keys=[NOTE_KEY])
        assert (signed.size, signed.root) == (row["tree_size"], row["root_hash"])
        assert signed.root == tree_root(data[: signed.size])
        assert row["kid"] == SIGNER.kid


def test_a_tree_that_grows_by_one_and_by_many_is_the_tree_of_its_leaves(log: Log) -> None:
    leaves = receipts(*range(41))
    sizes = [1, 2, 3, 4, 7, 8, 9, 16, 21, 31, 32, 40, 41]
    indexes = log.append(leaves[:1])
    for size, next_size in pairwise(sizes):
        indexes += log.append(leaves[size:next_size])
    assert indexes == list(range(41))
    assert_is_the_tree_of(log, leaves)
    with log.database.worker() as connection:
        assert [size for size in range(50) if checkpoint_note(connection, size) is not None] == sizes


def test_a_leaf_that_is_there_keeps_its_index_and_signs_nothing(log: Log) -> None:
    first = log.append(receipts(1, 2, 3))
    before = log.counts()
    assert log.append(receipts(3, 1, 2)) == [2, 0, 1]
    assert log.append(receipts(2)) == [1]
    assert log.append([]) == []
    assert (first, log.counts()) == ([0, 1, 2], before)


def test_what_is_new_among_what_is_there_is_appended_once(log: Log) -> None:
    log.append(receipts(1, 2))
    assert log.append(receipts(5, 2, 5, 6, 1, 6)) == [2, 1, 2, 3, 0, 3]
    assert_is_the_tree_of(log, receipts(1, 2, 5, 6))


def test_what_is_rolled_back_was_never_there(log: Log) -> None:
    with log.database.worker() as connection:
        assert append(connection, receipts(1, 2), signer=SIGNER, now=NOON) == [0, 1]
        connection.rollback()
    assert log.counts() == NOTHING
    assert log.append(receipts(3)) == [0]
    assert_is_the_tree_of(log, receipts(3))


def test_the_latest_checkpoint_is_of_all_leaves(log: Log) -> None:
    with log.database.worker() as connection:
        assert latest_checkpoint(connection) is None
    log.append(receipts(1))
    log.append(receipts(2, 3))
    with log.database.worker() as connection:
        latest = latest_checkpoint(connection)
        assert latest is not None
        assert latest == checkpoint_note(connection, 3)
    assert verify_checkpoint(latest.encode(), origin=ORIGIN, keys=[NOTE_KEY]).size == 3


@pytest.mark.parametrize(
    "change", ["retired_at = now(), state = 'retired'", "revoked_at = now(), state = 'revoked', revoke_reason = 'lost'"]
)
def test_a_key_that_was_replaced_signs_nothing_more(log: Log, change: str) -> None:
    log.append(receipts(1))
    before = log.counts()
    with log.database.worker() as connection:
        connection.execute(f"update ops.signing_keys set {change}".encode())
    with pytest.raises(KeyReplacedError):
        log.append(receipts(2))
    assert log.counts() == before


def test_a_signature_of_another_key_is_not_stored(log: Log) -> None:
    wrong = Signer(SIGNER.kid, "log", ISSUER, SIGNER.public_key, log_key(8))
    with pytest.raises(VerificationError), log.database.worker() as connection:
        append(connection, receipts(1), signer=wrong, now=NOON)
    assert log.counts() == NOTHING


def test_a_key_of_receipts_signs_no_checkpoint(database: Database) -> None:
    lay_key(database)
    key = SigningKey(b"r" * 32)
    receipt_signer = signer_of(key)
    with database.worker() as connection:
        connection.execute(
            "insert into ops.signing_keys (kid, purpose, public_key, secret_arn, created_at)"
            " values (%s, 'receipt', %s, 'local:receipt', %s)",
            [receipt_signer.kid, receipt_signer.public_key, NOON],
        )
    with pytest.raises(ValueError, match="no key of the log"), database.worker() as connection:
        append(connection, receipts(1), signer=receipt_signer, now=NOON)


def test_the_log_cannot_be_rewritten(log: Log) -> None:
    log.append(receipts(1, 2))
    for statement in (
        "update ops.log_leaves set kind = 'void'",
        "delete from ops.log_nodes",
        "update ops.log_checkpoints set note = ''",
    ):
        with pytest.raises(Exception, match="append-only"), log.database.owner() as connection:
            connection.execute(statement.encode())
    with log.database.worker() as connection:
        assert fetch_one(connection, "select count(*) as count from ops.log_leaves")["count"] == 2
