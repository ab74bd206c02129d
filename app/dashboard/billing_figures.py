"""Figures of billing periods as the pages show them: grams for micrograms, what is covered, and what is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from app.billing.period_lines import PeriodLine
from app.billing.periods import PeriodView
from app.dashboard.billing_words import Words, period_words
from app.dashboard.figures import HUNDRED, Range
from app.dashboard.instants import DAY, written_date
from core.ids import public_id
from core.units import scaled_by_a_millionth

FREE = "Free time"


@dataclass(frozen=True, slots=True)
class PeriodFigure:
    """Grams. `covered` and `not_covered` are as stated by the close, or of what is known so far."""

    period: PeriodView
    public_id: str
    name: str
    words: Words
    co2e: Range | None
    coverage: Decimal
    covered: Decimal
    not_covered: Decimal
    width: Decimal

    @property
    def is_stated(self) -> bool:
        return self.period.retire_grams is not None


@dataclass(frozen=True, slots=True)
class AdjustmentFigure:
    """Of all lines of one origin: by how many grams (central) they change what its close stated."""

    origin: str
    origin_id: str
    change: Decimal


def period_figure(period: PeriodView, *, now: datetime, is_on_hold: bool) -> PeriodFigure:
    co2e, coverage = Range.of(period.co2e), Decimal(period.coverage_grams)
    if period.retire_grams is not None:
        covered = Decimal(period.retire_grams)
        not_covered = Decimal(0) if period.not_covered_micrograms is None else _grams(period.not_covered_micrograms)
    else:
        so_far = Decimal(0) if co2e is None else max(Decimal(0), co2e.central)
        covered = min(so_far, coverage)
        not_covered = so_far - covered
    return PeriodFigure(
        period=period,
        public_id=public_id("period", period.id),
        name=period_name(period.started_at, period.ended_at),
        words=period_words(period, now=now, is_on_hold=is_on_hold),
        co2e=co2e,
        coverage=coverage,
        covered=covered,
        not_covered=not_covered,
        width=Decimal(0) if not coverage else min(HUNDRED, covered * HUNDRED / coverage).quantize(Decimal("0.1")),
    )


def period_name(started_at: datetime | None, ended_at: datetime | None) -> str:
    """`November 2026` for a whole month, else its first and last day (both within it)."""
    if started_at is None:
        return FREE if ended_at is None else f"Until {written_date(ended_at)}"
    if ended_at is None:
        return f"Since {written_date(started_at)}"
    next_month = (started_at.replace(day=1) + 32 * DAY).replace(day=1)
    if started_at.day == 1 and ended_at == next_month and ended_at.time() == time():
        return f"{started_at:%B %Y}"
    last = ended_at - timedelta(microseconds=1)
    return f"{written_date(started_at)} – {written_date(last)}"


def current_period(periods: Sequence[PeriodView], *, now: datetime) -> PeriodView | None:
    """The one that `now` lies in."""
    for period in periods:
        has_begun = period.started_at is None or period.started_at <= now
        if has_begun and (period.ended_at is None or now < period.ended_at):
            return period
    return None


def adjustment_figures(lines: Sequence[PeriodLine], periods: Sequence[PeriodView]) -> list[AdjustmentFigure]:
    """One figure an origin, in order of time; lines without an estimate change nothing that is known."""
    names = {period.id: period_name(period.started_at, period.ended_at) for period in periods}
    changes: dict[int, Decimal] = {}
    for line in lines:
        change = Decimal(0) if line.co2e is None else _grams(line.co2e.central)
        changes[line.origin_period_id] = changes.get(line.origin_period_id, Decimal(0)) + change
    return [
        AdjustmentFigure(names.get(origin, "an earlier period"), public_id("period", origin), changes[origin])
        for origin in sorted(changes)
    ]


def _grams(micrograms: Decimal) -> Decimal:
    return Decimal(scaled_by_a_millionth(micrograms))
