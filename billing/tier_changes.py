"""A change of plan in mid-month: the span stays, the tier is the new one, coverage follows by days.

Paid proration lines say what changed and when. The moment at which we look does not: a change in the last second of a
month is seen in the next one, and two changes may be seen at once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from billing.mirrored import CoveringLine, Subscription
from billing.period import Period
from billing.period_calendar import PeriodCalendar
from billing.period_spans import prorated_grams
from billing.tiers import Tier, tier_by_code, tier_of_price
from core.database import Connection

_LIVE = ("active", "trialing", "past_due")


def follow_tier(
    connection: Connection,
    calendar: PeriodCalendar,
    period: Period,
    subscription: Subscription,
    lines: Sequence[CoveringLine],
    *,
    now: datetime,
) -> None:
    """Give an unsealed paid period the tiers that were paid for in it."""
    assert period.starts_at is not None and period.ends_at is not None  # noqa: S101, PT018 - it is a paid one
    covering = _covering_line(period, lines)
    if covering is None:
        return
    tier, grams = covering.tier, _rest(covering.tier, period.starts_at, period)
    changes = list(_changes(connection, period, covering))
    for changed_at, candidates in changes:
        after = next((each for each in candidates if each.code != tier.code), tier)
        grams += _rest(after, changed_at, period) - _rest(tier, changed_at, period)
        tier = after
    if subscription.status in _LIVE and subscription.tier != tier.code and period.contains(now):
        _follow_unpaid_change(calendar, period, tier_by_code(subscription.tier), now=now)
    elif changes and (tier.code, grams) != (period.tier, period.coverage_grams):
        cause = f"the plan changed to {tier.name}"
        calendar.amend(period, cause=cause, tier=tier.code, coverage_grams=max(0, grams))


def _covering_line(period: Period, lines: Sequence[CoveringLine]) -> CoveringLine | None:
    """The last one of its invoice that begins no later than the period; None if it is not in force any more."""
    assert period.starts_at is not None  # noqa: S101 - it is a paid one
    own = [
        line
        for line in lines
        if line.invoice_id == period.settling_invoice_id
        and line.subscription.id == period.stripe_subscription_id
        and line.starts_at <= period.starts_at
    ]
    return max(own, key=lambda line: line.starts_at, default=None)


def _changes(connection: Connection, period: Period, covering: CoveringLine) -> Iterator[tuple[datetime, list[Tier]]]:
    """(from when on, the tiers charged from there). A change of an annual plan reaches into all of its later months.

    In the last seconds of a month both lines of a change are 0 cents, so the credited tier may be among them.
    """
    assert period.starts_at is not None  # noqa: S101 - it is a paid one
    rows = connection.execute(
        "select line.price_lookup_key, lower(line.span) as changed_at from ops.invoice_lines as line"
        " join ops.invoices as invoice using (org_id, stripe_invoice_id)"
        " where line.org_id = %s and line.stripe_subscription_id = %s and line.is_proration"
        " and line.amount_cents >= 0 and invoice.status = 'paid' and invoice.billing_reason <> 'subscription_create'"
        " and line.span && %s::tstzrange and lower(line.span) >= %s"
        " order by changed_at, invoice.created_at, line.stripe_line_id",
        [period.org_id, period.stripe_subscription_id, period.span, covering.starts_at],
    ).fetchall()
    for changed_at, at_once in groupby(rows, key=lambda row: row["changed_at"]):
        yield max(period.starts_at, changed_at), [tier_of_price(row["price_lookup_key"]) for row in at_once]


def _follow_unpaid_change(calendar: PeriodCalendar, period: Period, after: Tier, *, now: datetime) -> None:
    """Somebody changed the plan in Stripe without charging for it: it counts from when we see it."""
    if period.tier == after.code:
        return
    grams = period.coverage_grams - _rest(tier_by_code(period.tier), now, period) + _rest(after, now, period)
    calendar.amend(period, cause=f"the plan changed to {after.name}", tier=after.code, coverage_grams=max(0, grams))


def _rest(tier: Tier, since: datetime, period: Period) -> int:
    """Grams that the tier covers in the rest of the period."""
    assert period.ends_at is not None  # noqa: S101 - it is a paid one
    return prorated_grams(tier.coverage_grams, since, period.ends_at)
