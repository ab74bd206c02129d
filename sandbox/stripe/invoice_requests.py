"""The API of invoices: list, pay, finalise, void, mark uncollectible; their lines and payments."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from sandbox.stripe.account import Account
from sandbox.stripe.call import Call, Route
from sandbox.stripe.collection import collect, mark_paid
from sandbox.stripe.form import Form
from sandbox.stripe.invoices import finalise, mark_uncollectible, void
from sandbox.stripe.listing import Created, ListForm, listed
from sandbox.stripe.refusal import Object, forbidden_state, wrong


class InvoiceList(ListForm):
    customer: str | None = None
    subscription: str | None = None
    status: Literal["draft", "open", "paid", "uncollectible", "void"] | None = None
    created: Created = None


class InvoicePay(Form):
    payment_method: str | None = None
    paid_out_of_band: bool = False
    off_session: bool | None = None
    forgive: bool | None = None


class InvoiceFinalise(Form):
    auto_advance: bool | None = None


class PaymentFilter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["payment_intent", "charge", "payment_record"]
    payment_intent: str | None = None


class InvoicePaymentList(ListForm):
    invoice: str | None = None
    payment: PaymentFilter | None = None
    status: Literal["canceled", "open", "paid"] | None = None
    created: Created = None


def list_invoices(account: Account, call: Call) -> Object:
    form = call.form(InvoiceList)
    found = [
        invoice
        for invoice in account.store.all("invoice")
        if form.customer in (None, invoice["customer"])
        and form.subscription in (None, invoice["parent"]["subscription_details"]["subscription"])
        and form.status in (None, invoice["status"])
    ]
    return listed(call, found, form, created=form.created)


def retrieve_invoice(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("invoice", call.id)


def list_lines(account: Account, call: Call) -> Object:
    """In the invoice's own order, unlike other lists."""
    form = call.form(ListForm)
    lines = account.store.get("invoice", call.id)["lines"]["data"]
    return listed(call, lines[::-1], form)


def pay_invoice(account: Account, call: Call) -> Object:
    """By hand: with this method, or the default one. Raises a 402 if the bank refuses."""
    form = call.form(InvoicePay)
    invoice = account.store.get("invoice", call.id)
    method = None
    if form.payment_method is not None:
        method = account.store.get("payment_method", form.payment_method, param="payment_method")
        if method["customer"] != invoice["customer"]:
            raise wrong("payment_method", "The payment method is not attached to this customer.")
    if invoice["status"] == "draft":
        finalise(account, invoice)
    check_payable(invoice)
    if form.paid_out_of_band:
        mark_paid(account, invoice, is_out_of_band=True)
        return invoice
    refusal = collect(account, invoice, method=method, is_automatic=False)
    if refusal is not None:
        raise refusal
    return invoice


def check_payable(invoice: Object) -> None:
    if invoice["status"] == "paid":
        raise forbidden_state("Invoice is already paid", "invoice_already_paid")
    if invoice["status"] not in ("open", "uncollectible"):
        raise forbidden_state(f"Invoice is {invoice['status']} and cannot be paid.", "invoice_not_payable")


def finalise_invoice(account: Account, call: Call) -> Object:
    form = call.form(InvoiceFinalise)
    invoice = account.store.get("invoice", call.id)
    finalise(account, invoice)
    if form.auto_advance is not None:
        invoice["auto_advance"] = form.auto_advance
    return invoice


def void_invoice(account: Account, call: Call) -> Object:
    call.plain()
    invoice = account.store.get("invoice", call.id)
    void(account, invoice)
    return invoice


def mark_invoice_uncollectible(account: Account, call: Call) -> Object:
    call.plain()
    invoice = account.store.get("invoice", call.id)
    mark_uncollectible(account, invoice)
    return invoice


def list_invoice_payments(account: Account, call: Call) -> Object:
    form = call.form(InvoicePaymentList)
    found = [
        payment
        for payment in account.store.all("invoice_payment")
        if form.invoice in (None, payment["invoice"])
        and form.status in (None, payment["status"])
        and (form.payment is None or form.payment.payment_intent in (None, payment["payment"]["payment_intent"]))
    ]
    return listed(call, found, form, created=form.created)


def retrieve_invoice_payment(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("invoice_payment", call.id)


ROUTES: list[Route] = [
    ("GET", "/v1/invoices", list_invoices),
    ("GET", "/v1/invoices/{id}", retrieve_invoice),
    ("GET", "/v1/invoices/{id}/lines", list_lines),
    ("POST", "/v1/invoices/{id}/pay", pay_invoice),
    ("POST", "/v1/invoices/{id}/finalize", finalise_invoice),
    ("POST", "/v1/invoices/{id}/void", void_invoice),
    ("POST", "/v1/invoices/{id}/mark_uncollectible", mark_invoice_uncollectible),
    ("GET", "/v1/invoice_payments", list_invoice_payments),
    ("GET", "/v1/invoice_payments/{id}", retrieve_invoice_payment),
]
