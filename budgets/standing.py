"""How a month stands against a budget's terms: worked out of its days, nothing is read here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from budgets.forecast import Day, day_of_excess, forecast
from budgets.terms import Terms

Judgement = Literal["within", "warning", "overrun-expected", "exceeded"]
AlertKind = Literal["warning", "forecast", "exceeded"]
BY_GRAVITY: tuple[AlertKind, ...] = ("exceeded", "forecast", "warning")


@dataclass(frozen=True, slots=True)
class Standing:
    """`spent`: micrograms CO2e of all that is known of the month, exact. `forecast_micrograms`: half-even, the only
    rounding; None: too few days are complete. `overrun_date`: by the forecast; `exceeded_date`: by what was seen.

    `data_through`: what is polled is complete up to here; `complete_through`: the last complete day of the month.
    """

    month: date
    spent: Decimal
    days: int
    complete_days: int
    complete_through: date | None
    data_through: datetime | None
    forecast_micrograms: int | None
    overrun_date: date | None
    exceeded_date: date | None
    is_warned: bool

    @property
    def judgement(self) -> Judgement:
        """The gravest that holds."""
        if self.exceeded_date is not None:
            return "exceeded"
        if self.overrun_date is not None:
            return "overrun-expected"
        return "warning" if self.is_warned else "within"

    @property
    def alerts(self) -> tuple[AlertKind, ...]:
        """What owners are to know now, the gravest first: an excess holds the others in it."""
        if self.exceeded_date is not None:
            return BY_GRAVITY
        holds = {"forecast": self.overrun_date is not None, "warning": self.is_warned}
        return tuple(kind for kind in BY_GRAVITY if holds.get(kind))


def standing_of(days: Sequence[Day], terms: Terms, *, data_through: datetime | None) -> Standing:
    """Of all days of a month, in order."""
    spent = sum((day.seen for day in days), Decimal())
    complete = [day.date for day in days if day.is_complete]
    expected = forecast(days)
    exceeded_date = day_of_excess(days, terms.limit_micrograms)
    return Standing(
        month=days[0].date,
        spent=spent,
        days=len(days),
        complete_days=len(complete),
        complete_through=max(complete, default=None),
        data_through=data_through,
        forecast_micrograms=None if expected is None else round(expected.total),
        overrun_date=(None if expected is None or exceeded_date else expected.first_day_above(terms.limit_micrograms)),
        exceeded_date=exceeded_date,
        is_warned=spent * 100 >= terms.limit_micrograms * terms.warning_percent,
    )
