"""The periods of one organization, side by side over all of time, while one transaction changes them.

A period that is laid makes room for itself: free time and the subscription's own earlier month are cut, moved on or
taken over. What is sealed, or another subscription's, stays; then the new one is shorter. Time that nothing pays for is
free.
"""

from datetime import date, datetime, timedelta
from typing import Any

from psycopg.types.range import Range

from billing.mirrored import CoveringLine
from billing.period import PERIOD_COLUMNS, Funding, Period, PeriodState, lock_periods
from billing.period_errors import NoFactorVersionError
from billing.period_spans import prorated_grams
from billing.period_states import close_at, move, record_move
from billing.tiers import tier_by_code
from core.database import Connection, advisory_key, fetch_one

ACTOR = "stripe"
_DAY = timedelta(days=1)


class PeriodCalendar:
    """`moved_days` collects the UTC days whose usage changed its period, `has_changed` says whether any period did."""

    def __init__(self, connection: Connection, org_id: int, *, now: datetime) -> None:
        """Locks out whoever else changes the organization's periods, and waits for a step of its close."""
        connection.execute("select pg_advisory_xact_lock(%s, %s)", advisory_key("billing-periods", org_id))
        self.moved_days: list[Range[date]] = []
        self.has_changed = False
        self._connection, self._org_id, self._now = connection, org_id, now
        self._periods = {period.id: period for period in lock_periods(connection, org_id)}

    @property
    def periods(self) -> list[Period]:
        """In order of time."""
        return sorted(self._periods.values(), key=lambda each: (each.starts_at is not None, each.starts_at))

    def lay(self, line: CoveringLine, funding: Funding, starts_at: datetime, ends_at: datetime) -> Period | None:
        """The period of the line there, as much of it as can be; None if nothing can."""
        movable = [each for each in self.periods if _is_movable(each, line)]
        inside = [each for each in movable if each.lies_in(starts_at, ends_at)]
        for other in self.periods:
            if other.overlaps(starts_at, ends_at) and (other not in movable or other in inside[1:]):
                if other.starts_at is not None and other.starts_at > starts_at:
                    ends_at = min(ends_at, other.starts_at)
                else:
                    starts_at = max(starts_at, other.ends_at or ends_at)
        if starts_at >= ends_at:
            return None
        for other in movable:
            if other in inside or not other.overlaps(starts_at, ends_at):
                continue
            if other.starts_at is None or other.starts_at < starts_at:
                self.cut(other, starts_at, cause="another period begins")
            else:
                self.respan(other, ends_at, other.ends_at, cause="another period ends")
        facts = {
            "stripe_subscription_id": line.subscription.id,
            "tier": line.tier.code,
            "funding": funding,
            "coverage_grams": prorated_grams(line.tier.coverage_grams, starts_at, ends_at) if funding == "paid" else 0,
            "settling_invoice_id": line.invoice_id if funding == "paid" else None,
        }
        if inside:
            return self.respan(inside[0], starts_at, ends_at, cause="paid by an invoice", **facts)
        return self._insert(starts_at, ends_at, cause="paid by an invoice", **facts)

    def cut(self, period: Period, ends_at: datetime, *, cause: str) -> Period:
        """End it earlier; a paid one keeps the coverage of its days."""
        grams = period.coverage_grams
        if period.starts_at is not None:
            grams = min(grams, prorated_grams(tier_by_code(period.tier).coverage_grams, period.starts_at, ends_at))
        return self.respan(period, period.starts_at, ends_at, cause=cause, coverage_grams=grams)

    def set_free(self, period: Period, *, cause: str) -> Period:
        """Nothing pays for it any more, and nothing is to be paid."""
        nothing = dict.fromkeys(
            ("stripe_subscription_id", "settling_invoice_id", "failure", "paid_at", "close_at"), None
        )
        free = {"tier": "free", "funding": "free", "coverage_grams": 0, "next_attempt_at": period.ends_at}
        return self.amend(period, cause=cause, to="open", **nothing, **free)

    def respan(
        self, period: Period, starts_at: datetime | None, ends_at: datetime | None, *, cause: str, **facts: Any
    ) -> Period:
        """The period over [starts_at, ends_at); the days that it wins or loses are noted."""
        if starts_at != period.starts_at:
            self.moved_days.append(_days(*_from_earliest(starts_at, period.starts_at)))
        if ends_at != period.ends_at:
            self.moved_days.append(_days(*_to_latest(ends_at, period.ends_at)))
        schedule: dict[str, Any] = {"next_attempt_at": ends_at} if period.state == "open" else {}
        if period.state == "reconciling" and ends_at is not None and period.paid_at is not None:
            freezes_at = close_at(ends_at, period.paid_at)
            schedule = {"next_attempt_at": freezes_at, "close_at": freezes_at}
        return self.amend(period, cause=cause, span=_range(starts_at, ends_at), **schedule, **facts)

    def amend(self, period: Period, *, cause: str, to: PeriodState | None = None, **facts: Any) -> Period:
        """The period with these columns changed, in another state if `to` says so."""
        changed = move(self._connection, period, to or period.state, cause=cause, actor=ACTOR, now=self._now, **facts)
        self._periods[changed.id] = changed
        self.has_changed = True
        return changed

    def fill(self) -> None:
        """Free periods where there is nothing: before, between and after."""
        gap_starts_at: datetime | None = None
        for period in self.periods:
            if period.starts_at is not None and period.starts_at != gap_starts_at:
                if period.funding == "free" and not period.is_sealed:
                    self.respan(period, gap_starts_at, period.ends_at, cause="nothing else is paid for before it")
                else:
                    self._insert_free(gap_starts_at, period.starts_at)
            if period.ends_at is None:
                return
            gap_starts_at = period.ends_at
        self._insert_free(gap_starts_at, None)

    def _insert_free(self, starts_at: datetime | None, ends_at: datetime | None) -> None:
        self._insert(starts_at, ends_at, cause="nothing is paid for", tier="free", funding="free", coverage_grams=0)

    def _insert(self, starts_at: datetime | None, ends_at: datetime | None, *, cause: str, **facts: Any) -> Period:
        row = fetch_one(
            self._connection,
            "insert into ops.billing_periods (org_id, span, stripe_subscription_id, tier, funding, factor_version,"
            " coverage_grams, settling_invoice_id, next_attempt_at, opened_at)"
            " values (%(org_id)s, %(span)s, %(stripe_subscription_id)s, %(tier)s, %(funding)s, %(factor_version)s,"
            f" %(coverage_grams)s, %(settling_invoice_id)s, %(ends_at)s, %(now)s) returning {PERIOD_COLUMNS}",
            {
                "stripe_subscription_id": None,
                "settling_invoice_id": None,
                **facts,
                "org_id": self._org_id,
                "span": _range(starts_at, ends_at),
                "ends_at": ends_at,
                "factor_version": self._factor_version(),
                "now": self._now,
            },
        )
        opened = Period.of_row(row)
        record_move(self._connection, opened, came_from=None, cause=cause, actor=ACTOR, now=self._now)
        self._periods[opened.id] = opened
        self.has_changed = True
        self.moved_days.append(_days(starts_at, ends_at))
        return opened

    def _factor_version(self) -> str:
        """What the marts are computed by today: the period keeps it for good."""
        row = self._connection.execute(
            "select factor_version from ops.builds order by state = 'succeeded' desc, id desc limit 1"
        ).fetchone()
        if row is None:
            raise NoFactorVersionError
        return str(row["factor_version"])


def _is_movable(period: Period, line: CoveringLine) -> bool:
    return not period.is_sealed and period.stripe_subscription_id in (None, line.subscription.id)


def _range(starts_at: datetime | None, ends_at: datetime | None) -> Range[datetime]:
    return Range(starts_at, ends_at)


def _days(starts_at: datetime | None, ends_at: datetime | None) -> Range[date]:
    """The UTC days that a span touches."""
    return Range(starts_at and starts_at.date(), ends_at and ends_at.date() + _DAY)


def _from_earliest(one: datetime | None, other: datetime | None) -> tuple[datetime | None, datetime | None]:
    """Between two starts, of which None is the earliest."""
    return (None, one or other) if one is None or other is None else (min(one, other), max(one, other))


def _to_latest(one: datetime | None, other: datetime | None) -> tuple[datetime | None, datetime | None]:
    """Between two ends, of which None is the latest."""
    return (one or other, None) if one is None or other is None else (min(one, other), max(one, other))
