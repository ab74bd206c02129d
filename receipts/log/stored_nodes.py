"""Reading and writing the tree's stored nodes."""

from collections.abc import Mapping, Sequence

from core.database import Connection
from receipts.log.tree import Node, fold


def fold_subtrees(connection: Connection, subtrees: Sequence[Sequence[Node]]) -> list[bytes]:
    """The hash of each subtree, read in one query. Raises LookupError if a node is not there: the log is damaged."""
    hashes = read_nodes(connection, [node for nodes in subtrees for node in nodes])
    return [fold([hashes[node] for node in nodes]) for nodes in subtrees]


def read_nodes(connection: Connection, nodes: Sequence[Node]) -> dict[Node, bytes]:
    """Their hashes. Raises LookupError if one is not there."""
    rows = connection.execute(
        "select level, node_index, hash from ops.log_nodes"
        " join unnest(%s::integer[], %s::bigint[]) as wanted (level, node_index) using (level, node_index)",
        [[node.level for node in nodes], [node.number for node in nodes]],
    ).fetchall()
    found = {Node(row["level"], row["node_index"]): row["hash"] for row in rows}
    missing = [node for node in nodes if node not in found]
    if missing:
        raise LookupError(f"the log has no node {missing[0]}")
    return found


def write_nodes(connection: Connection, nodes: Mapping[Node, bytes]) -> None:
    connection.execute(
        "insert into ops.log_nodes (level, node_index, hash) select * from unnest(%s::integer[], %s::bigint[],"
        " %s::bytea[])",
        [[node.level for node in nodes], [node.number for node in nodes], list(nodes.values())],
    )
