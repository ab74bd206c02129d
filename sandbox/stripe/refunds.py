"""Refunds of charges, never of more than is left of them."""

from typing import Literal

from pydantic import PositiveInt

from sandbox.stripe.account import Account
from sandbox.stripe.call import Call, Route
from sandbox.stripe.events import emit, noting
from sandbox.stripe.form import Form, Metadata, with_metadata
from sandbox.stripe.listing import Created, ListForm, listed
from sandbox.stripe.refusal import Object, RefusedError, wrong
from sandbox.stripe.store import new_id


class RefundCreate(Form):
    charge: str | None = None
    payment_intent: str | None = None
    amount: PositiveInt | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None
    metadata: Metadata | None = None


class RefundList(ListForm):
    charge: str | None = None
    payment_intent: str | None = None
    created: Created = None


def create_refund(account: Account, call: Call) -> Object:
    form = call.form(RefundCreate)
    charge = _charge_to_refund(account, form)
    left = charge["amount"] - charge["amount_refunded"]
    refund = refund_charge(account, charge, amount=form.amount or left, reason=form.reason)
    refund["metadata"] = with_metadata({}, form.metadata)
    return refund


def refund_charge(account: Account, charge: Object, *, amount: int, reason: str | None) -> Object:
    """Raises RefusedError for a charge that is refunded, disputed, or smaller than that."""
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise RefusedError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"]:
        raise RefusedError(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
    if amount > left:
        raise wrong("amount", f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})")
    refund = account.store.add(
        {
            "id": new_id("re"),
            "object": "refund",
            "amount": amount,
            "balance_transaction": None,
            "charge": charge["id"],
            "created": account.now_of(charge),
            "currency": charge["currency"],
            "destination_details": {"card": {"type": "refund"}, "type": "card"},
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "succeeded",
            "transfer_reversal": None,
        }
    )
    with noting(account, charge, "charge.refunded"):
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    emit(account, "refund.created", refund)
    return refund


def retrieve_refund(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("refund", call.id)


def list_refunds(account: Account, call: Call) -> Object:
    form = call.form(RefundList)
    fields = form.model_dump(include={"charge", "payment_intent"}, exclude_none=True)
    return listed(call, list(account.store.where("refund", **fields)), form, created=form.created)


def _charge_to_refund(account: Account, form: RefundCreate) -> Object:
    if form.charge is not None:
        charge = account.store.get("charge", form.charge, param="charge")
    elif form.payment_intent is not None:
        intent = account.store.get("payment_intent", form.payment_intent, param="payment_intent")
        charge = account.store.get("charge", intent["latest_charge"] or "", param="payment_intent")
    else:
        raise RefusedError("One of the following params should be provided: payment_intent or charge.", param="charge")
    if not charge["paid"]:
        raise RefusedError(f"Charge {charge['id']} has not been paid.", code="charge_not_refundable")
    return charge


ROUTES: list[Route] = [
    ("POST", "/v1/refunds", create_refund),
    ("GET", "/v1/refunds", list_refunds),
    ("GET", "/v1/refunds/{id}", retrieve_refund),
]
