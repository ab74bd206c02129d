"""Changing a subscription: plan, cycle, cancellation, pause, card; billed at once, later, or not at all."""

from sandbox.stripe.account import Account
from sandbox.stripe.call import Call
from sandbox.stripe.collection import finalise_and_collect, would_be_refused
from sandbox.stripe.events import noting
from sandbox.stripe.form import with_metadata
from sandbox.stripe.invoice_lines import Position, keep_for_next_invoice
from sandbox.stripe.invoices import draft_invoice
from sandbox.stripe.plan_change import Change, apply_change, as_pending_update, positions_of
from sandbox.stripe.proration import Span
from sandbox.stripe.refusal import Object, forbidden_state, wrong
from sandbox.stripe.renewal import end_trial_now
from sandbox.stripe.subscription_forms import WITH_PENDING_UPDATES, PauseCollection, SubscriptionUpdate
from sandbox.stripe.subscription_items import item_of, period_of, set_period
from sandbox.stripe.subscriptions import INCOMPLETE_SECONDS


def update_subscription(account: Account, call: Call) -> Object:
    form = call.form(SubscriptionUpdate)
    subscription = account.store.get("subscription", call.id)
    carry_out(account, subscription, form)
    return subscription


def carry_out(account: Account, subscription: Object, form: SubscriptionUpdate) -> None:
    """Raises RefusedError, and changes nothing, where the form cannot be carried out."""
    if subscription["ended_at"] is not None:
        raise forbidden_state("A canceled subscription can only update its cancellation_details and metadata.", "ended")
    _check_pending_rules(form, subscription)
    _check_rest(account, subscription, form)
    change = _wished_change(account, subscription, form)
    if change is not None:
        change_plan(account, subscription, change, form)
    with noting(account, subscription, "customer.subscription.updated"):
        _set_plain_fields(account, subscription, form)
    if form.trial_end is not None:
        _move_trial_end(account, subscription, form.trial_end)


def change_plan(account: Account, subscription: Object, change: Change, form: SubscriptionUpdate) -> None:
    """Applies the change and bills it as the form asks.

    Raises RefusedError, and changes nothing, where it must be paid and is not.
    """
    now = account.now_of(subscription)
    positions: list[Position] = []
    if form.proration_behavior != "none" or change.restarts_at is not None:
        positions = positions_of(account, subscription, change, at=form.proration_date or now)
    if form.proration_behavior == "none":
        positions = [position for position in positions if not position.is_proration]
    if subscription["status"] == "trialing":
        positions = []
    if form.proration_behavior != "always_invoice" and change.restarts_at is None:
        for position in positions:
            keep_for_next_invoice(account, account.customer_of(subscription), position)
        _apply(account, subscription, change)
        return
    _bill_change(account, subscription, change, positions, form)


def _bill_change(
    account: Account, subscription: Object, change: Change, positions: list[Position], form: SubscriptionUpdate
) -> None:
    refusal = would_be_refused(account, subscription, cents=sum(position.amount for position in positions))
    if refusal is not None and form.payment_behavior == "error_if_incomplete":
        raise refusal
    waits = refusal is not None and form.payment_behavior == "pending_if_incomplete"
    span = period_of(subscription)
    if not waits:
        _apply(account, subscription, change)
    if not positions:
        return
    invoice = draft_invoice(account, subscription, positions, reason="subscription_update", looks_back=span)
    if waits:
        expires_at = account.now_of(subscription) + INCOMPLETE_SECONDS
        invoice["auto_advance"] = False  # nobody but the customer pays it
        with noting(account, subscription, "customer.subscription.updated"):
            subscription["pending_update"] = as_pending_update(change, expires_at=expires_at)
        account.pending_changes[subscription["id"]] = change
    finalise_and_collect(account, invoice)


def _apply(account: Account, subscription: Object, change: Change) -> None:
    with noting(account, subscription, "customer.subscription.updated"):
        apply_change(subscription, change)


def _wished_change(account: Account, subscription: Object, form: SubscriptionUpdate) -> Change | None:
    item = item_of(subscription)
    price, quantity = item["price"], item["quantity"]
    if form.items is not None:
        wished = form.items[0]
        if wished.id != item["id"]:
            raise wrong("items[0][id]", "The sandbox keeps one item in a subscription: name the one that is there.")
        if wished.price is not None:
            price = account.store.get("price", wished.price, param="items[0][price]")
        quantity = wished.quantity or quantity
    other_interval = any(
        price["recurring"][name] != item["price"]["recurring"][name] for name in ("interval", "interval_count")
    )
    restarts = form.restarts_cycle or (other_interval and subscription["status"] != "trialing")
    change = Change(item, price, quantity, restarts_at=account.now_of(subscription) if restarts else None)
    return change if change.changes_plan or restarts else None


def _set_plain_fields(account: Account, subscription: Object, form: SubscriptionUpdate) -> None:
    subscription["metadata"] = with_metadata(subscription["metadata"], form.metadata)
    if form.description is not None:
        subscription["description"] = form.description
    if form.default_payment_method is not None:
        subscription["default_payment_method"] = form.default_payment_method or None
    if form.pause_collection is not None:
        paused = form.pause_collection
        subscription["pause_collection"] = paused.model_dump() if isinstance(paused, PauseCollection) else None
    if form.cancellation_details is not None:
        subscription["cancellation_details"] |= form.cancellation_details.model_dump(exclude_none=True)
    _set_cancellation(account, subscription, form)


def _set_cancellation(account: Account, subscription: Object, form: SubscriptionUpdate) -> None:
    now = account.now_of(subscription)
    if form.cancel_at_period_end is not None and form.cancel_at_period_end != subscription["cancel_at_period_end"]:
        asked = form.cancel_at_period_end
        subscription |= {
            "cancel_at_period_end": asked,
            "cancel_at": period_of(subscription).end if asked else None,
            "canceled_at": now if asked else None,
        }
        reason = "cancellation_requested" if asked else None
        subscription["cancellation_details"] = subscription["cancellation_details"] | {"reason": reason}
    if form.cancel_at is not None:
        subscription |= {"cancel_at": form.cancel_at or None, "canceled_at": now if form.cancel_at else None}


def _move_trial_end(account: Account, subscription: Object, trial_end: int | str) -> None:
    if trial_end == "now":
        end_trial_now(account, subscription)
        return
    with noting(account, subscription, "customer.subscription.updated"):
        span = period_of(subscription)
        subscription |= {"trial_end": trial_end, "billing_cycle_anchor": trial_end}
        set_period(item_of(subscription), Span(span.start, int(trial_end)))


def _check_rest(account: Account, subscription: Object, form: SubscriptionUpdate) -> None:
    if form.default_payment_method:
        method = account.store.get("payment_method", form.default_payment_method, param="default_payment_method")
        if method["customer"] != subscription["customer"]:
            raise wrong("default_payment_method", "The payment method is not attached to this customer.")
    if form.trial_end is not None and subscription["status"] != "trialing":
        raise forbidden_state("The sandbox moves the end of a running trial only.", "trial_not_running")


def _check_pending_rules(form: SubscriptionUpdate, subscription: Object) -> None:
    if form.payment_behavior != "pending_if_incomplete":
        return
    others = sorted(form.model_fields_set - WITH_PENDING_UPDATES)
    if others:
        raise wrong(others[0], f"`payment_behavior=pending_if_incomplete` does not support updating {others[0]}.")
    if subscription["status"] not in ("active", "trialing"):
        raise forbidden_state(
            "Pending updates need a subscription that is active or trialing.",
            "subscription_payment_intent_requires_action",
        )
