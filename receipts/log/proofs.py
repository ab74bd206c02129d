"""Proofs from the stored tree. Each reads O(log n) nodes in one query, so a large log answers as a small one."""

from carbonledger.verify.signed_note import SignedNote
from carbonledger.verify.tlog_proof import TlogProof

from core.database import Connection
from receipts.log.checkpoints import checkpoint_note
from receipts.log.errors import NoSuchProofError
from receipts.log.stored_nodes import fold_subtrees
from receipts.log.tree import consistency_path, inclusion_path


def tlog_proof(connection: Connection, *, leaf_index: int, size: int) -> bytes:
    """The .tlog-proof of a leaf against the checkpoint of `size` leaves: the same bytes at every call.

    Raises NoSuchProofError.
    """
    note = checkpoint_note(connection, size)
    if note is None or not 0 <= leaf_index < size:
        raise NoSuchProofError(leaf_index=leaf_index, size=size)
    hashes = fold_subtrees(connection, inclusion_path(leaf_index, size))
    return TlogProof(leaf_index, tuple(hashes), SignedNote.parse(note.encode())).text().encode()


def standing_proof(connection: Connection, *, leaf_index: int, size: int) -> bytes:
    """As `tlog_proof`, but where the key of that checkpoint was revoked since, against the first one after it whose key
    was not: a revoked key's checkpoints prove nothing. The same bytes as long as no log key is revoked. Any role.
    """
    row = connection.execute(
        "select tree_size from ops.log_checkpoints join ops.signing_keys using (kid)"
        " where tree_size >= %s and state <> 'revoked' order by tree_size limit 1",
        [size],
    ).fetchone()
    return tlog_proof(connection, leaf_index=leaf_index, size=size if row is None else row["tree_size"])


def consistency_hashes(connection: Connection, *, first_size: int, second_size: int) -> list[bytes]:
    """The proof that the tree of `second_size` leaves begins with that of `first_size`; both within the log.

    Raises LookupError if the log has fewer leaves.
    """
    return fold_subtrees(connection, consistency_path(first_size, second_size))
