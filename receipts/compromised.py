"""Void the receipts that a compromised key signed from some leaf of the log on: nobody can tell whose they are."""

from datetime import datetime

from core.database import Connection, Database
from core.errors import ConflictError, NotFoundError
from core.secret_store import SecretStore
from receipts.voids import void

# What a revoked key signed and the log does not have goes back to be signed with the next key.
_ON_THEIR_WAY = """
    select serial from ops.receipts join ops.signing_keys as key using (kid)
    where kid = %s and (
        receipts.state = 'logged' and log_index >= %s or receipts.state = 'signed' and key.state <> 'revoked'
    )
    order by receipts.id
"""


class KeyInUseError(ConflictError):
    code = "key-in-use"

    def __init__(self, kid: str) -> None:
        super().__init__(
            f"Key {kid} still signs, so the replacements would be signed with it:"
            f" `carbonledger-server keys revoke {kid}` first."
        )


class StillOnTheirWayError(ConflictError):
    """What nobody has yet cannot be voided; it will be issued, though, and must not be forgotten."""

    code = "receipts-on-their-way"

    def __init__(self, serials: list[str]) -> None:
        super().__init__(
            f"Not voided, for they are signed with this key and not issued yet: {', '.join(serials)}. All others are"
            " void. Run this again when `receipts list` says that these are issued."
        )


def void_signed_by(
    database: Database,
    secrets: SecretStore,
    *,
    kid: str,
    from_leaf: int,
    note: str,
    replace: bool,
    actor: str,
    now: datetime,
) -> list[str]:
    """Serials of those that were voided now, oldest leaf first; one transaction each, and again after a kill.

    Receipts that are void already stay as they are. Raises NotFoundError for a key that signs no receipts,
    KeyInUseError, and what `void` raises; those that were voided before it stay so. Raises StillOnTheirWayError, with
    all others voided, if some are not issued yet.
    """
    with database.worker() as connection:
        _refuse_active(connection, kid)
        rows = connection.execute(
            "select serial from ops.receipts where kid = %s and log_index >= %s and state = 'issued'"
            " and not exists (select from ops.receipt_voids where receipt_row_id = receipts.id) order by log_index",
            [kid, from_leaf],
        ).fetchall()
        on_their_way = connection.execute(_ON_THEIR_WAY, [kid, from_leaf]).fetchall()
    for row in rows:
        void(
            database,
            secrets,
            serial=row["serial"],
            reason_code="key_compromised",
            note=note,
            replace=replace,
            actor=actor,
            now=now,
        )
    if on_their_way:
        raise StillOnTheirWayError([row["serial"] for row in on_their_way])
    return [row["serial"] for row in rows]


def _refuse_active(connection: Connection, kid: str) -> None:
    row = connection.execute(
        "select state from ops.signing_keys where kid = %s and purpose = 'receipt'", [kid]
    ).fetchone()
    if row is None:
        raise NotFoundError(f"There is no key {kid} that signs receipts; `keys list` shows them.")
    if row["state"] == "active":
        raise KeyInUseError(kid)
