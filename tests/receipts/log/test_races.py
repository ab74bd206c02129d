"""Appenders side by side, and appenders that die: one tree without a gap, every checkpoint a prefix of the next."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from carbonledger.verify.checkpoint import verify_checkpoint
from carbonledger.verify.merkle import verify_consistency

from receipts.log.append import append
from receipts.log.proofs import consistency_hashes
from tests.conftest import NOON
from tests.mortal import Side
from tests.receipts.log.append_process import AppendJob, came_to_its_end
from tests.receipts.log.logbook import NOTE_KEY, ORIGIN, SIGNER, Log, receipts
from tests.sdk.trees import tree_root

pytestmark = pytest.mark.database


def assert_is_one_tree(log: Log, *, checkpoints: int) -> list[bytes]:
    """The data of its leaves."""
    with log.database.worker() as connection:
        rows = connection.execute("select leaf_index, data from ops.log_leaves order by leaf_index").fetchall()
        notes = connection.execute("select note from ops.log_checkpoints order by tree_size").fetchall()
        data = [row["data"] for row in rows]
        assert [row["leaf_index"] for row in rows] == list(range(len(rows)))
        signed = [verify_checkpoint(row["note"].encode(), origin=ORIGIN, keys=[NOTE_KEY]) for row in notes]
        assert [found.root for found in signed] == [tree_root(data[: found.size]) for found in signed]
        for first, second in pairwise(signed):
            verify_consistency(
                first_size=first.size,
                second_size=second.size,
                first_root=first.root,
                second_root=second.root,
                proof=consistency_hashes(connection, first_size=first.size, second_size=second.size),
            )
    assert len(signed) == checkpoints
    assert signed[-1].size == len(data)
    return data


def test_appenders_side_by_side_leave_one_tree_without_a_gap(log: Log) -> None:
    """Four threads; each batch has a leaf of its own and one that all of them append."""
    appenders, batches = 4, 6
    together = threading.Barrier(appenders)

    def work(appender: int) -> list[list[int]]:
        together.wait(60)
        return [log.append(receipts(1_000 + batch, 100 * appender + batch)) for batch in range(batches)]

    with ThreadPoolExecutor(appenders) as pool:
        answered = list(pool.map(work, range(appenders)))
    data = assert_is_one_tree(log, checkpoints=appenders * batches)
    assert len(data) == appenders * batches + batches
    for appender, indexes in enumerate(answered):
        for batch, (shared, own) in enumerate(indexes):
            assert data[shared] == receipts(1_000 + batch)[0].data
            assert data[own] == receipts(100 * appender + batch)[0].data


def test_an_appender_waits_until_the_one_before_it_has_committed(log: Log) -> None:
    with ThreadPoolExecutor(1) as pool:
        with log.database.worker() as connection:
            assert append(connection, receipts(1, 2), signer=SIGNER, now=NOON) == [0, 1]
            second = pool.submit(log.append, receipts(3, 2))
        assert second.result(60) == [2, 1]
    assert_is_one_tree(log, checkpoints=2)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("kill_at", [1, 2])
def test_an_appender_that_dies_leaves_all_of_a_batch_or_nothing(
    log: Log, database_url: str, kill_at: int, side: Side
) -> None:
    batches = ((1, 2, 3), (4, 5))
    assert not came_to_its_end(AppendJob(database_url, batches, (kill_at, side)))
    done = kill_at - (side == "before")
    assert log.counts()["leaves"] == [0, 3, 5][done]
    assert log.counts()["checkpoints"] == done
    assert came_to_its_end(AppendJob(database_url, batches))
    assert assert_is_one_tree(log, checkpoints=2) == [leaf.data for leaf in receipts(1, 2, 3, 4, 5)]
