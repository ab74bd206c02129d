"""Holds: after a refund of a whole invoice or while a payment is disputed, nothing is retired for the organization.

InvoiceChange -> ops.billing_accounts.held_at and hold_reason (`dispute:in_1 refund:in_2`), operators told once a cause.

A hold is set when a refund or a dispute is first seen, not while it stands, so that one which an operator lifted stays
lifted. A dispute that is won lifts its own hold; a refund and a lost dispute wait for an operator.
"""

from collections.abc import Iterable
from datetime import datetime

from billing.invoice_mirrors import InvoiceChange
from core.database import Connection
from core.outbox import enqueue


def apply_holds(connection: Connection, *, org_id: int, changes: Iterable[InvoiceChange], now: datetime) -> None:
    """In the transaction that mirrored the changes."""
    for change in changes:
        was_disputed = change.before is not None and change.before.is_disputed
        was_refunded = change.before is not None and change.before.is_fully_refunded
        dispute, refund = f"dispute:{change.after.id}", f"refund:{change.after.id}"
        if change.after.is_disputed and not was_disputed:
            _add(connection, org_id, dispute, now=now)
            _tell_operators(connection, org_id, dispute, "A payment is disputed", now=now)
        if was_disputed and not change.after.is_disputed:
            _remove(connection, org_id, dispute)
        if change.after.is_fully_refunded and not was_refunded:
            _add(connection, org_id, refund, now=now)
            _tell_operators(connection, org_id, refund, "An invoice was refunded", now=now)


def lift_hold(connection: Connection, *, org_id: int) -> bool:
    """An operator's decision, in a transaction of the worker or the owner: whether there was a hold."""
    cursor = connection.execute(
        "update ops.billing_accounts set held_at = null, hold_reason = null where org_id = %s and held_at is not null",
        [org_id],
    )
    return cursor.rowcount == 1


def _add(connection: Connection, org_id: int, cause: str, *, now: datetime) -> None:
    connection.execute(
        "update ops.billing_accounts set held_at = coalesce(held_at, %s),"
        " hold_reason = concat_ws(' ', hold_reason, %s::text)"
        " where org_id = %s and not coalesce(%s::text = any(string_to_array(hold_reason, ' ')), false)",
        [now, cause, org_id, cause],
    )


def _remove(connection: Connection, org_id: int, cause: str) -> None:
    connection.execute(
        "update ops.billing_accounts set hold_reason = rest.reason,"
        " held_at = case when rest.reason is null then null else held_at end"
        " from (select nullif(array_to_string("
        "   array_remove(string_to_array(hold_reason, ' '), %(cause)s::text), ' '), '') as reason"
        "  from ops.billing_accounts where org_id = %(org_id)s) rest"
        " where org_id = %(org_id)s and hold_reason is not null",
        {"org_id": org_id, "cause": cause},
    )


def _tell_operators(connection: Connection, org_id: int, cause: str, title: str, *, now: datetime) -> None:
    enqueue(
        connection,
        org_id=org_id,
        dedupe_key=f"hold:{cause}",
        channel="operator",
        recipient=None,
        title=title,
        body=f"Organization {org_id} is on hold ({cause}): nothing is retired for it. A dispute that is won lifts its"
        " hold; else decide, and lift it with carbonledger-server billing lift-hold.",
        now=now,
    )
