"""The public half of every key ever, as the documents under /.well-known tell of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.database import Connection
from receipts.keys.key_pair import Purpose

State = Literal["active", "retired", "revoked"]


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """`public_key`: 32 bytes."""

    kid: str
    purpose: Purpose
    public_key: bytes
    state: State
    created_at: datetime
    retired_at: datetime | None
    revoked_at: datetime | None


def published_keys(connection: Connection) -> list[PublishedKey]:
    """Those for receipts first, oldest first. Any role may ask: where the private halves lie is not in it."""
    rows = connection.execute(
        "select kid, purpose, public_key, state, created_at, retired_at, revoked_at"
        " from ops.signing_keys order by purpose desc, created_at, kid"
    ).fetchall()
    return [PublishedKey(**row) for row in rows]
