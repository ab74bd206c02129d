"""Freeze a period whose 48 hours are over, or waive one that nothing is paid for: seal its usage and state its totals.

Order of locks: the period's row (its claimer holds it), the ingest lock alone, the arrival lock. Whoever opens or cuts
periods locks their rows before it touches usage, so it comes wholly before a freeze or wholly after it.
"""

from datetime import datetime
from decimal import Decimal

from billing.carry import retirable
from billing.period import Period
from billing.period_coverage import coverage_of
from billing.period_states import move
from billing.period_touches import touch_moved_days
from billing.seal import draw_seal, has_own_usage, seal_usage, shut_and_look
from core.database import Connection


def freeze(connection: Connection, period: Period, *, actor: str, now: datetime) -> Period | None:
    """The frozen period, or None: not yet, for an earlier one is due first or no build has seen all of its usage."""
    assert period.starts_at is not None and period.ends_at is not None  # noqa: S101, PT018 - it is a paid one
    seen_arrival_id = _ready(connection, period)
    if seen_arrival_id is None:
        return None
    coverage = coverage_of(connection, org_id=period.org_id, starts_at=period.starts_at, ends_at=period.ends_at)
    has_usage_data = coverage.known_hours > 0 or has_own_usage(connection, period)
    carry_in = _carry_in(connection, period.org_id)
    # What a period without data would carry, nobody would read of: the next one carries it, and the marts say so.
    totals = seal_usage(connection, period, disposition="billed", with_adjustments=has_usage_data, now=now)
    if not has_usage_data:
        touch_moved_days(connection, org_id=period.org_id, days=(), cause="seal", now=now)
    stated = retirable(totals.central, carry_in_micrograms=carry_in, coverage_grams=period.coverage_grams)
    return move(
        connection,
        period,
        "frozen",
        cause="its 48 hours are over",
        actor=actor,
        now=now,
        frozen_at=now,
        seen_arrival_id=seen_arrival_id,
        has_usage_data=has_usage_data,
        co2e_micrograms_low=totals.low,
        co2e_micrograms_central=totals.central,
        co2e_micrograms_high=totals.high,
        carry_in_micrograms=carry_in,
        carry_out_micrograms=stated.carry_out_micrograms,
        not_covered_micrograms=stated.not_covered_micrograms,
        retire_grams=stated.grams,
        known_hours=coverage.known_hours,
        missing_hours=coverage.missing_hours,
        holes=coverage.holes,
        next_attempt_at=now,
        seal_arrival_id=draw_seal(connection, period, now=now),
    )


def waive(connection: Connection, period: Period, *, actor: str, now: datetime) -> Period | None:
    """The waived free or trial period, or None: not yet. Nothing of it is ever retired or adjusted."""
    seen_arrival_id = _ready(connection, period)
    if seen_arrival_id is None:
        return None
    has_usage_data = has_own_usage(connection, period)
    totals = seal_usage(connection, period, disposition="waived", with_adjustments=False, now=now)
    return move(
        connection,
        period,
        "waived",
        cause=f"{period.funding} period ended",
        actor=actor,
        now=now,
        frozen_at=now,
        closed_at=now,
        seen_arrival_id=seen_arrival_id,
        has_usage_data=has_usage_data,
        co2e_micrograms_low=totals.low,
        co2e_micrograms_central=totals.central,
        co2e_micrograms_high=totals.high,
        carry_in_micrograms=0,
        carry_out_micrograms=0,
        not_covered_micrograms=0,
        retire_grams=0,
        next_attempt_at=None,
        seal_arrival_id=draw_seal(connection, period, now=now),
    )


def _ready(connection: Connection, period: Period) -> int | None:
    """The last arrival seen, if everything before the period is sealed or not being closed, and everything is seen."""
    earlier = connection.execute(
        "select 1 from ops.billing_periods where org_id = %s and state in ('open', 'reconciling')"
        " and span << %s::tstzrange limit 1",
        [period.org_id, period.span],
    ).fetchone()
    return None if earlier is not None else shut_and_look(connection, period.org_id)


def _carry_in(connection: Connection, org_id: int) -> Decimal:
    """What the organization's last close before this one left."""
    row = connection.execute(
        "select carry_out_micrograms from ops.billing_periods where org_id = %s and funding = 'paid'"
        " and seal_arrival_id is not null order by seal_arrival_id desc limit 1",
        [org_id],
    ).fetchone()
    return Decimal(0) if row is None else row["carry_out_micrograms"]
