"""The key history: every key that ever signed, and what became of it. Who verifies keeps a copy of it.

ops.receipt_issuer + ops.signing_keys + the log's revocation leaves -> /.well-known/key-history.json
"""

from datetime import UTC, datetime
from typing import Any

from carbonledger.verify.base58 import multikey
from carbonledger.verify.key_ids import base64url
from carbonledger.verify.signed_note import NoteKey

from core.database import Connection
from receipts.keys.errors import NoKeysError
from receipts.keys.issuer import issuer_of
from receipts.keys.published import PublishedKey, published_keys
from receipts.log.leaves import KeyLeaf


def key_history(connection: Connection) -> dict[str, Any]:
    """As `Trust.from_key_history` of the library reads it. Raises NoKeysError before the first key. Any role."""
    issuer = issuer_of(connection)
    if issuer is None:
        raise NoKeysError
    keys = published_keys(connection)
    revoked_at = _revocations(connection, [key for key in keys if key.state == "revoked"])
    return {
        "issuer": issuer.did,
        "test": issuer.is_test,
        "logOrigin": issuer.log_origin,
        "keys": [
            {
                "kid": key.kid,
                "purpose": key.purpose,
                "publicKeyMultibase": multikey(key.public_key),
                "x": base64url(key.public_key),
                "state": key.state,
                "createdAt": instant(key.created_at),
                "retiredAt": None if key.retired_at is None else instant(key.retired_at),
                "revokedAt": None if key.revoked_at is None else instant(key.revoked_at),
                "revokedAtLeaf": revoked_at.get(key.kid),
                "vkey": NoteKey(issuer.log_origin, key.public_key).vkey if key.purpose == "log" else None,
            }
            for key in keys
        ],
    }


def _revocations(connection: Connection, revoked: list[PublishedKey]) -> dict[str, int]:
    """The index of the leaf that revokes each key, found by its hash: a leaf's data follows from the key."""
    kid_of = {
        KeyLeaf(purpose=key.purpose, kid=key.kid, x=base64url(key.public_key), action="revoked").leaf_hash: key.kid
        for key in revoked
    }
    rows = connection.execute(
        "select leaf_hash, leaf_index from ops.log_leaves where leaf_hash = any(%s)", [list(kid_of)]
    )
    return {kid_of[row["leaf_hash"]]: row["leaf_index"] for row in rows}


def instant(at: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`, as every time of a public document is written."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
