"""Replay the log from its entries: every hash, every root, every signature, every fact, in the order of the leaves.

Nothing that is stored is believed but the entries' data: leaf hashes and nodes are computed anew, and a checkpoint has
to be signed by a log key that the leaves before it created and did not end.
"""

from collections.abc import Iterator
from typing import Any

from carbonledger.verify.checkpoint import verify_checkpoint
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.merkle import leaf_hash, verify_consistency

from core.database import Connection
from receipts.log.findings import Finding
from receipts.log.proofs import consistency_hashes
from receipts.log.read_leaf import read_leaf
from receipts.log.replay_facts import FactReplay
from receipts.log.replay_tree import TreeReplay

_ROWS_AT_ONCE = 2000


class LogReplay:
    """`run` once, in one snapshot of the database; then `facts` holds what the log says."""

    def __init__(self, connection: Connection, *, origin: str | None) -> None:
        self.facts = FactReplay()
        self.checkpoint_count = 0
        self._connection = connection
        self._origin = origin
        self._tree = TreeReplay(connection)
        self._last: tuple[int, bytes] | None = None

    @property
    def size(self) -> int:
        return self._tree.size

    def run(self) -> Iterator[Finding]:
        """What is wrong, roughly in the order of the leaves."""
        checkpoints = self._rows("checkpoints", "select * from ops.log_checkpoints order by tree_size")
        checkpoint = next(checkpoints, None)
        for row in self._rows("leaves", "select * from ops.log_leaves order by leaf_index"):
            yield from self._replay_leaf(row)
            if checkpoint is not None and checkpoint["tree_size"] == self.size:
                yield from self._check(checkpoint)
                checkpoint = next(checkpoints, None)
        yield from self._tree.finish()
        yield from self.facts.finish()
        if checkpoint is not None:
            yield Finding("checkpoint", f"checkpoint {checkpoint['tree_size']}", f"The log has {self.size} leaves.")
        elif self.size and (self._last is None or self._last[0] != self.size):
            yield Finding("checkpoint", f"leaf {self.size - 1}", "No checkpoint has it.")

    def _rows(self, name: str, query: str) -> Iterator[dict[str, Any]]:
        with self._connection.cursor(f"audit_{name}") as cursor:
            cursor.itersize = _ROWS_AT_ONCE
            yield from cursor.execute(query.encode())

    def _replay_leaf(self, row: dict[str, Any]) -> Iterator[Finding]:
        index, place = self.size, f"leaf {row['leaf_index']}"
        if row["leaf_index"] != index:
            yield Finding("tree", place, f"It stands where leaf {index} belongs.")
        computed = leaf_hash(row["data"])
        if computed != row["leaf_hash"]:
            yield Finding("tree", place, "Its hash is not that of its data.")
        yield from self._tree.add(computed)
        try:
            leaf = read_leaf(row["data"])
        except VerificationError as error:
            yield Finding("leaf", place, str(error))
            return
        if leaf.kind != row["kind"]:
            yield Finding("leaf", place, f"It states a fact of kind {leaf.kind}, not {row['kind']}.")
        yield from self.facts.add(index, leaf)

    def _check(self, row: dict[str, Any]) -> Iterator[Finding]:
        size, root = self.size, self._tree.root()
        place = f"checkpoint {size}"
        self.checkpoint_count += 1
        if row["root_hash"] != root:
            yield Finding("checkpoint", place, "Its stored root does not follow from the entries.")
        try:
            self._verify_note(row, size=size, root=root)
        except VerificationError as error:
            yield Finding("checkpoint", place, str(error))
        if self._last is not None:
            yield from self._check_growth(*self._last, size=size, root=root)
        self._last = size, root

    def _verify_note(self, row: dict[str, Any], *, size: int, root: bytes) -> None:
        """By the key that the row names and no other. Raises VerificationError."""
        origin = self._origin
        if origin is None:
            raise VerificationError("The log has no issuer.")
        keys = self.facts.keys.active_log_keys(origin, kid=row["kid"])
        signed = verify_checkpoint(row["note"].encode(), origin=origin, keys=keys)
        if (signed.size, signed.root) != (size, root):
            raise VerificationError("It is signed for another tree than follows from the entries.")

    def _check_growth(self, first_size: int, first_root: bytes, *, size: int, root: bytes) -> Iterator[Finding]:
        """With the proof that an outsider would be given, from the stored nodes."""
        try:
            verify_consistency(
                first_size=first_size,
                second_size=size,
                first_root=first_root,
                second_root=root,
                proof=consistency_hashes(self._connection, first_size=first_size, second_size=size),
            )
        except (VerificationError, LookupError) as error:
            yield Finding("consistency", f"checkpoint {size}", f"From checkpoint {first_size}: {error}")
