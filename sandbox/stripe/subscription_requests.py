"""The API of subscriptions: create, list, cancel, resume. Updates are in `subscription_update.py`."""

from sandbox.stripe.account import Account
from sandbox.stripe.billing_cycle import period_at
from sandbox.stripe.call import Call, Route
from sandbox.stripe.collection import finalise_and_collect
from sandbox.stripe.form import with_metadata
from sandbox.stripe.invoice_lines import keep_for_next_invoice, remaining_time
from sandbox.stripe.invoices import draft_invoice
from sandbox.stripe.listing import listed
from sandbox.stripe.proration import prorated_cents
from sandbox.stripe.refusal import Object, forbidden_state, missing, wrong
from sandbox.stripe.renewal import resume_paused
from sandbox.stripe.standing import end_subscription
from sandbox.stripe.subscription_forms import (
    SubscriptionCancel,
    SubscriptionCreate,
    SubscriptionList,
    SubscriptionResume,
)
from sandbox.stripe.subscription_items import item_of, period_of
from sandbox.stripe.subscription_update import update_subscription
from sandbox.stripe.subscriptions import Wish, start_subscription

_ENDED = {"canceled", "incomplete_expired"}


def create_subscription(account: Account, call: Call) -> Object:
    form = call.form(SubscriptionCreate)
    customer = account.store.get("customer", form.customer, param="customer")
    price = account.store.get("price", form.items[0].price, param="items[0][price]")
    now = account.now_of(customer)
    if form.billing_cycle_anchor is not None and form.billing_cycle_anchor <= now:
        raise wrong("billing_cycle_anchor", "The billing cycle anchor must be in the future.")
    _check_method(account, customer, form.default_payment_method)
    subscription = start_subscription(
        account,
        Wish(
            customer=customer,
            price=price,
            quantity=form.items[0].quantity,
            anchor=form.billing_cycle_anchor,
            prorates=form.proration_behavior != "none",
            trial_end=_trial_end(form, price, now),
            if_method_missing=form.trial_settings.end_behavior.missing_payment_method,
            payment_behavior=form.payment_behavior,
            default_payment_method=form.default_payment_method,
            metadata=with_metadata({}, form.metadata),
            description=form.description,
            billing_mode=form.billing_mode.type,
        ),
    )
    if form.cancel_at_period_end or form.cancel_at is not None:
        subscription |= {
            "cancel_at_period_end": form.cancel_at_period_end,
            "cancel_at": form.cancel_at or period_of(subscription).end,
            "canceled_at": now,
        }
    return subscription


def retrieve_subscription(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("subscription", call.id)


def list_subscriptions(account: Account, call: Call) -> Object:
    """Without a status, those that have not been canceled; as Stripe does."""
    form = call.form(SubscriptionList)
    found = [
        subscription
        for subscription in account.store.where("subscription")
        if form.customer in (None, subscription["customer"])
        and form.price in (None, item_of(subscription)["price"]["id"])
        and form.test_clock in (None, subscription["test_clock"])
        and _has_status(subscription, form.status)
    ]
    return listed(call, found, form, created=form.created)


def cancel_subscription(account: Account, call: Call) -> Object:
    """At once. Nothing is refunded; `prorate` credits unused time, which `invoice_now` bills."""
    form = call.form(SubscriptionCancel)
    subscription = account.store.get("subscription", call.id)
    if subscription["ended_at"] is not None:
        raise missing("subscription", call.id)
    if form.prorate:
        _credit_unused(account, subscription)
    if form.invoice_now:
        span = period_of(subscription)
        invoice = draft_invoice(account, subscription, [], reason="subscription_update", looks_back=span)
        finalise_and_collect(account, invoice)
    if form.cancellation_details is not None:
        subscription["cancellation_details"] |= form.cancellation_details.model_dump()
    end_subscription(account, subscription, why="cancellation_requested")
    return subscription


def resume_subscription(account: Account, call: Call) -> Object:
    call.form(SubscriptionResume)
    subscription = account.store.get("subscription", call.id)
    if subscription["status"] != "paused":
        raise forbidden_state("Only paused subscriptions can be resumed.", "subscription_not_paused")
    resume_paused(account, subscription)
    return subscription


def _has_status(subscription: Object, status: str | None) -> bool:
    if status in (None, "ended"):
        return (subscription["status"] in _ENDED) == (status == "ended")
    return status in ("all", subscription["status"])


def _trial_end(form: SubscriptionCreate, price: Object, now: int) -> int | None:
    days = form.trial_period_days
    if form.trial_from_plan and days is None:
        days = price["recurring"]["trial_period_days"]
    if days is not None:
        return now + days * 86_400
    return None if form.trial_end == "now" else form.trial_end


def _check_method(account: Account, customer: Object, method_id: str | None) -> None:
    if method_id is None:
        return
    method = account.store.get("payment_method", method_id, param="default_payment_method")
    if method["customer"] != customer["id"]:
        raise wrong("default_payment_method", "The payment method is not attached to this customer.")


def _credit_unused(account: Account, subscription: Object) -> None:
    item, span = item_of(subscription), period_of(subscription)
    price, left = item["price"], span.after(account.now_of(subscription))
    whole = period_at(subscription["billing_cycle_anchor"], price, span.start)
    credit = -prorated_cents(price["unit_amount"] * item["quantity"], part=left, whole=whole)
    position = remaining_time(account, item, price, credit, left)
    keep_for_next_invoice(account, account.customer_of(subscription), position)


ROUTES: list[Route] = [
    ("POST", "/v1/subscriptions", create_subscription),
    ("GET", "/v1/subscriptions", list_subscriptions),
    ("GET", "/v1/subscriptions/{id}", retrieve_subscription),
    ("POST", "/v1/subscriptions/{id}", update_subscription),
    ("DELETE", "/v1/subscriptions/{id}", cancel_subscription),
    ("POST", "/v1/subscriptions/{id}/resume", resume_subscription),
]
