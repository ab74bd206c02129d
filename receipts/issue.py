"""Issue receipts: one step of one receipt in one transaction, until nothing is due.

closed period -> ordered -> signed -> logged -> issued; and issued -> void, with another one ordered, where credits that
it names were invalidated since. Every step may be killed at any line and run again: it is written whole or not at all,
and what is once there (serial, signature, leaf, PDF) is never made a second time. Issuers may run side by side; each
locks the receipt that it works on, and the others pass it over.

Secrets are read before a transaction begins. Order of locks in a step: the receipt's row, the signing key's, the log's.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

import psycopg

from core.clock import Clock
from core.database import Connection, Database
from core.errors import PermanentError, TransientError
from core.secret_store import SecretStore
from core.settings import Settings
from receipts.invalidated import is_waiting as is_void_waiting
from receipts.invalidated import void_invalidated
from receipts.issuing.claims import DueReceipt, Receipt, claim, next_due, postpone
from receipts.issuing.claims import is_due as is_receipt_due
from receipts.issuing.enter_log import enter_log
from receipts.issuing.print_out import print_out
from receipts.issuing.sign import sign
from receipts.keys.errors import KeyReplacedError
from receipts.keys.issuer import issuer_or_tell
from receipts.keys.signer import Signer, log_signer, receipt_signer
from receipts.notices import reason_of, tell_broken, tell_keys_lost
from receipts.ordering import is_waiting, order_closed_periods
from receipts.vault import ReceiptVault, receipt_vault

ATTEMPTS_BEFORE_TELLING = 3
"""Of what may pass by itself; what does not is told at once."""


@dataclass(frozen=True, slots=True)
class Signers:
    receipt: Signer
    log: Signer


def issue_due(database: Database, secrets: SecretStore, settings: Settings, *, clock: Clock) -> int:
    """Take every step that is due; returns how many were looked at. Any number of issuers may run at once.

    Without an issuer, without its keys, or with settings that name another issuer everything waits, and operators are
    told once. A receipt that fails waits longer each time and holds up no other.
    """
    now = clock.now()
    if not is_due(database, now=now):
        return 0
    signers = _read_signers(database, secrets, settings, now=now)
    if signers is None:
        return 0
    steps = void_invalidated(database, secrets, now=now)
    steps += _order_all(database, signers.receipt, now=now)
    while (due := _next_due(database, now=now)) is not None:
        try:
            _step(database, secrets, settings, signers, due, now=now)
        except KeyReplacedError:
            fresh = _read_signers(database, secrets, settings, now=now)
            if fresh is None or fresh == signers:
                return steps
            signers = fresh
        except psycopg.OperationalError:
            raise  # the database's own trouble passes by itself, or stops every receipt alike
        except Exception as error:  # noqa: BLE001 - one receipt, whatever is wrong with it, holds up no other
            _put_off(database, due, error, now=now)
        steps += 1
    return steps


def is_due(database: Database, *, now: datetime) -> bool:
    """Whether a closed period has no receipt yet, a receipt's next step is due, or one has lost its credits."""
    with database.worker() as connection:
        return is_receipt_due(connection, now=now) or is_waiting(connection) or is_void_waiting(connection)


def _read_signers(database: Database, secrets: SecretStore, settings: Settings, *, now: datetime) -> Signers | None:
    """The active keys, or None: operators are told. Raises SecretStoreUnavailableError."""
    with database.worker() as connection:
        if issuer_or_tell(connection, settings, now=now) is None:
            return None
        try:
            return Signers(receipt_signer(connection, secrets), log_signer(connection, secrets))
        except PermanentError as error:
            tell_keys_lost(connection, error, now=now)
            return None


def _order_all(database: Database, signer: Signer, *, now: datetime) -> int:
    ordered = 0
    while True:
        with database.worker() as connection:
            more = order_closed_periods(connection, issuer=signer.issuer, now=now)
        if more == 0:
            return ordered
        ordered += more


def _next_due(database: Database, *, now: datetime) -> DueReceipt | None:
    with database.worker() as connection:
        return next_due(connection, now=now)


def _step(
    database: Database, secrets: SecretStore, settings: Settings, signers: Signers, due: DueReceipt, *, now: datetime
) -> None:
    vault = receipt_vault(database, secrets, org_id=due.org_id, now=now)
    with database.worker() as connection:
        receipt = claim(connection, due, now=now)
        if receipt is not None:
            _take(connection, receipt, signers=signers, vault=vault, settings=settings, now=now)


def _take(
    connection: Connection,
    receipt: Receipt,
    *,
    signers: Signers,
    vault: ReceiptVault,
    settings: Settings,
    now: datetime,
) -> None:
    match receipt.state:
        case "ordered":
            sign(connection, receipt, signer=signers.receipt, vault=vault, now=now)
        case "signed":
            enter_log(connection, receipt, log_signer=signers.log, now=now)
        case "logged":
            print_out(connection, receipt, log_signer=signers.log, vault=vault, settings=settings, now=now)
        case "issued":
            pass
        case _:
            assert_never(receipt.state)


def _put_off(database: Database, due: DueReceipt, error: Exception, *, now: datetime) -> None:
    """Its step was undone; it is tried again later, and operators are told, if it does not look like passing."""
    reason = reason_of(error, due)
    with database.worker() as connection:
        attempts = postpone(connection, due, reason=reason, now=now)
        if attempts >= (ATTEMPTS_BEFORE_TELLING if isinstance(error, TransientError) else 1):
            tell_broken(connection, due, reason, now=now)
