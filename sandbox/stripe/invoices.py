"""Invoices and their states: draft, open, paid, void, uncollectible. Collecting is `collection.py`'s part."""

from collections.abc import Callable

from sandbox.stripe.account import Account
from sandbox.stripe.events import emit, noting
from sandbox.stripe.invoice_lines import Position, line_of, take_waiting
from sandbox.stripe.listing import as_list
from sandbox.stripe.payments import cancel_payment_intent, new_payment_intent
from sandbox.stripe.proration import Span
from sandbox.stripe.refusal import Object, forbidden_state
from sandbox.stripe.store import new_id


def draft_invoice(
    account: Account, subscription: Object, positions: list[Position], *, reason: str, looks_back: Span
) -> Object:
    """A draft for the subscription, with what waits for its next invoice; it is the subscription's latest from now on.

    `looks_back` is what `period_start` and `period_end` say: the span in which waiting items were gathered. What is
    paid for stands in the lines.
    """
    invoice_id = new_id("in")
    taken = [*take_waiting(account, subscription, invoice_id), *positions]
    lines = [line_of(position, invoice_id) for position in taken]
    total = sum(line["amount"] for line in lines)
    customer = account.customer_of(subscription)
    now = account.now_of(subscription)
    invoice = account.store.add(
        {
            "id": invoice_id,
            "object": "invoice",
            "account_country": "US",
            "account_name": "CarbonLedger sandbox",
            "account_tax_ids": None,
            "amount_due": max(0, total),
            "amount_overpaid": 0,
            "amount_paid": 0,
            "amount_remaining": max(0, total),
            "amount_shipping": 0,
            "application": None,
            "attempt_count": 0,
            "attempted": False,
            "auto_advance": True,
            "automatic_tax": {
                "disabled_reason": None,
                "enabled": False,
                "liability": None,
                "provider": None,
                "status": None,
            },
            "automatically_finalizes_at": now + account.rules.finalise_after_seconds,
            "billing_reason": reason,
            "collection_method": "charge_automatically",
            "created": now,
            "currency": subscription["currency"],
            "custom_fields": None,
            "customer": customer["id"],
            "customer_address": None,
            "customer_email": customer["email"],
            "customer_name": customer["name"],
            "customer_phone": None,
            "customer_shipping": None,
            "customer_tax_exempt": "none",
            "customer_tax_ids": [],
            "default_payment_method": None,
            "default_source": None,
            "default_tax_rates": [],
            "description": None,
            "discounts": [],
            "due_date": None,
            "effective_at": None,
            "ending_balance": None,
            "footer": None,
            "from_invoice": None,
            "hosted_invoice_url": None,
            "invoice_pdf": None,
            "issuer": {"type": "self"},
            "last_finalization_error": None,
            "latest_revision": None,
            "lines": as_list(lines, url=f"/v1/invoices/{invoice_id}/lines"),
            "livemode": False,
            "metadata": {},
            "next_payment_attempt": now + account.rules.finalise_after_seconds,
            "number": None,
            "on_behalf_of": None,
            "parent": {
                "quote_details": None,
                "subscription_details": {
                    "metadata": dict(subscription["metadata"]),
                    "subscription": subscription["id"],
                },
                "type": "subscription_details",
            },
            "payment_settings": {
                "default_mandate": None,
                "payment_method_options": None,
                "payment_method_types": None,
            },
            "period_end": looks_back.end,
            "period_start": looks_back.start,
            "post_payment_credit_notes_amount": 0,
            "pre_payment_credit_notes_amount": 0,
            "receipt_number": None,
            "rendering": None,
            "shipping_cost": None,
            "shipping_details": None,
            "starting_balance": 0,
            "statement_descriptor": None,
            "status": "draft",
            "status_transitions": {
                "finalized_at": None,
                "marked_uncollectible_at": None,
                "paid_at": None,
                "voided_at": None,
            },
            "subtotal": total,
            "subtotal_excluding_tax": total,
            "test_clock": customer["test_clock"],
            "total": total,
            "total_discount_amounts": [],
            "total_excluding_tax": total,
            "total_pretax_credit_amounts": [],
            "total_taxes": [],
            "webhooks_delivered_at": None,
        }
    )
    subscription["latest_invoice"] = invoice_id
    emit(account, "invoice.created", invoice)
    return invoice


def finalise(account: Account, invoice: Object) -> None:
    """Draft to open: gets its number, uses up the customer's balance, and asks for the rest."""
    if invoice["status"] != "draft":
        raise forbidden_state("This invoice is already finalized.", "invoice_not_editable")
    customer, now = account.customer_of(invoice), account.now_of(invoice)
    owed = invoice["total"] + customer["balance"]
    due = max(0, owed)
    invoice |= {
        "status": "open",
        "number": f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}",
        "effective_at": now,
        "automatically_finalizes_at": None,
        "starting_balance": customer["balance"],
        "ending_balance": min(0, owed),
        "amount_due": due,
        "amount_remaining": due,
        "hosted_invoice_url": f"{account.base_url}/i/{invoice['id']}",
        "status_transitions": invoice["status_transitions"] | {"finalized_at": now},
    }
    with noting(account, customer, "customer.updated"):
        customer["balance"] = min(0, owed)
    customer["next_invoice_sequence"] += 1
    if due > 0:
        _ask_for_payment(account, invoice)
    emit(account, "invoice.finalized", invoice)


def void(account: Account, invoice: Object) -> None:
    _give_up_collecting(account, invoice, {"open", "uncollectible"}, "void", "voided_at")
    emit(account, "invoice.voided", invoice)


def mark_uncollectible(account: Account, invoice: Object) -> None:
    _give_up_collecting(account, invoice, {"open"}, "uncollectible", "marked_uncollectible_at")
    emit(account, "invoice.marked_uncollectible", invoice)


def stop_collecting(invoice: Object) -> None:
    """Leaves it as it is; it can still be paid by hand."""
    if invoice["status"] in ("draft", "open"):
        invoice |= {"auto_advance": False, "next_payment_attempt": None, "automatically_finalizes_at": None}


def payments_of(account: Account, invoice: Object) -> list[Object]:
    return list(account.store.where("invoice_payment", invoice=invoice["id"]))


def intent_of(account: Account, invoice: Object) -> Object:
    """The payment intent that an open invoice asks for its amount with."""
    payment = next(one for one in payments_of(account, invoice) if one["is_default"])
    return account.store.get("payment_intent", payment["payment"]["payment_intent"])


def subscription_of(account: Account, invoice: Object) -> Object:
    return account.store.get("subscription", invoice["parent"]["subscription_details"]["subscription"])


def invoices_of(
    account: Account, subscription: Object, is_wanted: Callable[[Object], bool] = lambda _invoice: True
) -> list[Object]:
    """Oldest first."""
    return [
        invoice
        for invoice in account.store.of_customer("invoice", subscription["customer"])
        if invoice["parent"]["subscription_details"]["subscription"] == subscription["id"] and is_wanted(invoice)
    ]


def _ask_for_payment(account: Account, invoice: Object) -> None:
    intent = new_payment_intent(account, invoice)
    account.store.add(
        {
            "id": new_id("inpay"),
            "object": "invoice_payment",
            "amount_paid": None,
            "amount_requested": invoice["amount_remaining"],
            "created": account.now_of(invoice),
            "currency": invoice["currency"],
            "invoice": invoice["id"],
            "is_default": True,
            "livemode": False,
            "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        }
    )


def _give_up_collecting(account: Account, invoice: Object, before: set[str], status: str, transition: str) -> None:
    if invoice["status"] not in before:
        raise forbidden_state(
            f"This invoice is {invoice['status']} and cannot become {status}.", "invoice_not_editable"
        )
    stop_collecting(invoice)
    now = account.now_of(invoice)
    invoice |= {"status": status, "status_transitions": invoice["status_transitions"] | {transition: now}}
    if status != "void":
        return
    for payment in payments_of(account, invoice):
        payment |= {"status": "canceled", "status_transitions": {"canceled_at": now, "paid_at": None}}
        intent = account.store.get("payment_intent", payment["payment"]["payment_intent"])
        cancel_payment_intent(account, intent, reason="void_invoice")
