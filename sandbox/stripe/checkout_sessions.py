"""Checkout sessions for subscriptions: made over the API, paid on a page of this server, expired after a day."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.stripe.account import Account
from sandbox.stripe.billing_cycle import boundary
from sandbox.stripe.call import Call, Route
from sandbox.stripe.events import emit
from sandbox.stripe.form import Form, Metadata, with_metadata
from sandbox.stripe.listing import Created, ListForm, as_list, listed
from sandbox.stripe.refusal import Object, forbidden_state, wrong
from sandbox.stripe.store import new_id

_HALF_HOUR, _DAY = 1_800, 86_400
SHORTEST_TRIAL_SECONDS = 48 * 3600


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CheckoutLine(_Part):
    price: str
    quantity: int = Field(default=1, ge=1)


class EndBehavior(_Part):
    missing_payment_method: Literal["cancel", "create_invoice", "pause"] = "create_invoice"


class TrialSettings(_Part):
    end_behavior: EndBehavior = EndBehavior()


class BillingMode(_Part):
    type: Literal["classic", "flexible"]


class SubscriptionData(_Part):
    billing_cycle_anchor: int | None = None
    proration_behavior: Literal["create_prorations", "none"] | None = None
    trial_period_days: int | None = Field(default=None, ge=1, le=730)
    trial_end: int | None = None
    trial_settings: TrialSettings = TrialSettings()
    billing_mode: BillingMode = BillingMode(type="flexible")
    description: str | None = None
    metadata: Metadata | None = None


class SessionCreate(Form):
    mode: Literal["subscription"]
    line_items: list[CheckoutLine] = Field(min_length=1, max_length=1)
    success_url: str
    cancel_url: str | None = None
    customer: str | None = None
    customer_email: str | None = None
    client_reference_id: str | None = None
    subscription_data: SubscriptionData = SubscriptionData()
    payment_method_types: tuple[Literal["card"], ...] = ("card",)
    payment_method_collection: Literal["always", "if_required"] = "always"
    expires_at: int | None = None
    metadata: Metadata | None = None


class SessionUpdate(Form):
    metadata: Metadata | None = None


class SessionList(ListForm):
    customer: str | None = None
    subscription: str | None = None
    status: Literal["open", "complete", "expired"] | None = None
    created: Created = None


def create_session(account: Account, call: Call) -> Object:
    form = call.form(SessionCreate)
    if form.customer is not None and form.customer_email is not None:
        raise wrong("customer_email", "You may only specify one of these parameters: customer, customer_email.")
    customer = account.store.get("customer", form.customer, param="customer") if form.customer else None
    now = account.now(customer["test_clock"] if customer else None)
    price = account.store.get("price", form.line_items[0].price, param="line_items[0][price]")
    _check_times(form, price, now)
    session = account.store.add(_new_session(account, form, price, now=now))
    account.checkout_wishes[session["id"]] = form
    return session


def expire_session(account: Account, session: Object) -> None:
    session |= {"status": "expired", "url": None}
    emit(account, "checkout.session.expired", session)


def expire_session_by_request(account: Account, call: Call) -> Object:
    call.plain()
    session = account.store.get("checkout.session", call.id)
    if session["status"] != "open":
        raise forbidden_state('Only Checkout Sessions with a status in ["open"] can be expired.', "session_not_open")
    expire_session(account, session)
    return session


def retrieve_session(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("checkout.session", call.id)


def update_session(account: Account, call: Call) -> Object:
    form = call.form(SessionUpdate)
    session = account.store.get("checkout.session", call.id)
    session["metadata"] = with_metadata(session["metadata"], form.metadata)
    return session


def list_sessions(account: Account, call: Call) -> Object:
    form = call.form(SessionList)
    fields = form.model_dump(include={"customer", "subscription", "status"}, exclude_none=True)
    return listed(call, list(account.store.where("checkout.session", **fields)), form, created=form.created)


def list_line_items(account: Account, call: Call) -> Object:
    form = call.form(ListForm)
    return listed(call, [line_item_of(account, account.store.get("checkout.session", call.id))], form)


def line_item_of(account: Account, session: Object) -> Object:
    wished = account.checkout_wishes[session["id"]].line_items[0]
    price = account.store.get("price", wished.price)
    amount = price["unit_amount"] * wished.quantity
    return {
        "id": f"li_{session['id'][-24:]}",
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": account.store.get("product", price["product"])["name"],
        "metadata": {},
        "price": price,
        "quantity": wished.quantity,
    }


def line_items_of(account: Account, session: Object) -> Object:
    """What `expand[]=line_items` shows."""
    return as_list([line_item_of(account, session)], url=f"/v1/checkout/sessions/{session['id']}/line_items")


def _check_times(form: SessionCreate, price: Object, now: int) -> None:
    data = form.subscription_data
    if form.expires_at is not None and not now + _HALF_HOUR <= form.expires_at <= now + _DAY:
        raise wrong("expires_at", "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.")
    if data.trial_end is not None and data.trial_end < now + SHORTEST_TRIAL_SECONDS:
        raise wrong("subscription_data[trial_end]", "The `trial_end` date has to be at least 2 days in the future.")
    anchor = data.billing_cycle_anchor
    if anchor is None:
        return
    if data.trial_end is not None or data.trial_period_days is not None:
        raise wrong(
            "subscription_data[billing_cycle_anchor]", "You cannot combine a billing cycle anchor with a trial."
        )
    if not now < anchor <= boundary(now, price, 1):
        raise wrong(
            "subscription_data[billing_cycle_anchor]",
            "The anchor must be a future timestamp before the next natural billing date.",
        )


def _new_session(account: Account, form: SessionCreate, price: Object, *, now: int) -> Object:
    session_id = new_id("cs_test")
    amount = price["unit_amount"] * form.line_items[0].quantity
    return {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": form.cancel_url,
        "client_reference_id": form.client_reference_id,
        "client_secret": None,
        "consent": None,
        "consent_collection": None,
        "created": now,
        "currency": price["currency"],
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": form.customer,
        "customer_creation": None if form.customer else "always",
        "customer_details": None,
        "customer_email": form.customer_email,
        "discounts": [],
        "expires_at": form.expires_at or now + _DAY,
        "invoice": None,
        "invoice_creation": None,
        "livemode": False,
        "locale": None,
        "metadata": with_metadata({}, form.metadata),
        "mode": "subscription",
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": form.payment_method_collection,
        "payment_method_configuration_details": None,
        "payment_method_options": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": None,
        "subscription": None,
        "success_url": form.success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{account.base_url}/c/pay/{session_id}",
        "wallet_options": None,
    }


ROUTES: list[Route] = [
    ("POST", "/v1/checkout/sessions", create_session),
    ("GET", "/v1/checkout/sessions", list_sessions),
    ("GET", "/v1/checkout/sessions/{id}", retrieve_session),
    ("POST", "/v1/checkout/sessions/{id}", update_session),
    ("POST", "/v1/checkout/sessions/{id}/expire", expire_session_by_request),
    ("GET", "/v1/checkout/sessions/{id}/line_items", list_line_items),
]
