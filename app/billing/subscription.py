"""The organization's tier and subscription as the mirrors have them, seconds behind Stripe."""

from dataclasses import dataclass
from datetime import datetime

from billing.period_states import RECONCILIATION
from billing.tiers import TIERS, Tier, TierCode
from core.database import Database, fetch_one


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """`interval` is month or year; `cancels_at` is set when it ends by itself, `ended_at` when it has."""

    status: str
    tier: TierCode
    interval: str
    started_at: datetime
    current_started_at: datetime
    current_ended_at: datetime
    trial_ended_at: datetime | None
    cancels_at: datetime | None
    ended_at: datetime | None
    is_collection_paused: bool


@dataclass(frozen=True, slots=True)
class UnpaidInvoice:
    """An invoice that waits for money; `url` is Stripe's page on which to pay it."""

    total_cents: int
    currency: str
    attempt_count: int
    url: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BillingView:
    """`subscription` is the newest one, also after its end. `next_close_at`: when the next paid period
    will be closed, at the earliest: its invoice may be paid later.
    """

    tier: Tier
    subscription: SubscriptionView | None
    unpaid_invoices: list[UnpaidInvoice]
    has_customer: bool
    held_at: datetime | None
    next_close_at: datetime | None


def billing_view(database: Database, org_id: int) -> BillingView:
    with database.tenant(org_id) as connection:
        organization = fetch_one(
            connection,
            "select tier, account.org_id is not null as has_customer, account.held_at,"
            " (select min(coalesce(close_at, greatest(upper(span), paid_at) + %s)) from ops.billing_periods"
            "  where funding = 'paid' and state in ('open', 'reconciling')) as next_close_at"
            " from ops.organizations organization left join ops.billing_accounts account"
            " on account.org_id = organization.id where organization.id = %s",
            [RECONCILIATION, org_id],
        )
        subscription = connection.execute(
            "select status, tier, interval, started_at, lower(current_span) as current_started_at,"
            " upper(current_span) as current_ended_at, upper(trial_span) as trial_ended_at,"
            " case when cancels_at_period_end then coalesce(cancel_at, upper(current_span)) else cancel_at end"
            "  as cancels_at, ended_at, is_collection_paused"
            " from ops.subscriptions order by started_at desc, stripe_subscription_id desc limit 1"
        ).fetchone()
        unpaid = connection.execute(
            "select total_cents, currency, attempt_count, hosted_invoice_url as url, created_at from ops.invoices"
            " where status in ('open', 'uncollectible') and total_cents > 0 order by created_at, stripe_invoice_id"
        ).fetchall()
    return BillingView(
        tier=TIERS[organization["tier"]],
        subscription=None if subscription is None else SubscriptionView(**subscription),
        unpaid_invoices=[UnpaidInvoice(**row) for row in unpaid],
        has_customer=organization["has_customer"],
        held_at=organization["held_at"],
        next_close_at=organization["next_close_at"],
    )
