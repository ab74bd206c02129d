"""Starting a subscription: its first period, its first invoice, and what becomes of it if that is not paid."""

from dataclasses import dataclass
from typing import Literal

from sandbox.stripe.account import Account
from sandbox.stripe.billing_cycle import boundary, period_at
from sandbox.stripe.collection import collect, would_be_refused
from sandbox.stripe.events import emit
from sandbox.stripe.invoice_lines import Position, free_trial, full_period, remaining_time
from sandbox.stripe.invoices import draft_invoice, finalise
from sandbox.stripe.listing import as_list
from sandbox.stripe.proration import Span, prorated_cents
from sandbox.stripe.refusal import Object
from sandbox.stripe.store import new_id
from sandbox.stripe.subscription_items import new_item, set_period

PaymentBehavior = Literal["allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"]

INCOMPLETE_SECONDS = 23 * 3600


@dataclass(frozen=True, slots=True)
class Wish:
    """What a subscription is to be like. `anchor`: None is the start, or the end of the trial."""

    customer: Object
    price: Object
    quantity: int = 1
    anchor: int | None = None
    prorates: bool = True
    trial_end: int | None = None
    if_method_missing: str = "create_invoice"
    payment_behavior: PaymentBehavior = "allow_incomplete"
    default_payment_method: str | None = None
    metadata: dict[str, str] | None = None
    description: str | None = None
    billing_mode: str = "flexible"


def start_subscription(account: Account, wish: Wish) -> Object:
    """The subscription with its first invoice.

    Raises RefusedError where `error_if_incomplete` would leave it unpaid.
    """
    now = account.now_of(wish.customer)
    subscription = _new_subscription(wish, now)
    item = new_item(account, subscription["id"], wish.price, quantity=wish.quantity, created=now)
    subscription["items"] = as_list([item], url=f"/v1/subscription_items?subscription={subscription['id']}")
    set_period(item, _first_period(wish, now))
    positions = _first_positions(account, wish, item, now)
    if wish.payment_behavior == "error_if_incomplete":
        refusal = would_be_refused(account, subscription, cents=sum(position.amount for position in positions))
        if refusal is not None:
            account.store.remove(item)
            raise refusal
    account.store.add(subscription)
    wish.customer["currency"] = wish.price["currency"]
    invoice = draft_invoice(account, subscription, positions, reason="subscription_create", looks_back=Span(now, now))
    invoice |= {"next_payment_attempt": None, "automatically_finalizes_at": None}
    emit(account, "customer.subscription.created", subscription)
    finalise(account, invoice)
    if invoice["amount_due"] == 0 or wish.payment_behavior != "default_incomplete":
        collect(account, invoice)
    return subscription


def first_bill_cents(account: Account, wish: Wish, *, now: int) -> int:
    """What the first invoice of such a subscription would come to."""
    item: Object = {"price": wish.price, "quantity": wish.quantity}
    return sum(position.amount for position in _first_positions(account, wish, item, now))


def _first_period(wish: Wish, now: int) -> Span:
    """With an anchor ahead, the time until then; with one that has passed (Checkout), the cycle that runs now."""
    if wish.trial_end is not None:
        return Span(now, wish.trial_end)
    if wish.anchor is None:
        return Span(now, boundary(now, wish.price, 1))
    if wish.anchor > now:
        return Span(now, wish.anchor)
    return period_at(wish.anchor, wish.price, now)


def _first_positions(account: Account, wish: Wish, item: Object, now: int) -> list[Position]:
    period = _first_period(wish, now)
    if wish.trial_end is not None:
        return [free_trial(account, item, wish.price, period)]
    if wish.anchor is None or wish.anchor <= now:
        return [full_period(account, item, wish.price, period)]
    return part_until_anchor(account, item, period, anchor=wish.anchor, prorates=wish.prorates)


def part_until_anchor(
    account: Account, item: Object, period: Span, *, anchor: int, prorates: bool = True
) -> list[Position]:
    """The bill for a short period that ends at the anchor; nothing where it is given for free."""
    price = item["price"]
    whole = period_at(anchor, price, period.start)
    if whole == period:
        return [full_period(account, item, price, period)]
    if not prorates:
        return []
    amount = prorated_cents(price["unit_amount"] * item["quantity"], part=period, whole=whole)
    return [remaining_time(account, item, price, amount, period)]


def _new_subscription(wish: Wish, now: int) -> Object:
    is_trial = wish.trial_end is not None
    return {
        "id": new_id("sub"),
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": wish.anchor or wish.trial_end or now,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"flexible": None, "type": wish.billing_mode},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": now,
        "currency": wish.price["currency"],
        "customer": wish.customer["id"],
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": wish.default_payment_method,
        "default_source": None,
        "default_tax_rates": [],
        "description": wish.description,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": None,
        "latest_invoice": None,
        "livemode": False,
        "metadata": dict(wish.metadata or {}),
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": now,
        "status": "trialing" if is_trial else "incomplete",
        "test_clock": wish.customer["test_clock"],
        "transfer_data": None,
        "trial_end": wish.trial_end,
        "trial_settings": {"end_behavior": {"missing_payment_method": wish.if_method_missing}},
        "trial_start": now if is_trial else None,
    }
