"""Append leaves to the log, in the caller's transaction.

leaves -> ops.log_leaves, ops.log_nodes, and one signed checkpoint of the new size in ops.log_checkpoints.

Appenders stand in line behind a lock that the transaction holds to its end, so indexes have no gap, every checkpoint
has the one before it as its prefix, and what is rolled back was never signed for anybody. The caller does what is slow
(secrets, rendering) before it appends. A leaf that is there already keeps its index: appending twice is once.
"""

from collections.abc import Sequence
from datetime import datetime

from carbonledger.verify.checkpoint import Checkpoint
from carbonledger.verify.merkle import node_hash
from carbonledger.verify.signed_note import sign_note

from core.database import Connection, advisory_key, fetch_one
from receipts.log.leaves import Leaf
from receipts.log.signing import LogSigner
from receipts.log.stored_nodes import read_nodes, write_nodes
from receipts.log.tree import Node, complete_nodes, fold

_LOCK = advisory_key("receipts.log")


def append(connection: Connection, leaves: Sequence[Leaf], *, signer: LogSigner, now: datetime) -> list[int]:
    """Their indexes, in the order given. A worker's connection, whose transaction is read committed.

    Raises what `signer.hold` raises (a TransientError: the key was replaced), and VerificationError if the signature
    does not verify; then the caller's transaction must not be committed.
    """
    signer.hold(connection)  # before the lock, as a rotation does, which changes the key's row and then appends
    connection.execute("select pg_advisory_xact_lock(%s, %s)", _LOCK)
    hashes = [leaf.leaf_hash for leaf in leaves]
    indexes = _known_indexes(connection, hashes)
    size = log_size(connection)
    new: dict[bytes, Leaf] = {}
    for found, leaf in zip(hashes, leaves, strict=True):
        if found not in indexes:
            indexes[found] = size + len(new)
            new[found] = leaf
    if new:
        frontier = grow(connection, size, list(new))
        _write_leaves(connection, new, first_index=size, now=now)
        _sign(connection, Checkpoint(signer.note_key.name, size + len(new), fold(frontier)), signer=signer, now=now)
    return [indexes[found] for found in hashes]


def log_size(connection: Connection) -> int:
    """How many leaves the log has."""
    row = fetch_one(connection, "select coalesce(max(leaf_index) + 1, 0) as size from ops.log_leaves")
    size: int = row["size"]
    return size


def grow(connection: Connection, size: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """Write the nodes that these leaves complete; the hashes of the new tree's complete subtrees, from the left.

    Reads one node a level at most. A leaf's hash is a node of level 0.
    """
    edge = complete_nodes(0, size)
    stored = read_nodes(connection, edge)
    stack = [(node, stored[node]) for node in edge]
    grown: dict[Node, bytes] = {}
    for index, found in enumerate(leaf_hashes, start=size):
        node, value = Node(0, index), found
        grown[node] = value
        while node.number & 1:
            _, left = stack.pop()
            node, value = Node(node.level + 1, node.number >> 1), node_hash(left, value)
            grown[node] = value
        stack.append((node, value))
    write_nodes(connection, grown)
    return [value for _, value in stack]


def _known_indexes(connection: Connection, hashes: Sequence[bytes]) -> dict[bytes, int]:
    rows = connection.execute(
        "select leaf_hash, leaf_index from ops.log_leaves where leaf_hash = any(%s)", [list(hashes)]
    )
    return {row["leaf_hash"]: row["leaf_index"] for row in rows}


def _write_leaves(connection: Connection, new: dict[bytes, Leaf], *, first_index: int, now: datetime) -> None:
    connection.execute(
        "insert into ops.log_leaves (leaf_index, kind, data, leaf_hash, appended_at)"
        " select %s + place - 1, kind, data, leaf_hash, %s from unnest(%s::text[], %s::bytea[], %s::bytea[])"
        " with ordinality as leaf (kind, data, leaf_hash, place)",
        [first_index, now, [leaf.kind for leaf in new.values()], [leaf.data for leaf in new.values()], list(new)],
    )


def _sign(connection: Connection, checkpoint: Checkpoint, *, signer: LogSigner, now: datetime) -> None:
    note = sign_note(checkpoint.text(), key=signer.note_key, sign=signer.sign)
    written = connection.execute(
        "insert into ops.log_checkpoints (tree_size, root_hash, note, kid, signed_at)"
        " select %s, %s, %s, kid, %s from ops.signing_keys where kid = %s and purpose = 'log' and public_key = %s",
        [checkpoint.size, checkpoint.root, bytes(note).decode(), now, signer.kid, signer.note_key.public_key],
    )
    if written.rowcount != 1:
        raise ValueError(f"{signer.kid} is no key of the log")
