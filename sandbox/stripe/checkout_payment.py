"""Paying a Checkout session with a typed card: all of it happens, or nothing but a sentence on the page."""

from dataclasses import replace

from sandbox.stripe.account import Account
from sandbox.stripe.cards import REFUSED_AT_ATTACH, Card, decline_of
from sandbox.stripe.checkout_sessions import SessionCreate
from sandbox.stripe.customers import new_customer
from sandbox.stripe.events import emit, noting
from sandbox.stripe.form import with_metadata
from sandbox.stripe.payment_methods import attach, new_payment_method
from sandbox.stripe.refusal import Object
from sandbox.stripe.subscriptions import Wish, first_bill_cents, start_subscription


def complete_session(account: Account, session: Object, card: Card, *, email: str | None) -> None:
    """The session is complete and its subscription runs. Raises RefusedError, with the session open, for a bad card."""
    wished = account.checkout_wishes[session["id"]]
    has_trial = wished.subscription_data.trial_period_days or wished.subscription_data.trial_end
    refusal = decline_of(card.behaviour)
    if refusal is not None and (not has_trial or card.behaviour in REFUSED_AT_ATTACH):
        raise refusal
    customer = _customer_of(account, session, email)
    method = new_payment_method(account, card, clock_id=customer["test_clock"])
    attach(account, method, customer)
    wish = _wish(account, wished, customer, now=account.now_of(customer))
    subscription = start_subscription(account, replace(wish, default_payment_method=method["id"]))
    session |= {
        "customer": customer["id"],
        "customer_details": {
            "address": None,
            "business_name": None,
            "email": customer["email"],
            "individual_name": None,
            "name": customer["name"],
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
        "invoice": subscription["latest_invoice"],
        "payment_status": "paid",
        "status": "complete",
        "subscription": subscription["id"],
        "url": None,
    }
    invoice = account.store.get("invoice", subscription["latest_invoice"])
    session |= {"amount_subtotal": invoice["subtotal"], "amount_total": invoice["total"]}
    if invoice["total"] == 0:
        session["payment_status"] = "no_payment_required"
    emit(account, "checkout.session.completed", session)


def _customer_of(account: Account, session: Object, email: str | None) -> Object:
    if session["customer"] is not None:
        customer = account.customer_of(session)
        if customer["email"] is None and email:
            with noting(account, customer, "customer.updated"):
                customer["email"] = email
        return customer
    customer = new_customer(account, email=session["customer_email"] or email, name=None)
    emit(account, "customer.created", customer)
    return customer


def due_now_cents(account: Account, session: Object) -> int:
    """What paying the session at this moment would cost."""
    customer = account.customer_of(session) if session["customer"] is not None else {}
    now = account.now_of(session)
    return first_bill_cents(account, _wish(account, account.checkout_wishes[session["id"]], customer, now=now), now=now)


def _wish(account: Account, wished: SessionCreate, customer: Object, *, now: int) -> Wish:
    data, line = wished.subscription_data, wished.line_items[0]
    trial_end = data.trial_end
    if data.trial_period_days is not None:
        trial_end = now + data.trial_period_days * 86_400
    return Wish(
        customer=customer,
        price=account.store.get("price", line.price),
        quantity=line.quantity,
        anchor=data.billing_cycle_anchor,
        prorates=data.proration_behavior != "none",
        trial_end=trial_end,
        if_method_missing=data.trial_settings.end_behavior.missing_payment_method,
        metadata=with_metadata({}, data.metadata),
        description=data.description,
        billing_mode=data.billing_mode.type,
    )
