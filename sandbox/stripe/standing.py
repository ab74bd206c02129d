"""What a paid or unpaid invoice means for its subscription: active, past due, unpaid, canceled."""

from sandbox.stripe.account import Account
from sandbox.stripe.events import emit, noting
from sandbox.stripe.invoices import invoices_of, stop_collecting, void
from sandbox.stripe.plan_change import apply_change
from sandbox.stripe.refusal import Object


def after_payment(account: Account, subscription: Object, invoice: Object) -> None:
    """The latest invoice's payment makes a subscription active, and carries out the change that waited for it."""
    if invoice["id"] != subscription["latest_invoice"]:
        return
    change = account.pending_changes.pop(subscription["id"], None)
    with noting(account, subscription, "customer.subscription.updated"):
        if subscription["status"] in ("incomplete", "past_due", "unpaid"):
            subscription["status"] = "active"
        if change is not None:
            subscription["pending_update"] = None
            apply_change(subscription, change)
    if change is not None:
        emit(account, "customer.subscription.pending_update_applied", subscription)


def after_failure(account: Account, subscription: Object, invoice: Object) -> None:
    """A renewal that is not paid makes it past due. A first invoice leaves it incomplete, a pending change as it is."""
    is_first = invoice["billing_reason"] == "subscription_create"
    if is_first or subscription["pending_update"] is not None or subscription["status"] != "active":
        return
    with noting(account, subscription, "customer.subscription.updated"):
        subscription["status"] = "past_due"


def give_up(account: Account, subscription: Object, invoice: Object) -> None:
    """The last retry has failed: what the account's rules say."""
    stop_collecting(invoice)
    if subscription["ended_at"] is not None or subscription["pending_update"] is not None:
        return
    match account.rules.after_retries:
        case "cancel":
            end_subscription(account, subscription, why="payment_failed")
        case "unpaid":
            with noting(account, subscription, "customer.subscription.updated"):
                subscription["status"] = "unpaid"
        case "past_due":
            pass


def end_subscription(account: Account, subscription: Object, *, why: str) -> None:
    """Canceled for good. Its open invoices are no longer collected, but can be paid by hand."""
    now = account.now_of(subscription)
    for invoice in invoices_of(account, subscription):
        stop_collecting(invoice)
    account.pending_changes.pop(subscription["id"], None)
    subscription |= {
        "status": "canceled",
        "ended_at": now,
        "canceled_at": subscription["canceled_at"] or now,
        "pending_update": None,
        "cancellation_details": subscription["cancellation_details"] | {"reason": why},
    }
    emit(account, "customer.subscription.deleted", subscription)


def expire_incomplete(account: Account, subscription: Object) -> None:
    """23 hours without a first payment."""
    for invoice in invoices_of(account, subscription, lambda one: one["status"] == "open"):
        void(account, invoice)
    with noting(account, subscription, "customer.subscription.updated"):
        subscription |= {"status": "incomplete_expired", "ended_at": account.now_of(subscription)}


def expire_pending_update(account: Account, subscription: Object) -> None:
    """23 hours without the payment that a change waited for: all stays as it was."""
    account.pending_changes.pop(subscription["id"], None)
    for invoice in invoices_of(account, subscription, lambda one: one["status"] == "open"):
        if invoice["id"] == subscription["latest_invoice"]:
            void(account, invoice)
    with noting(account, subscription, "customer.subscription.updated"):
        subscription["pending_update"] = None
    emit(account, "customer.subscription.pending_update_expired", subscription)
