"""The end of a period: the next one begins with a draft invoice, or the subscription ends."""

from sandbox.stripe.account import Account
from sandbox.stripe.billing_cycle import period_at
from sandbox.stripe.collection import default_method
from sandbox.stripe.events import emit, noting
from sandbox.stripe.invoice_lines import Position, full_period
from sandbox.stripe.invoices import draft_invoice, finalise, mark_uncollectible, stop_collecting, void
from sandbox.stripe.proration import Span
from sandbox.stripe.refusal import Object
from sandbox.stripe.standing import end_subscription
from sandbox.stripe.subscription_items import item_of, period_of, set_period
from sandbox.stripe.subscriptions import part_until_anchor


def renew(account: Account, subscription: Object) -> None:
    """At the end of a period or of a trial: cancel if that was asked for, otherwise bill the next period."""
    ended = period_of(subscription)
    if subscription["cancel_at_period_end"] or (subscription["cancel_at"] or ended.end + 1) <= ended.end:
        end_subscription(account, subscription, why="cancellation_requested")
        return
    if subscription["status"] == "trialing" and default_method(account, subscription) is None:
        match subscription["trial_settings"]["end_behavior"]["missing_payment_method"]:
            case "cancel":
                end_subscription(account, subscription, why="cancellation_requested")
                return
            case "pause":
                with noting(account, subscription, "customer.subscription.updated"):
                    subscription["status"] = "paused"
                emit(account, "customer.subscription.paused", subscription)
                return
            case _:
                pass
    begin_period(account, subscription, ended)


def begin_period(account: Account, subscription: Object, ended: Span) -> None:
    """The period that follows `ended`, and its draft invoice."""
    with noting(account, subscription, "customer.subscription.updated"):
        period, positions = _next_period(account, subscription, ended.end)
        set_period(item_of(subscription), period)
        if subscription["status"] in ("trialing", "paused"):
            subscription["status"] = "active"
        invoice = draft_invoice(account, subscription, positions, reason="subscription_cycle", looks_back=ended)
        if subscription["status"] == "unpaid":
            stop_collecting(invoice)
    _hold_back(account, subscription, invoice)


def _next_period(account: Account, subscription: Object, start: int) -> tuple[Span, list[Position]]:
    item, anchor = item_of(subscription), subscription["billing_cycle_anchor"]
    if anchor > start:  # a trial has ended before the anchor
        short = Span(start, anchor)
        return short, part_until_anchor(account, item, short, anchor=anchor)
    period = Span(start, period_at(anchor, item["price"], start).end)
    return period, [full_period(account, item, item["price"], period)]


def _hold_back(account: Account, subscription: Object, invoice: Object) -> None:
    """While collection is paused, invoices are made but not collected; the status stays as it is."""
    paused = subscription["pause_collection"]
    if paused is None:
        return
    if paused["behavior"] == "keep_as_draft":
        stop_collecting(invoice)
        return
    finalise(account, invoice)
    if paused["behavior"] == "void":
        void(account, invoice)
    else:
        mark_uncollectible(account, invoice)


def resume_paused(account: Account, subscription: Object) -> None:
    """A subscription that was paused at its trial's end begins a cycle of its own now."""
    now = account.now_of(subscription)
    subscription["billing_cycle_anchor"] = now
    begin_period(account, subscription, Span(now, now))
    emit(account, "customer.subscription.resumed", subscription)


def end_trial_now(account: Account, subscription: Object) -> None:
    """The trial ends this moment; a cycle that was to begin at its end begins now."""
    now = account.now_of(subscription)
    if subscription["billing_cycle_anchor"] == subscription["trial_end"]:
        subscription["billing_cycle_anchor"] = now
    subscription["trial_end"] = now
    set_period(item_of(subscription), Span(period_of(subscription).start, now))
    renew(account, subscription)
