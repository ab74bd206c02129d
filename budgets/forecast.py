"""Where a month is heading: linear on the days that are known, and exact.

A day is complete if it is over and every account was read whole for it; a day of which something is missing is no zero.
With the mean of the month's complete days,

    forecast = sum over the days of the month: complete -> what was seen; else -> max(mean, what was seen)

so a day that is not complete counts as the mean, or as what is known of it already if that is more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

FEWEST_DAYS = 3
"""Of one or two days, a Saturday and a Sunday perhaps, a month's forecast would say more of them than of the month."""


@dataclass(frozen=True, slots=True)
class Day:
    """`seen`: micrograms CO2e, of a day that is not complete as far as it is known."""

    date: date
    seen: Decimal
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """Micrograms CO2e at the end of each day of the month."""

    cumulative: Sequence[tuple[date, Fraction]]

    @property
    def total(self) -> Fraction:
        return self.cumulative[-1][1]

    def first_day_above(self, limit_micrograms: int) -> date | None:
        return first_above(self.cumulative, limit_micrograms)


def forecast(days: Sequence[Day]) -> Forecast | None:
    """Of all days of a month, in order. None before FEWEST_DAYS of them are complete."""
    complete = [Fraction(day.seen) for day in days if day.is_complete]
    if len(complete) < FEWEST_DAYS:
        return None
    mean = sum(complete, Fraction()) / len(complete)
    expected = [Fraction(day.seen) if day.is_complete else max(mean, Fraction(day.seen)) for day in days]
    return Forecast([(day.date, total) for day, total in zip(days, accumulate(expected), strict=True)])


def day_of_excess(days: Sequence[Day], limit_micrograms: int) -> date | None:
    """On which what was seen went above the limit."""
    seen = accumulate(Fraction(day.seen) for day in days)
    return first_above([(day.date, total) for day, total in zip(days, seen, strict=True)], limit_micrograms)


def first_above(cumulative: Sequence[tuple[date, Fraction]], limit_micrograms: int) -> date | None:
    return next((day for day, total in cumulative if total > limit_micrograms), None)
