"""Customers: made, changed, listed by e-mail, searched by metadata."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict

from sandbox.stripe.account import Account
from sandbox.stripe.call import Call, Route
from sandbox.stripe.events import emit, noting
from sandbox.stripe.form import Form, Metadata, with_metadata
from sandbox.stripe.listing import Created, ListForm, listed
from sandbox.stripe.refusal import Object, wrong
from sandbox.stripe.store import new_id

_CLAUSE = re.compile(r"""^(?:metadata\[["'](?P<key>[^"']+)["']\]|(?P<field>email|name)):["'](?P<value>[^"']*)["']$""")


class InvoiceSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    default_payment_method: str | None = None


class CustomerUpdate(Form):
    email: str | None = None
    name: str | None = None
    description: str | None = None
    phone: str | None = None
    metadata: Metadata | None = None
    invoice_settings: InvoiceSettings | None = None


class CustomerCreate(CustomerUpdate):
    payment_method: str | None = None
    test_clock: str | None = None


class CustomerList(ListForm):
    email: str | None = None
    created: Created = None
    test_clock: str | None = None


class CustomerSearch(Form):
    query: str
    limit: int = 10
    page: Literal[""] | None = None


def create_customer(account: Account, call: Call) -> Object:
    form = call.form(CustomerCreate)
    if form.test_clock is not None:
        account.store.get("test_helpers.test_clock", form.test_clock, param="test_clock")
    customer = new_customer(account, email=form.email, name=form.name, test_clock=form.test_clock)
    customer |= {"description": form.description, "phone": form.phone, "metadata": with_metadata({}, form.metadata)}
    emit(account, "customer.created", customer)
    return customer


def new_customer(account: Account, *, email: str | None, name: str | None, test_clock: str | None = None) -> Object:
    customer_id = new_id("cus")
    return account.store.add(
        {
            "id": customer_id,
            "object": "customer",
            "address": None,
            "balance": 0,
            "created": account.now(test_clock),
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "description": None,
            "discount": None,
            "email": email,
            "invoice_prefix": customer_id[-8:].upper(),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "livemode": False,
            "metadata": {},
            "name": name,
            "next_invoice_sequence": 1,
            "phone": None,
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": test_clock,
        }
    )


def update_customer(account: Account, call: Call) -> Object:
    form = call.form(CustomerUpdate)
    customer = account.store.get("customer", call.id)
    changes: Object = {
        name: getattr(form, name)
        for name in ("email", "name", "description", "phone")
        if getattr(form, name) is not None
    }
    if form.invoice_settings is not None:
        method_id = form.invoice_settings.default_payment_method
        if method_id:
            method = account.store.get("payment_method", method_id, param="invoice_settings[default_payment_method]")
            if method["customer"] != customer["id"]:
                raise wrong("invoice_settings[default_payment_method]", "The payment method is not this customer's.")
        changes["invoice_settings"] = customer["invoice_settings"] | {"default_payment_method": method_id or None}
    with noting(account, customer, "customer.updated"):
        customer |= changes | {"metadata": with_metadata(customer["metadata"], form.metadata)}
    return customer


def retrieve_customer(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("customer", call.id)


def list_customers(account: Account, call: Call) -> Object:
    form = call.form(CustomerList)
    fields = {"email": form.email} if form.email is not None else {}
    found = list(account.store.where("customer", test_clock=form.test_clock, **fields))
    return listed(call, found, form, created=form.created)


def search_customers(account: Account, call: Call) -> Object:
    """Clauses `metadata['key']:'value'`, `email:'…'`, `name:'…'` joined by AND.

    Stripe's index lags behind; this one does not.
    """
    form = call.form(CustomerSearch)
    found = account.store.all("customer")
    for clause in re.split(r"\s+AND\s+", form.query.strip()):
        match = _CLAUSE.match(clause)
        if match is None:
            raise wrong("query", f"We were unable to parse your search query: {clause}")
        key, name, value = match["key"], match["field"], match["value"]
        found = [one for one in found if (one["metadata"].get(key) if key else one[name]) == value]
    newest_first = found[::-1]
    return {
        "object": "search_result",
        "data": newest_first[: form.limit],
        "has_more": len(found) > form.limit,
        "next_page": None,
        "url": call.path,
    }


ROUTES: list[Route] = [
    ("POST", "/v1/customers", create_customer),
    ("GET", "/v1/customers", list_customers),
    ("GET", "/v1/customers/search", search_customers),
    ("GET", "/v1/customers/{id}", retrieve_customer),
    ("POST", "/v1/customers/{id}", update_customer),
]
