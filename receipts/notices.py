"""What owners and operators are told of receipts: once a fact, in its own transaction."""

import logging
import traceback
from datetime import datetime

import psycopg

from core.database import Connection, fetch_one
from core.errors import CarbonLedgerError
from core.outbox import enqueue
from core.owner_notices import tell_owners
from core.settings import Settings
from receipts.document import texts
from receipts.issuing.claims import DueReceipt, Receipt
from receipts.links import page_url, pdf_url, verification_url
from receipts.words import notices

logger = logging.getLogger("carbonledger.receipts")


def tell_issued(connection: Connection, receipt: Receipt, *, settings: Settings, now: datetime) -> None:
    """The owners, with links to the page, the PDF and the verification."""
    facts = fetch_one(
        connection,
        "select lower(period.span) as starts_at, upper(period.span) as ends_at, receipt.is_test,"
        " earlier.serial as replaces"
        " from ops.receipts as receipt join ops.billing_periods as period on period.id = receipt.period_id"
        " left join ops.receipts as earlier on earlier.id = receipt.supersedes_id where receipt.id = %s",
        [receipt.id],
    )
    title, body = notices.issued(
        serial=receipt.serial,
        period_start=texts.instant(facts["starts_at"]),
        period_end=texts.instant(facts["ends_at"]),
        replaces=facts["replaces"],
        is_test=facts["is_test"],
        page_url=page_url(settings.public_url, serial=receipt.serial),
        pdf_url=pdf_url(settings.public_url, serial=receipt.serial),
        verify_url=verification_url(settings.public_url, serial=receipt.serial, receipt_id=receipt.receipt_id),
    )
    tell_owners(
        connection, org_id=receipt.org_id, dedupe_key=f"receipt_issued:{receipt.serial}", title=title, body=body,
        now=now,
    )  # fmt: skip


def tell_broken(connection: Connection, due: DueReceipt, reason: str, *, now: datetime) -> None:
    """Operators: a receipt stays where it is. Once a receipt and state."""
    _tell_operators(
        connection,
        org_id=due.org_id,
        key=f"receipt_broken:{due.id}:{due.state}",
        title="A receipt cannot be issued",
        body=f"Receipt {due.id} stays {due.state}: {reason.rstrip('.')}. It is tried again, at first in five minutes.",
        now=now,
    )


def tell_keys_lost(connection: Connection, error: CarbonLedgerError, *, now: datetime) -> None:
    """Operators: nothing can be signed. Once an error."""
    _tell_operators(
        connection,
        org_id=None,
        key=f"receipts_wait:{error.sentence}",
        title="Receipts wait for their keys",
        body=error.sentence,
        now=now,
    )


def reason_of(error: Exception, due: DueReceipt) -> str:
    """A sentence without values of rows; of what nobody foresaw the class, and the log says where it was."""
    match error:
        case CarbonLedgerError():
            return error.sentence
        case psycopg.IntegrityError() if error.diag.message_primary:
            return error.diag.message_primary
        case _:
            reason = type(error).__qualname__
            logger.error(
                "receipt %d: unexpected %s\n%s", due.id, reason, "".join(traceback.format_tb(error.__traceback__))
            )
            return reason


def _tell_operators(
    connection: Connection, *, org_id: int | None, key: str, title: str, body: str, now: datetime
) -> None:
    enqueue(
        connection, org_id=org_id, dedupe_key=key, channel="operator", recipient=None, title=title, body=body, now=now
    )
