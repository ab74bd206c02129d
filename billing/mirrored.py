"""The mirrors as periods read them: subscriptions, invoices, and the lines that cover a span.

A line covers a span if it is recurring and no proration; a subscription's first one covers it whatever its proration
flag says, for the part of a month before the anchor is a proration to Stripe.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Literal

from billing.tiers import Tier, tier_of_price
from core.database import Connection

InvoiceStatus = Literal["draft", "open", "paid", "uncollectible", "void"]

_NOT_BEGUN = ("incomplete", "incomplete_expired")


@dataclass(frozen=True, slots=True)
class Subscription:
    id: str
    status: str
    tier: str
    trial_starts_at: datetime | None
    trial_ends_at: datetime | None
    ended_at: datetime | None

    @property
    def has_begun(self) -> bool:
        """Its first payment was made, or none was asked for: until then nothing is granted."""
        return self.status not in _NOT_BEGUN


@dataclass(frozen=True, slots=True)
class Invoice:
    id: str
    status: InvoiceStatus
    paid_at: datetime | None
    attempt_count: int
    is_taken_back: bool
    """It is disputed, or all that was paid was refunded."""
    hosted_invoice_url: str | None

    @property
    def failure(self) -> str | None:
        """Why it is not being paid; None while it is paid, or may still be in the ordinary way."""
        match self.status:
            case "void" | "uncollectible":
                return self.status
            case "open" if self.attempt_count > 0:
                return "payment_failed"
            case _:
                return None


@dataclass(frozen=True, slots=True)
class CoveringLine:
    """[starts_at, ends_at) is what it pays for and no later line or end of its subscription takes back."""

    invoice_id: str
    line_id: str
    subscription: Subscription
    tier: Tier
    is_annual: bool
    starts_at: datetime
    ends_at: datetime


def load_subscriptions(connection: Connection, org_id: int) -> dict[str, Subscription]:
    rows = connection.execute(
        "select stripe_subscription_id as id, status, tier, lower(trial_span) as trial_starts_at,"
        " upper(trial_span) as trial_ends_at, ended_at from ops.subscriptions where org_id = %s order by started_at",
        [org_id],
    ).fetchall()
    return {row["id"]: Subscription(**row) for row in rows}


def load_invoices(connection: Connection, org_id: int) -> dict[str, Invoice]:
    rows = connection.execute(
        "select stripe_invoice_id as id, status, case when status = 'paid' then coalesce(paid_at, fetched_at) end"
        " as paid_at, attempt_count, hosted_invoice_url,"
        " is_disputed or (amount_paid_cents > 0 and refunded_cents >= amount_paid_cents) as is_taken_back"
        " from ops.invoices where org_id = %s",
        [org_id],
    ).fetchall()
    return {row["id"]: Invoice(**row) for row in rows}


def load_covering_lines(
    connection: Connection, org_id: int, subscriptions: Mapping[str, Subscription]
) -> list[CoveringLine]:
    """In order of time. A change of plan covers when it is paid: until then Stripe has not made it."""
    rows = connection.execute(
        "select line.stripe_invoice_id as invoice_id, line.stripe_line_id as line_id, line.stripe_subscription_id,"
        " line.price_lookup_key, lower(line.span) as starts_at, upper(line.span) as ends_at"
        " from ops.invoice_lines as line"
        " join ops.invoices as invoice using (org_id, stripe_invoice_id)"
        " where line.org_id = %s and line.amount_cents >= 0"
        " and (not line.is_proration or invoice.billing_reason = 'subscription_create')"
        " and (invoice.billing_reason in ('subscription_create', 'subscription_cycle') or invoice.status = 'paid')"
        " order by starts_at, invoice.created_at, line.stripe_line_id",
        [org_id],
    ).fetchall()
    lines = []
    for row in rows:
        subscription = subscriptions.get(row["stripe_subscription_id"])
        if subscription is not None and subscription.has_begun:
            key = row["price_lookup_key"]
            tier = tier_of_price(key)
            is_annual = tier.lookup_keys.get("annual") == key
            span = (row["starts_at"], row["ends_at"])
            lines.append(CoveringLine(row["invoice_id"], row["line_id"], subscription, tier, is_annual, *span))
    return [line for subscription in subscriptions.values() for line in _in_force(lines, subscription)]


def _in_force(lines: Sequence[CoveringLine], subscription: Subscription) -> list[CoveringLine]:
    """The subscription's lines, each until the next one takes over or the subscription ends."""
    own = [line for line in lines if line.subscription == subscription]
    starts = sorted({line.starts_at for line in own})
    until = dict(pairwise(starts))
    cut = []
    for line in own:
        ends = [line.ends_at, until.get(line.starts_at), subscription.ended_at]
        cut.append(replace(line, ends_at=min(end for end in ends if end is not None)))
    return cut
