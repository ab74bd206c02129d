"""A change of plan in mid-month: the span stays, the tier is the new one, coverage follows by days."""

from datetime import datetime

from billing.mirrored import Subscription
from billing.period import Period
from billing.period_calendar import PeriodCalendar
from billing.period_spans import prorated_grams
from billing.tiers import tier_by_code
from core.database import Connection

_LIVE = ("active", "trialing", "past_due")


def follow_tier(
    connection: Connection, calendar: PeriodCalendar, period: Period, subscription: Subscription, *, now: datetime
) -> None:
    """Give the period that runs now the tier that its subscription has; only what was paid for changes it there."""
    if subscription.status not in _LIVE or subscription.tier == period.tier or not period.contains(now):
        return
    assert period.starts_at is not None and period.ends_at is not None  # noqa: S101, PT018 - it is a paid one
    changed_at = max(period.starts_at, _changed_at(connection, subscription, period) or now)
    before, after = tier_by_code(period.tier), tier_by_code(subscription.tier)
    rest_before = prorated_grams(before.coverage_grams, changed_at, period.ends_at)
    rest_after = prorated_grams(after.coverage_grams, changed_at, period.ends_at)
    calendar.amend(
        period,
        cause=f"the plan changed to {after.name}",
        tier=after.code,
        coverage_grams=max(0, period.coverage_grams - rest_before + rest_after),
    )


def _changed_at(connection: Connection, subscription: Subscription, period: Period) -> datetime | None:
    """Where the line begins that charges the rest of the period at the new price."""
    keys = [*tier_by_code(subscription.tier).lookup_keys.values()]
    row = connection.execute(
        "select max(lower(line.span)) as changed_at from ops.invoice_lines as line"
        " join ops.invoices as invoice using (org_id, stripe_invoice_id)"
        " where line.stripe_subscription_id = %s and line.price_lookup_key = any(%s) and line.is_proration"
        " and line.amount_cents >= 0 and invoice.status = 'paid' and line.span <@ tstzrange(%s, %s)",
        [subscription.id, keys, period.starts_at, period.ends_at],
    ).fetchone()
    return None if row is None else row["changed_at"]
