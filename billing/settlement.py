"""What an invoice's fate does to the period that it pays for: fetched truth decides, so any order of events ends alike.

Owners are told once of each failed attempt, of a recovery, and of a payment that was taken back.
"""

from datetime import datetime

from billing.mirrored import Invoice
from billing.period import Period, PeriodState
from billing.period_states import close_at, move
from core.database import Connection
from core.owner_notices import tell_owners


def settle(connection: Connection, period: Period, invoice: Invoice, *, actor: str, now: datetime) -> Period:
    """The unsealed paid period as its invoice makes it. Nothing happens twice."""
    if invoice.failure is not None:
        return _fail(connection, period, invoice, invoice.failure, actor=actor, now=now)
    if invoice.paid_at is None or (period.state == "failed" and invoice.is_taken_back):
        return period
    if period.state == "failed":
        return _recover(connection, period, invoice.paid_at, actor=actor, now=now)
    if period.state == "awaiting_payment":
        return reconcile(connection, period, invoice.paid_at, cause="its invoice was paid", actor=actor, now=now)
    if period.paid_at is None:
        cause = "its invoice was paid"
        return move(connection, period, period.state, cause=cause, actor=actor, now=now, paid_at=invoice.paid_at)
    return period


def reconcile(
    connection: Connection, period: Period, paid_at: datetime, *, cause: str, actor: str, now: datetime
) -> Period:
    """An ended and paid period goes into its 48 hours."""
    assert period.ends_at is not None  # noqa: S101 - only the last, free period has no end
    freezes_at = close_at(period.ends_at, paid_at)
    facts = {"paid_at": paid_at, "close_at": freezes_at, "next_attempt_at": freezes_at, "failure": None}
    return move(connection, period, "reconciling", cause=cause, actor=actor, now=now, **facts)


def take_back(connection: Connection, period: Period, *, actor: str, now: datetime) -> Period:
    """What was paid for a period in its 48 hours was refunded or is disputed: nothing is retired for it."""
    _tell(
        connection,
        period,
        key=f"payment_reversed:{period.settling_invoice_id}",
        title="The payment of a billing period was taken back",
        body="The period's payment was refunded or is disputed, so no credits are retired for it. If the dispute is"
        " decided in our favour, the period is closed after all.",
        now=now,
    )
    facts = {"failure": "reversed", "close_at": None, "next_attempt_at": None}
    return move(connection, period, "failed", cause="its payment was taken back", actor=actor, now=now, **facts)


def _fail(
    connection: Connection, period: Period, invoice: Invoice, failure: str, *, actor: str, now: datetime
) -> Period:
    attempt = f"attempt {invoice.attempt_count}" if failure == "payment_failed" else failure
    where = f" Pay it or change the card: {invoice.hosted_invoice_url}" if invoice.hosted_invoice_url else ""
    _tell(
        connection,
        period,
        key=f"payment_failed:{invoice.id}:{attempt}",
        title="A payment for CarbonLedger failed",
        body=f"The invoice of a billing period is not paid ({attempt}). While it is unpaid, no credits are retired for"
        f" that period.{where}",
        now=now,
    )
    facts = {"failure": failure, "paid_at": None, "close_at": None, "next_attempt_at": None}
    if period.state == "failed" and period.failure == failure:
        return period
    return move(connection, period, "failed", cause=f"its invoice: {attempt}", actor=actor, now=now, **facts)


def _recover(connection: Connection, period: Period, paid_at: datetime, *, actor: str, now: datetime) -> Period:
    _tell(
        connection,
        period,
        key=f"payment_recovered:{period.settling_invoice_id}:{period.version}",
        title="A late payment for CarbonLedger arrived",
        body="The invoice of a billing period is paid after all. The period closes as any other.",
        now=now,
    )
    cause = "its invoice was paid after all"
    if period.has_ended(now):
        return reconcile(connection, period, paid_at, cause=cause, actor=actor, now=now)
    to: PeriodState = "open"
    facts = {"failure": None, "paid_at": paid_at, "next_attempt_at": period.ends_at}
    return move(connection, period, to, cause=cause, actor=actor, now=now, **facts)


def _tell(connection: Connection, period: Period, *, key: str, title: str, body: str, now: datetime) -> None:
    tell_owners(connection, org_id=period.org_id, dedupe_key=key, title=title, body=body, now=now)
