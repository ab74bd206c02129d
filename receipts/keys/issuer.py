"""Who issues receipts: one row, laid with the first key, that never changes.

CARBONLEDGER_ISSUER -> ops.receipt_issuer (`keys create`) -> every receipt's `issuer`, the log's origin.
"""

from dataclasses import dataclass
from datetime import datetime

from core.database import Connection
from core.did_web import DidWeb
from core.outbox import enqueue
from core.settings import Settings
from receipts.keys.errors import KeysExistError, NoKeysError, OtherIssuerError

LOG_FOLDER = "/log"


@dataclass(frozen=True, slots=True)
class Issuer:
    """`is_test`: its domain is a reserved one, so every receipt says that it is a test."""

    did: str
    log_origin: str
    is_test: bool

    @property
    def host(self) -> str:
        """The domain, with `:port` if it has one."""
        return DidWeb.parse(self.did).host


def issuer_of(connection: Connection) -> Issuer | None:
    """None before the first key. Any role may ask."""
    row = connection.execute("select did, log_origin, is_test from ops.receipt_issuer").fetchone()
    return None if row is None else Issuer(**row)


def lay_issuer(connection: Connection, name: DidWeb, *, now: datetime) -> Issuer:
    """Once, by the worker's role. Raises KeysExistError if it is there, whoever it is."""
    laid = issuer_of(connection)
    if laid is not None:
        raise KeysExistError(laid.did)
    issuer = Issuer(did=name.did, log_origin=name.host + LOG_FOLDER, is_test=name.is_reserved)
    inserted = connection.execute(
        "insert into ops.receipt_issuer (did, log_origin, is_test, created_at) values (%s, %s, %s, %s)"
        " on conflict do nothing",
        [issuer.did, issuer.log_origin, issuer.is_test, now],
    )
    if inserted.rowcount == 0:  # two first keys at one moment: the other's transaction has ended before ours went on
        raise KeysExistError(issuer.did)
    return issuer


def required_issuer(connection: Connection, settings: Settings) -> Issuer:
    """The one whose keys may be used now. Raises NoKeysError, and OtherIssuerError where settings name another or none.

    The settings have been held against the Stripe key and the broker, so a test's receipts never look real.
    """
    laid = issuer_of(connection)
    if laid is None:
        raise NoKeysError
    if laid.did != settings.issuer:
        raise OtherIssuerError(laid=laid.did, wanted=settings.issuer)
    return laid


def issuer_or_tell(connection: Connection, settings: Settings, *, now: datetime) -> Issuer | None:
    """The issuer, if receipts that are due may be issued; else None, and operators are told why, once a reason.

    A worker's transaction.
    """
    try:
        return required_issuer(connection, settings)
    except (NoKeysError, OtherIssuerError) as reason:
        enqueue(
            connection,
            org_id=None,
            dedupe_key=f"receipts-wait:{reason.code}:{settings.issuer or ''}",
            channel="operator",
            recipient=None,
            title="Receipts wait for their keys",
            body=f"Periods are closed, and their receipts cannot be issued. {reason.sentence}",
            now=now,
        )
        return None
