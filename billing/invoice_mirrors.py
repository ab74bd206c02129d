"""Mirrors of invoices and of their lines that pay for a plan: written from fetched objects only, under the
organization's lock. What is paid or void stays so, whatever a later answer says.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.range import TimestamptzRange

from billing.customer_state import CustomerState, Reversal, lookup_key_of
from billing.stripe_objects import Invoice
from core.database import Connection, fetch_one


@dataclass(frozen=True, slots=True)
class MirroredInvoice:
    """What the mirror says of an invoice and may say differently tomorrow."""

    id: str
    subscription_id: str | None
    status: str
    total_cents: int
    amount_paid_cents: int
    attempt_count: int
    refunded_cents: int
    is_disputed: bool
    currency: str
    hosted_invoice_url: str | None = field(compare=False)  # Stripe renews the address; nothing happened then
    paid_at: datetime | None

    @property
    def is_fully_refunded(self) -> bool:
        return 0 < self.amount_paid_cents <= self.refunded_cents


@dataclass(frozen=True, slots=True)
class InvoiceChange:
    """An invoice that is new (before: None) or says something else than before."""

    before: MirroredInvoice | None
    after: MirroredInvoice


def mirror_invoices(
    connection: Connection, *, org_id: int, state: CustomerState, refused: Iterable[str], now: datetime
) -> tuple[InvoiceChange, ...]:
    """A worker's transaction; `refused` are ids of subscriptions whose invoices stay out. What changed comes back."""
    left_out = set(refused)
    changes = []
    for invoice in state.invoices:
        if invoice.subscription_id in left_out:
            continue
        before = _mirrored(connection, invoice.id)
        after = _upsert(connection, org_id, invoice, state.reversals.get(invoice.id), now=now)
        are_new_lines = _mirror_lines(connection, org_id, state, invoice)
        if before != after or are_new_lines:
            changes.append(InvoiceChange(before, after))
    return tuple(changes)


def _mirrored(connection: Connection, invoice_id: str) -> MirroredInvoice | None:
    row = connection.execute(
        "select stripe_invoice_id as id, stripe_subscription_id as subscription_id, status, total_cents,"
        " amount_paid_cents, attempt_count, refunded_cents, is_disputed, currency, hosted_invoice_url, paid_at"
        " from ops.invoices where stripe_invoice_id = %s",
        [invoice_id],
    ).fetchone()
    return None if row is None else MirroredInvoice(**row)


def _upsert(
    connection: Connection, org_id: int, invoice: Invoice, reversal: Reversal | None, *, now: datetime
) -> MirroredInvoice:
    row = fetch_one(
        connection,
        "insert into ops.invoices as mirror (stripe_invoice_id, org_id, stripe_subscription_id, billing_reason, status,"
        " currency, total_cents, amount_paid_cents, refunded_cents, is_disputed, attempt_count, hosted_invoice_url,"
        " created_at, paid_at, fetched_at)"
        " values (%(id)s, %(org_id)s, %(subscription_id)s, %(billing_reason)s, %(status)s, %(currency)s,"
        " %(total_cents)s, %(amount_paid_cents)s, %(refunded_cents)s, %(is_disputed)s, %(attempt_count)s,"
        # Behind the address stand names; after a deletion it stays away.
        " (select %(hosted_invoice_url)s::text from ops.organizations where id = %(org_id)s and state = 'active'),"
        " %(created_at)s, %(paid_at)s, %(now)s)"
        " on conflict (stripe_invoice_id) do update set stripe_subscription_id = excluded.stripe_subscription_id,"
        " status = case when mirror.status in ('paid', 'void') then mirror.status else excluded.status end,"
        " total_cents = excluded.total_cents, amount_paid_cents = excluded.amount_paid_cents,"
        " refunded_cents = excluded.refunded_cents, is_disputed = excluded.is_disputed,"
        " attempt_count = excluded.attempt_count, hosted_invoice_url = excluded.hosted_invoice_url,"
        " paid_at = coalesce(mirror.paid_at, excluded.paid_at), fetched_at = excluded.fetched_at"
        " returning stripe_invoice_id as id, stripe_subscription_id as subscription_id, status, total_cents,"
        " amount_paid_cents, attempt_count, refunded_cents, is_disputed, currency, hosted_invoice_url, paid_at",
        {
            "id": invoice.id,
            "org_id": org_id,
            "subscription_id": invoice.subscription_id,
            "billing_reason": invoice.billing_reason,
            "status": invoice.status,
            "currency": invoice.currency,
            "total_cents": invoice.total_cents,
            "amount_paid_cents": invoice.amount_paid_cents,
            "refunded_cents": 0 if reversal is None else reversal.refunded_cents,
            "is_disputed": reversal is not None and reversal.is_disputed,
            "attempt_count": invoice.attempt_count,
            "hosted_invoice_url": invoice.hosted_invoice_url,
            "created_at": invoice.created_at,
            "paid_at": invoice.paid_at,
            "now": now,
        },
    )
    return MirroredInvoice(**row)


def _mirror_lines(connection: Connection, org_id: int, state: CustomerState, invoice: Invoice) -> bool:
    """Whether a line came, went or changed, as they do while the invoice is a draft. A line over no time is none."""
    rows = _line_rows(state, invoice)
    stored = connection.execute(
        "select stripe_line_id, stripe_subscription_id, price_lookup_key, span, is_proration, amount_cents"
        " from ops.invoice_lines where stripe_invoice_id = %s",
        [invoice.id],
    ).fetchall()
    before = {row.pop("stripe_line_id"): row for row in stored}
    if before == rows:
        return False
    connection.execute("delete from ops.invoice_lines where stripe_invoice_id = %s", [invoice.id])
    for line_id, row in rows.items():
        connection.execute(
            "insert into ops.invoice_lines (stripe_invoice_id, stripe_line_id, org_id, stripe_subscription_id,"
            " price_lookup_key, span, is_proration, amount_cents) values (%(invoice_id)s, %(line_id)s, %(org_id)s,"
            " %(stripe_subscription_id)s, %(price_lookup_key)s, %(span)s, %(is_proration)s, %(amount_cents)s)",
            row | {"invoice_id": invoice.id, "line_id": line_id, "org_id": org_id},
        )
    return True


def _line_rows(state: CustomerState, invoice: Invoice) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for line in invoice.lines:
        lookup_key = lookup_key_of(state, line.price_id)
        if lookup_key is not None and line.started_at < line.ended_at:
            rows[line.id] = {
                "stripe_subscription_id": line.subscription_id,
                "price_lookup_key": lookup_key,
                "span": TimestamptzRange(line.started_at, line.ended_at),
                "is_proration": line.is_proration,
                "amount_cents": line.amount_cents,
            }
    return rows
