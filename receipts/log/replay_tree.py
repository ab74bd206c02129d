"""The tree, computed anew from the entries and held against the stored nodes."""

from collections.abc import Iterator

from carbonledger.verify.merkle import node_hash

from core.database import Connection, fetch_one
from receipts.log.findings import Finding
from receipts.log.tree import Node, fold

_BATCH = 4096
"""Nodes compared in one query."""


class TreeReplay:
    """Grows leaf by leaf. What it found is yielded a batch of nodes later, and by `finish`."""

    def __init__(self, connection: Connection) -> None:
        self.size = 0
        self._connection = connection
        self._edge: list[tuple[Node, bytes]] = []
        self._unchecked: dict[Node, bytes] = {}
        self._node_count = 0

    def add(self, leaf: bytes) -> Iterator[Finding]:
        """`leaf`: the hash of the next entry."""
        node, value = Node(0, self.size), leaf
        self._unchecked[node] = value
        while node.number & 1:
            _, left = self._edge.pop()
            node, value = Node(node.level + 1, node.number >> 1), node_hash(left, value)
            self._unchecked[node] = value
        self._edge.append((node, value))
        self.size += 1
        if len(self._unchecked) >= _BATCH:
            yield from self._compare()

    def root(self) -> bytes:
        """Of the leaves so far, at least one."""
        return fold([value for _, value in self._edge])

    def finish(self) -> Iterator[Finding]:
        """After the last leaf."""
        yield from self._compare()
        stored = fetch_one(self._connection, "select count(*) as count from ops.log_nodes")["count"]
        if stored != self._node_count:
            yield Finding("tree", "nodes", f"{stored:,} are stored, {self._node_count:,} follow from the entries.")

    def _compare(self) -> Iterator[Finding]:
        differing = self._connection.execute(
            "select computed.level, computed.node_index, stored.hash is null as is_missing"
            " from unnest(%s::integer[], %s::bigint[], %s::bytea[]) as computed (level, node_index, hash)"
            " left join ops.log_nodes as stored using (level, node_index)"
            " where stored.hash is distinct from computed.hash order by 1, 2",
            [
                [node.level for node in self._unchecked],
                [node.number for node in self._unchecked],
                list(self._unchecked.values()),
            ],
        )
        for row in differing:
            said = "is not stored." if row["is_missing"] else "does not follow from the entries."
            yield Finding("tree", f"node {row['level']}/{row['node_index']}", f"Its hash {said}")
        self._node_count += len(self._unchecked)
        self._unchecked.clear()
