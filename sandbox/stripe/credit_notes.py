"""Credit notes: what an invoice is less than it says. Refunded, credited to the customer, or never collected."""

from typing import Literal

from pydantic import NonNegativeInt, PositiveInt

from sandbox.stripe.account import Account
from sandbox.stripe.call import Call, Route
from sandbox.stripe.collection import mark_paid
from sandbox.stripe.events import emit, noting
from sandbox.stripe.form import Form, Metadata, with_metadata
from sandbox.stripe.invoices import intent_of
from sandbox.stripe.listing import Created, ListForm, as_list, listed
from sandbox.stripe.refunds import refund_charge
from sandbox.stripe.refusal import Object, forbidden_state, wrong
from sandbox.stripe.store import new_id


class CreditNoteCreate(Form):
    """`amount` of a paid invoice is split into refund, credit and what was settled elsewhere."""

    invoice: str
    amount: PositiveInt
    credit_amount: NonNegativeInt | None = None
    refund_amount: NonNegativeInt = 0
    out_of_band_amount: NonNegativeInt = 0
    reason: Literal["duplicate", "fraudulent", "order_change", "product_unsatisfactory"] | None = None
    memo: str | None = None
    metadata: Metadata | None = None


class CreditNoteList(ListForm):
    invoice: str | None = None
    customer: str | None = None
    created: Created = None


def create_credit_note(account: Account, call: Call) -> Object:
    form = call.form(CreditNoteCreate)
    invoice = account.store.get("invoice", form.invoice, param="invoice")
    if invoice["status"] not in ("open", "paid", "uncollectible"):
        raise forbidden_state("Credit notes are for finalized invoices.", "credit_note_invoice_not_open_or_paid")
    credited = invoice["pre_payment_credit_notes_amount"] + invoice["post_payment_credit_notes_amount"]
    if form.amount > invoice["total"] - credited:
        raise wrong("amount", "The sum of credit notes cannot exceed the total of the invoice.")
    is_paid = invoice["status"] == "paid"
    credit = form.credit_amount
    if is_paid:
        credit = form.amount - form.refund_amount - form.out_of_band_amount if credit is None else credit
        if credit + form.refund_amount + form.out_of_band_amount != form.amount:
            raise wrong("amount", "Refund, credit and out of band amounts must add up to the credit note's amount.")
    note = account.store.add(_new_note(account, form, invoice))
    if is_paid:
        _give_back(account, form, invoice, note, credit or 0)
    else:
        _ask_for_less(account, form, invoice)
    emit(account, "credit_note.created", note)
    return note


def _give_back(account: Account, form: CreditNoteCreate, invoice: Object, note: Object, credit: int) -> None:
    if form.refund_amount:
        charge = account.store.get("charge", intent_of(account, invoice)["latest_charge"])
        refund = refund_charge(account, charge, amount=form.refund_amount, reason=None)
        note["refunds"] = [{"amount_refunded": form.refund_amount, "refund": refund["id"], "type": "refund"}]
    customer = account.customer_of(invoice)
    with noting(account, customer, "customer.updated"):
        customer["balance"] -= credit
    invoice["post_payment_credit_notes_amount"] += form.amount


def _ask_for_less(account: Account, form: CreditNoteCreate, invoice: Object) -> None:
    intent = intent_of(account, invoice)
    invoice["pre_payment_credit_notes_amount"] += form.amount
    remaining = max(0, invoice["amount_remaining"] - form.amount)
    invoice |= {"amount_due": remaining, "amount_remaining": remaining}
    intent["amount"] = remaining
    if remaining == 0:
        mark_paid(account, invoice)


def _new_note(account: Account, form: CreditNoteCreate, invoice: Object) -> Object:
    note_id = new_id("cn")
    count = sum(1 for _ in account.store.where("credit_note", invoice=invoice["id"])) + 1
    is_paid = invoice["status"] == "paid"
    return {
        "id": note_id,
        "object": "credit_note",
        "amount": form.amount,
        "amount_shipping": 0,
        "created": account.now_of(invoice),
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": account.now_of(invoice),
        "invoice": invoice["id"],
        "lines": as_list([_line(form, invoice)], url=f"/v1/credit_notes/{note_id}/lines"),
        "livemode": False,
        "memo": form.memo,
        "metadata": with_metadata({}, form.metadata),
        "number": f"{invoice['number']}-CN-{count:02}",
        "out_of_band_amount": form.out_of_band_amount or None,
        "pdf": f"{account.base_url}/i/{invoice['id']}",
        "post_payment_amount": form.amount if is_paid else 0,
        "pre_payment_amount": 0 if is_paid else form.amount,
        "pretax_credit_amounts": [],
        "reason": form.reason,
        "refunds": [],
        "shipping_cost": None,
        "status": "issued",
        "subtotal": form.amount,
        "subtotal_excluding_tax": form.amount,
        "total": form.amount,
        "total_excluding_tax": form.amount,
        "total_taxes": [],
        "type": "post_payment" if is_paid else "pre_payment",
        "voided_at": None,
    }


def _line(form: CreditNoteCreate, invoice: Object) -> Object:
    return {
        "id": new_id("cnli"),
        "object": "credit_note_line_item",
        "amount": form.amount,
        "description": f"Credit on invoice {invoice['number']}",
        "discount_amount": 0,
        "discount_amounts": [],
        "livemode": False,
        "pretax_credit_amounts": [],
        "quantity": 1,
        "tax_rates": [],
        "taxes": [],
        "type": "custom_line_item",
        "unit_amount": form.amount,
        "unit_amount_decimal": str(form.amount),
    }


def retrieve_credit_note(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("credit_note", call.id)


def list_credit_notes(account: Account, call: Call) -> Object:
    form = call.form(CreditNoteList)
    fields = form.model_dump(include={"invoice", "customer"}, exclude_none=True)
    return listed(call, list(account.store.where("credit_note", **fields)), form, created=form.created)


ROUTES: list[Route] = [
    ("POST", "/v1/credit_notes", create_credit_note),
    ("GET", "/v1/credit_notes", list_credit_notes),
    ("GET", "/v1/credit_notes/{id}", retrieve_credit_note),
]
