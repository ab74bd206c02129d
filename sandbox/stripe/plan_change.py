"""A change of plan: what it credits, what it bills, and how the subscription looks afterwards."""

from dataclasses import dataclass

from sandbox.stripe.account import Account
from sandbox.stripe.billing_cycle import boundary, period_at
from sandbox.stripe.invoice_lines import Position, full_period, remaining_time
from sandbox.stripe.proration import Span, prorated_cents
from sandbox.stripe.refusal import Object
from sandbox.stripe.subscription_items import set_period, set_price


@dataclass(frozen=True, slots=True)
class Change:
    """`item` gets `price` and `quantity`. `restarts_at`: the billing cycle begins anew then; None: it runs on."""

    item: Object
    price: Object
    quantity: int
    restarts_at: int | None = None

    @property
    def changes_plan(self) -> bool:
        return bool(self.price["id"] != self.item["price"]["id"] or self.quantity != self.item["quantity"])


def positions_of(account: Account, subscription: Object, change: Change, *, at: int) -> list[Position]:
    """The credit for unused time, and the bill for time to come or for the new cycle's first period."""
    item, old_price = change.item, change.item["price"]
    span = Span(item["current_period_start"], item["current_period_end"])
    anchor = subscription["billing_cycle_anchor"]
    left = span.after(at)
    unused = prorated_cents(
        old_price["unit_amount"] * item["quantity"], part=left, whole=period_at(anchor, old_price, span.start)
    )
    credit = remaining_time(account, item, old_price, -unused, left)
    after = {**item, "quantity": change.quantity}
    if change.restarts_at is not None:
        period = Span(change.restarts_at, boundary(change.restarts_at, change.price, 1))
        return [credit, full_period(account, after, change.price, period)]
    remaining = prorated_cents(
        change.price["unit_amount"] * change.quantity, part=left, whole=period_at(anchor, change.price, span.start)
    )
    return [credit, remaining_time(account, after, change.price, remaining, left)]


def apply_change(subscription: Object, change: Change) -> None:
    """Puts the change into the subscription. The caller tells of it."""
    set_price(change.item, change.price, quantity=change.quantity)
    if change.restarts_at is not None:
        subscription["billing_cycle_anchor"] = change.restarts_at
        period = Span(change.restarts_at, boundary(change.restarts_at, change.price, 1))
        set_period(change.item, period)
        if subscription["cancel_at_period_end"]:
            subscription["cancel_at"] = period.end


def as_pending_update(change: Change, *, expires_at: int) -> Object:
    """The `pending_update` of a subscription that waits for the payment of its change."""
    item = {**change.item, "quantity": change.quantity}
    set_price(item, change.price, quantity=change.quantity)
    return {
        "billing_cycle_anchor": change.restarts_at,
        "expires_at": expires_at,
        "subscription_items": [item],
        "trial_end": None,
        "trial_from_plan": None,
    }
