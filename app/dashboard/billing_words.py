"""What the states of billing periods and subscriptions mean for the people who pay: a label, a sentence, what to do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from app.billing.periods import PeriodView
from app.billing.subscription import SubscriptionView
from app.dashboard.instants import written_date, written_instant
from billing.tiers import Tier

Tone = Literal["", "good", "warn", "bad"]

_FAILURES = {
    "payment_failed": "A payment of its invoice failed",
    "void": "Its invoice was voided",
    "uncollectible": "Its invoice was given up as uncollectible",
    "reversed": "Its payment was refunded or is disputed",
}
_PAY = (
    "Pay the invoice, or put another card in Stripe's portal: it is tried again by itself. Once it is paid, the period"
    " goes on as any other."
)
_ASK = "If that is a mistake, write to us. Its usage stays measured, and it is adjusted where it was stated."


@dataclass(frozen=True, slots=True)
class Words:
    """`to_do` is None where nothing is asked of anybody."""

    label: str
    tone: Tone
    sentence: str
    to_do: str | None = None


_ON_ITS_WAY = {
    "awaiting_payment": Words(
        "Awaiting payment",
        "warn",
        "It has ended, and its invoice is neither paid nor refused yet. We ask again every hour.",
    ),
    "frozen": Words("Stated", "good", "Its usage is stated for good. Credits are allotted to it next."),
    "awaiting_credits": Words(
        "Awaiting credits",
        "warn",
        "Our stock of retired credits is too small for it just now. All of it is allotted at once when credits arrive;"
        " we look every hour. Nothing needs to be done by you.",
    ),
    "retiring": Words("Retiring", "good", "Credits are being retired for it at their registry."),
    "retired": Words("Retired", "good", "Retired credits are allotted to it. It closes next."),
}


def period_words(period: PeriodView, *, now: datetime, is_on_hold: bool) -> Words:
    """The period's state, in words that can be held against the state."""
    match period.state:
        case "open":
            return _open(period, now=now)
        case "failed":
            failure = _FAILURES.get(period.failure or "", "Its payment failed")
            to_do = _PAY if period.failure in {"payment_failed", "uncollectible"} else _ASK
            return Words("Not paid", "bad", f"{failure}, so no credits are retired for it.", to_do)
        case "reconciling":
            when = "" if period.close_at is None else f" until {written_instant(period.close_at)}"
            return Words("Reconciling", "good", f"It has ended and is paid. Late usage still counts{when}.")
        case "frozen" | "awaiting_credits" | "retiring" if is_on_hold:
            sentence = "Its usage is stated for good. Nothing is retired while the organization is on hold."
            return Words("On hold", "warn", sentence)
        case "closed":
            return Words("Closed", "good", _closed(period))
        case "waived":
            sentence = "Nothing was paid for this time, so nothing was retired. Its usage was measured all the same."
            return Words("Free" if period.funding == "free" else "Trial", "", sentence)
        case "awaiting_payment" | "frozen" | "awaiting_credits" | "retiring" | "retired":
            return _ON_ITS_WAY[period.state]
        case _:
            assert_never(period.state)


def _open(period: PeriodView, *, now: datetime) -> Words:
    if period.funding == "trial":
        return Words("Trial", "good", f"A free trial {_until(period)}. Nothing is retired for a trial.")
    if period.funding == "free":
        return Words("Free", "", "Nothing is paid for this time, so nothing is retired for it. Usage is measured.")
    if period.ended_at is not None and period.ended_at <= now:
        return Words("Ended", "good", "It has ended. Its payment is looked at next, within minutes.")
    return Words("Running", "good", f"It runs {_until(period)}. Emissions add up as usage arrives.")


def state_label(state: str) -> str:
    """A state as the history lists it."""
    return state.replace("_", " ")


def subscription_words(subscription: SubscriptionView | None, tier: Tier) -> Words:
    """The plan's standing."""
    if subscription is None:
        return Words("Free plan", "", "Usage is measured. Nothing is paid for and nothing is retired.")
    ends_at, status = subscription.cancels_at, subscription.status
    if subscription.ended_at is not None or status in {"canceled", "incomplete_expired"}:
        ended = "" if subscription.ended_at is None else f" on {written_date(subscription.ended_at)}"
        return Words("Ended", "warn", f"The plan ended{ended}. Its last paid period is closed as any other.")
    if subscription.is_collection_paused:
        return Words("Paused", "warn", "Its payments are paused, so nothing is retired for what is not paid.")
    if ends_at is not None:
        sentence = f"The plan ends on {written_date(ends_at)}. Until then it is in force; its last period is closed."
        return Words("Cancelled", "warn", sentence)
    renews = written_date(subscription.current_ended_at)
    match status:
        case "trialing":
            return Words("Trial", "good", f"The trial runs until {renews}; then the first payment is due.")
        case "active":
            return Words("Active", "good", f"{tier.name} renews on {renews}.")
        case "past_due":
            return Words("Payment failed", "bad", "The last payment failed.", _PAY)
        case "unpaid":
            return Words("Not paid", "bad", "Every attempt to collect the payment failed.", _PAY)
        case "incomplete":
            return Words("First payment open", "warn", "The first payment was not completed; it can be for 23 hours.")
        case _:
            return Words(status.replace("_", " "), "warn", "Stripe is settling this plan.")


def _until(period: PeriodView) -> str:
    return "until further notice" if period.ended_at is None else f"until {written_instant(period.ended_at)}"


def _closed(period: PeriodView) -> str:
    when = "" if period.closed_at is None else f" on {written_date(period.closed_at)}"
    if period.has_usage_data is False:
        return f"Closed{when} as “no usage data”: no hour of it is known, so nothing was retired."
    if not period.retire_grams:
        return f"Closed{when}. There was nothing to retire."
    return f"Closed{when} with {period.retire_grams:,} g of retired credits."
