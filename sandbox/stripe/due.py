"""What time brings: everything that falls due on a clock, played one by one in the order of its instants."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

from sandbox.stripe.account import Account
from sandbox.stripe.checkout_sessions import expire_session
from sandbox.stripe.collection import collect, finalise_and_collect
from sandbox.stripe.events import emit, noting
from sandbox.stripe.refusal import Object
from sandbox.stripe.renewal import renew
from sandbox.stripe.standing import end_subscription, expire_incomplete, expire_pending_update
from sandbox.stripe.subscription_items import period_of
from sandbox.stripe.subscriptions import INCOMPLETE_SECONDS

_RENEWED = {"active", "past_due", "trialing", "unpaid"}
_TRIAL_WARNING_SECONDS = 3 * 86_400


@dataclass(frozen=True, slots=True)
class Due:
    at: int
    act: Callable[[Account, Object], object]
    thing: Object


def play(account: Account, clock_id: str | None, *, until: int) -> int | None:
    """Does all that falls due up to `until`, each thing at its own moment, and what that causes in turn.

    When the next thing falls due after that; None: nothing does. What happens to one customer never changes what is
    due for another, so the customers wait in one queue, each with its next due thing.
    """
    queue: list[tuple[int, int, str | None]] = []
    customers = [one["id"] for one in account.store.where("customer", test_clock=clock_id)]
    for place, customer_id in enumerate([*customers, None] if clock_id is None else customers):
        _enter(queue, account, customer_id, place)
    while queue and queue[0][0] <= until:
        _, place, customer_id = heappop(queue)
        due = _next_due(account, customer_id)
        if due is not None:
            with account.playing(clock_id, due.at):
                due.act(account, due.thing)
        _enter(queue, account, customer_id, place)
    return queue[0][0] if queue else None


def _enter(queue: list[tuple[int, int, str | None]], account: Account, customer_id: str | None, place: int) -> None:
    due = _next_due(account, customer_id)
    if due is not None:
        heappush(queue, (due.at, place, customer_id))


def _next_due(account: Account, customer_id: str | None) -> Due | None:
    return min(_dues(account, customer_id), key=lambda due: due.at, default=None)


def _dues(account: Account, customer_id: str | None) -> Iterator[Due]:
    """In the order in which things of the same instant happen: what ends comes before what begins."""
    for session in account.store.of_customer("checkout.session", customer_id):
        if session["status"] == "open":
            yield Due(session["expires_at"], expire_session, session)
    for invoice in account.store.of_customer("invoice", customer_id):
        if not invoice["auto_advance"]:
            continue
        if invoice["status"] == "draft" and invoice["automatically_finalizes_at"] is not None:
            yield Due(invoice["automatically_finalizes_at"], finalise_and_collect, invoice)
        elif invoice["status"] == "open" and invoice["next_payment_attempt"] is not None:
            yield Due(invoice["next_payment_attempt"], collect, invoice)
    for subscription in account.store.of_customer("subscription", customer_id):
        if subscription["ended_at"] is None:
            yield from _dues_of(account, subscription)


def _dues_of(account: Account, subscription: Object) -> Iterator[Due]:
    if subscription["status"] == "incomplete":
        yield Due(subscription["created"] + INCOMPLETE_SECONDS, expire_incomplete, subscription)
        return
    if subscription["pending_update"] is not None:
        yield Due(subscription["pending_update"]["expires_at"], expire_pending_update, subscription)
    paused = subscription["pause_collection"]
    if paused is not None and paused["resumes_at"] is not None:
        yield Due(paused["resumes_at"], _resume_collection, subscription)
    if subscription["status"] == "trialing" and subscription["id"] not in account.warned_trials:
        warned_at = max(subscription["trial_end"] - _TRIAL_WARNING_SECONDS, subscription["created"])
        yield Due(warned_at, _warn_of_trial_end, subscription)
    if subscription["status"] in _RENEWED:
        end = period_of(subscription).end
        cancel_at = subscription["cancel_at"]
        if cancel_at is not None and cancel_at < end:
            yield Due(cancel_at, _cancel_as_asked, subscription)
        yield Due(end, renew, subscription)


def _warn_of_trial_end(account: Account, subscription: Object) -> None:
    account.warned_trials.add(subscription["id"])
    emit(account, "customer.subscription.trial_will_end", subscription)


def _resume_collection(account: Account, subscription: Object) -> None:
    with noting(account, subscription, "customer.subscription.updated"):
        subscription["pause_collection"] = None


def _cancel_as_asked(account: Account, subscription: Object) -> None:
    end_subscription(account, subscription, why="cancellation_requested")
