"""Void the receipts that a compromised key signed from some leaf of the log on: nobody can tell whose they are."""

from datetime import datetime

from core.database import Connection, Database
from core.errors import ConflictError, NotFoundError
from core.secret_store import SecretStore
from receipts.voids import void


class KeyInUseError(ConflictError):
    code = "key-in-use"

    def __init__(self, kid: str) -> None:
        super().__init__(
            f"Key {kid} still signs, so the replacements would be signed with it:"
            f" `carbonledger-server keys revoke {kid}` first."
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
    KeyInUseError, and what `void` raises; those that were voided before it stay so.
    """
    with database.worker() as connection:
        _refuse_active(connection, kid)
        rows = connection.execute(
            "select serial from ops.receipts where kid = %s and log_index >= %s and state = 'issued'"
            " and not exists (select from ops.receipt_voids where receipt_row_id = receipts.id) order by log_index",
            [kid, from_leaf],
        ).fetchall()
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
    return [row["serial"] for row in rows]


def _refuse_active(connection: Connection, kid: str) -> None:
    row = connection.execute(
        "select state from ops.signing_keys where kid = %s and purpose = 'receipt'", [kid]
    ).fetchone()
    if row is None:
        raise NotFoundError(f"There is no key {kid} that signs receipts; `keys list` shows them.")
    if row["state"] == "active":
        raise KeyInUseError(kid)
