"""Payment methods: cards without their number. A declined card is refused when it is attached."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.stripe.account import Account
from sandbox.stripe.call import Call, Route
from sandbox.stripe.cards import REFUSED_AT_ATTACH, Card, card_of, decline_of, named_card
from sandbox.stripe.events import emit, noting
from sandbox.stripe.form import Form, Metadata, with_metadata
from sandbox.stripe.listing import ListForm, listed
from sandbox.stripe.refusal import Object, missing, wrong
from sandbox.stripe.store import new_id

_LAST_EXPIRY_YEAR = 2099


class CardForm(BaseModel):
    """As typed, or a token of Stripe's testing page. `repr` and errors never show the number."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    number: str | None = Field(default=None, repr=False)
    exp_month: int = Field(default=12, ge=1, le=12)
    exp_year: int = Field(default=2034, ge=2000, le=_LAST_EXPIRY_YEAR)
    cvc: str | None = Field(default=None, repr=False)
    token: str | None = None


class BillingDetails(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    email: str | None = None
    name: str | None = None
    phone: str | None = None


class PaymentMethodCreate(Form):
    type: Literal["card"]
    card: CardForm
    billing_details: BillingDetails = BillingDetails()
    metadata: Metadata | None = None


class Attachment(Form):
    customer: str


class PaymentMethodList(ListForm):
    customer: str | None = None
    type: Literal["card"] | None = None


def create_payment_method(account: Account, call: Call) -> Object:
    form = call.form(PaymentMethodCreate)
    method = new_payment_method(
        account, _card_in(form.card), exp_month=form.card.exp_month, exp_year=form.card.exp_year
    )
    method["billing_details"] |= form.billing_details.model_dump()
    method["metadata"] = with_metadata({}, form.metadata)
    return method


def new_payment_method(
    account: Account, card: Card, *, exp_month: int = 12, exp_year: int = 2034, clock_id: str | None = None
) -> Object:
    method: Object = {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "display_brand": card.brand,
            "exp_month": exp_month,
            "exp_year": exp_year,
            "fingerprint": None,
            "funding": "credit",
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": account.now(clock_id),
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }
    account.behaviours[method["id"]] = card.behaviour
    return account.store.add(method)


def attach(account: Account, method: Object, customer: Object) -> None:
    """Raises a 402 for a card that the bank refuses to save."""
    behaviour = account.behaviours[method["id"]]
    refusal = decline_of(behaviour)
    if refusal is not None and behaviour in REFUSED_AT_ATTACH:
        raise refusal
    method["customer"] = customer["id"]
    emit(account, "payment_method.attached", method)


def attach_payment_method(account: Account, call: Call) -> Object:
    form = call.form(Attachment)
    customer = account.store.get("customer", form.customer, param="customer")
    card = named_card(call.id)
    if card is not None:
        method = new_payment_method(account, card, clock_id=customer["test_clock"])
    else:
        method = account.store.get("payment_method", call.id)
    if method["customer"] not in (None, customer["id"]):
        raise wrong("payment_method", "The payment method you provided has already been attached to a customer.")
    attach(account, method, customer)
    return method


def detach_payment_method(account: Account, call: Call) -> Object:
    call.plain()
    method = account.store.get("payment_method", call.id)
    if method["customer"] is None:
        raise wrong("payment_method", "The payment method you provided is not attached to a customer.")
    customer = account.customer_of(method)
    settings = customer["invoice_settings"]
    if settings["default_payment_method"] == method["id"]:
        with noting(account, customer, "customer.updated"):
            customer["invoice_settings"] = settings | {"default_payment_method": None}
    for subscription in account.store.where("subscription", default_payment_method=method["id"]):
        subscription["default_payment_method"] = None
    method["customer"] = None
    emit(account, "payment_method.detached", method, previous={"customer": customer["id"]})
    return method


def retrieve_payment_method(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("payment_method", call.id)


def list_payment_methods(account: Account, call: Call) -> Object:
    form = call.form(PaymentMethodList)
    customer_id = call.ids.get("id", form.customer)
    if customer_id is None:
        raise missing("customer", "", param="customer")
    return listed(call, list(account.store.where("payment_method", customer=customer_id)), form)


def _card_in(form: CardForm) -> Card:
    if form.token is not None:
        card = named_card(form.token)
        if card is None:
            raise missing("token", form.token, param="card[token]")
        return card
    return card_of(form.number or "")


ROUTES: list[Route] = [
    ("POST", "/v1/payment_methods", create_payment_method),
    ("GET", "/v1/payment_methods", list_payment_methods),
    ("GET", "/v1/payment_methods/{id}", retrieve_payment_method),
    ("POST", "/v1/payment_methods/{id}/attach", attach_payment_method),
    ("POST", "/v1/payment_methods/{id}/detach", detach_payment_method),
    ("GET", "/v1/customers/{id}/payment_methods", list_payment_methods),
]
