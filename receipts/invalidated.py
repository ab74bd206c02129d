"""Void the receipts that name credits which were invalidated since, and order their replacements.

ops.receipt_credits & ops.voided_allocations -> voids, one transaction each. A receipt that the log has already but that
is not issued, is issued first. The replacement is signed when its period has fresh grams (`issuing/claims.py`).
"""

from contextlib import suppress
from datetime import datetime

from core.database import Connection, Database
from core.secret_store import SecretStore
from receipts.voids import AlreadyVoidError, void

ACTOR = "credits"

_WAITING = """
    from ops.voided_allocations as voided
    join ops.receipt_credits as stated on stated.allocation_id = voided.allocation_id and stated.grams && voided.grams
    join ops.receipts as receipt on receipt.id = stated.receipt_row_id and receipt.state = 'issued'
    join ops.credit_invalidations as invalidation on invalidation.id = voided.invalidation_id
    where not exists (select from ops.receipt_voids as void where void.receipt_row_id = receipt.id)
"""


def is_waiting(connection: Connection) -> bool:
    """Whether an issued receipt names voided grams and stands."""
    return connection.execute(f"select 1 {_WAITING} limit 1".encode()).fetchone() is not None


def void_invalidated(database: Database, secrets: SecretStore, *, now: datetime) -> int:
    """How many were voided. Safe beside itself and after a kill: what is void is not found again.

    Raises what `void` raises; those that were voided before it stay so.
    """
    with database.worker() as connection:
        found = connection.execute(
            "select distinct on (receipt.id) receipt.serial, invalidation.reason,"
            f" (select state = 'active' from ops.organizations where id = receipt.org_id) as has_reader {_WAITING}"
            " order by receipt.id, invalidation.id".encode()
        ).fetchall()
    for receipt in found:
        with suppress(AlreadyVoidError):  # by an operator, in between
            void(
                database,
                secrets,
                serial=receipt["serial"],
                reason_code="credit_invalidated",
                note=receipt["reason"],
                replace=receipt["has_reader"],  # of a deleted organization nobody could read another one
                actor=ACTOR,
                now=now,
            )
    return len(found)
