"""The log's signed checkpoints, served as they were stored."""

from core.database import Connection


def latest_checkpoint(connection: Connection) -> str | None:
    """The signed note of the largest tree, or None while the log is empty."""
    row = connection.execute("select note from ops.log_checkpoints order by tree_size desc limit 1").fetchone()
    return None if row is None else str(row["note"])


def checkpoint_note(connection: Connection, size: int) -> str | None:
    """The signed note of the tree of `size` leaves, or None if there was no checkpoint of this size."""
    row = connection.execute("select note from ops.log_checkpoints where tree_size = %s", [size]).fetchone()
    return None if row is None else str(row["note"])


def first_size_with(connection: Connection, leaf_index: int) -> int | None:
    """The size of the first checkpoint that has this leaf: what a receipt's proof is against."""
    row = connection.execute(
        "select min(tree_size) as size from ops.log_checkpoints where tree_size > %s", [leaf_index]
    ).fetchone()
    return None if row is None else row["size"]
