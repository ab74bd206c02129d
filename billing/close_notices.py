"""What operators are told of a close: once a period, in the step's own transaction."""

from datetime import datetime

from billing.period import Period
from core.database import Connection
from core.outbox import enqueue


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
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    _tell(
        connection,
        period,
        key=f"close_broken:{period.id}:{period.state}",
        title="A billing period cannot be closed",
        body=f"Billing period {period.id} stays {period.state}: {reason}. It is tried again each hour.",
        now=now,
    )


def _tell(connection: Connection, period: Period, *, key: str, title: str, body: str, now: datetime) -> None:
    enqueue(
        connection, org_id=period.org_id, dedupe_key=key, channel="operator", recipient=None, title=title, body=body,
        now=now,
    )  # fmt: skip
