"""What operators are told of a close: once a period, in the step's own transaction."""

import logging
import traceback
from datetime import datetime

import psycopg

from billing.period import Period
from core.database import Connection
from core.errors import CarbonLedgerError
from core.outbox import enqueue

logger = logging.getLogger("carbonledger.billing")


def tell_short(connection: Connection, period: Period, *, grams: int, now: datetime) -> None:
    _tell(
        connection,
        period,
        key=f"credits_short:{period.id}",
        title="Credits are short",
        body=f"Billing period {period.id} needs {grams:,} g of retired credits and the stock does not have them."
        " Import credits; the period is tried again each hour and when they arrive.",
        now=now,
    )


def tell_broken(connection: Connection, period: Period, error: Exception, *, now: datetime) -> None:
    """What the database refused is told by its first sentence, which has no values in it; what nobody foresaw by its
    class, and the log says where it was.
    """
    match error:
        case CarbonLedgerError():
            reason = error.sentence
        case psycopg.IntegrityError() if error.diag.message_primary:
            reason = error.diag.message_primary
        case _:
            reason = type(error).__qualname__
            lines = "".join(traceback.format_tb(error.__traceback__))
            logger.error("billing period %d: unexpected %s\n%s", period.id, reason, lines)
    _tell(
        connection,
        period,
        key=f"close_broken:{period.id}:{period.state}",
        title="A billing period cannot be closed",
        body=f"Billing period {period.id} stays {period.state}: {reason.rstrip('.')}. It is tried again each hour.",
        now=now,
    )


def _tell(connection: Connection, period: Period, *, key: str, title: str, body: str, now: datetime) -> None:
    enqueue(
        connection, org_id=period.org_id, dedupe_key=key, channel="operator", recipient=None, title=title, body=body,
        now=now,
    )  # fmt: skip
