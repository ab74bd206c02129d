"""Collecting an invoice: which card is asked, what follows when it pays and when it does not."""

from sandbox.stripe.account import Account
from sandbox.stripe.cards import Behaviour, decline_of
from sandbox.stripe.events import emit, noting
from sandbox.stripe.invoices import finalise, intent_of, payments_of, subscription_of
from sandbox.stripe.payments import charge_card
from sandbox.stripe.refusal import Object, RefusedError
from sandbox.stripe.standing import after_failure, after_payment, give_up

_RETRIED = {"subscription_cycle", "subscription_update"}


def finalise_and_collect(account: Account, invoice: Object) -> RefusedError | None:
    finalise(account, invoice)
    return collect(account, invoice)


def collect(
    account: Account, invoice: Object, *, method: Object | None = None, is_automatic: bool = True
) -> RefusedError | None:
    """Tries to take what is owed on an open invoice. None: it is paid; otherwise why not.

    Only automatic tries move the schedule of retries: trying by hand leaves it as it was.
    """
    if invoice["amount_remaining"] == 0:
        mark_paid(account, invoice)
        return None
    subscription = subscription_of(account, invoice)
    asked = method or default_method(account, subscription)
    invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
    refusal = _NO_METHOD if asked is None else charge_card(account, intent_of(account, invoice), asked)
    if refusal is None:
        mark_paid(account, invoice)
        return None
    if is_automatic:
        invoice["next_payment_attempt"] = _next_attempt(account, invoice)
    account.customer_of(invoice)["delinquent"] = True
    emit(account, "invoice.payment_failed", invoice)
    if asked is not None and account.behaviours[asked["id"]] is Behaviour.NEEDS_AUTHENTICATION:
        emit(account, "invoice.payment_action_required", invoice)
    after_failure(account, subscription, invoice)
    if is_automatic and invoice["billing_reason"] in _RETRIED and invoice["next_payment_attempt"] is None:
        give_up(account, subscription, invoice)
    return refusal


def mark_paid(account: Account, invoice: Object, *, is_out_of_band: bool = False) -> None:
    now = account.now_of(invoice)
    for payment in payments_of(account, invoice):
        if payment["status"] == "open":
            paid = 0 if is_out_of_band else payment["amount_requested"]
            payment |= {"status": "paid", "amount_paid": paid}
            payment["status_transitions"] = {"canceled_at": None, "paid_at": now}
            emit(account, "invoice_payment.paid", payment)
    invoice |= {
        "status": "paid",
        "attempted": True,
        "auto_advance": False,
        "next_payment_attempt": None,
        "amount_paid": invoice["amount_due"],
        "amount_remaining": 0,
        "status_transitions": invoice["status_transitions"] | {"paid_at": now},
    }
    account.customer_of(invoice)["delinquent"] = False
    emit(account, "invoice.paid", invoice)
    if not is_out_of_band:
        emit(account, "invoice.payment_succeeded", invoice)
    after_payment(account, subscription_of(account, invoice), invoice)


def default_method(account: Account, subscription: Object) -> Object | None:
    """The subscription's own method first, then the customer's."""
    customer = account.customer_of(subscription)
    method_id = subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    return account.store.get("payment_method", method_id) if method_id else None


def would_be_refused(account: Account, subscription: Object, *, cents: int) -> RefusedError | None:
    """What the bank would say to this charge, for changes that must not be made unpaid."""
    if cents + account.customer_of(subscription)["balance"] <= 0:
        return None
    method = default_method(account, subscription)
    return _NO_METHOD if method is None else decline_of(account.behaviours[method["id"]])


def save_default_method(account: Account, customer: Object, method: Object) -> None:
    """A new card for everything: the customer's default, and of each subscription that named one of its own."""
    with noting(account, customer, "customer.updated"):
        customer["invoice_settings"] = customer["invoice_settings"] | {"default_payment_method": method["id"]}
    for subscription in account.store.where("subscription", customer=customer["id"]):
        if subscription["default_payment_method"] is not None and subscription["ended_at"] is None:
            with noting(account, subscription, "customer.subscription.updated"):
                subscription["default_payment_method"] = method["id"]


def _next_attempt(account: Account, invoice: Object) -> int | None:
    tries = account.automatic_tries[invoice["id"]] = account.automatic_tries.get(invoice["id"], 0) + 1
    if invoice["billing_reason"] not in _RETRIED or not invoice["auto_advance"]:
        return None
    if tries > len(account.rules.retry_days):
        return None
    return account.now_of(invoice) + account.rules.retry_days[tries - 1] * 86_400


_NO_METHOD = RefusedError(
    "This customer has no attached payment source or default payment method.", code="resource_missing"
)
