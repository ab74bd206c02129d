"""What a budget's card shows, worked out of its month: grams, shares, and places on its bar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.dashboard import quantities
from app.dashboard.figures import width_of
from app.dashboard.instants import written_date
from budgets.standing import AlertKind, Judgement, Standing
from budgets.terms import GRAMS_IN, MassUnit
from budgets.watched import Told, Watched
from core.ids import public_id
from core.units import scaled_by_a_millionth

WHOLE = "Whole organization"
WORDS: Mapping[Judgement, tuple[str, str]] = {
    "within": ("within budget", "good"),
    "warning": ("warning share reached", "warn"),
    "overrun-expected": ("heading past the limit", "warn"),
    "exceeded": ("above the limit", "bad"),
}
TOLD: Mapping[AlertKind, str] = {
    "warning": "the warning share",
    "forecast": "the forecast above the limit",
    "exceeded": "the limit passed",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """Places from the left, in per cent of the bar, whose whole length is the largest of the masses on it."""

    spent: Decimal
    forecast: Decimal | None
    limit: Decimal
    warning: Decimal


@dataclass(frozen=True, slots=True)
class MonthFigure:
    """Masses in grams CO2e, exact; the forecast's to the microgram."""

    spent: Decimal
    forecast: Decimal | None
    share: str
    forecast_share: str
    words: str
    tone: str
    bar: Bar
    standing: Standing

    @property
    def last_day(self) -> date:
        return self.standing.month.replace(day=self.standing.days)


@dataclass(frozen=True, slots=True)
class BudgetFigure:
    """`month` None: nothing was built yet."""

    public_id: str
    name: str
    project: str | None
    limit: Decimal
    warning_percent: int
    bound: str
    is_paused: bool
    month: MonthFigure | None
    told: tuple[Told, ...]

    @property
    def told_sentence(self) -> str:
        facts = ", ".join(f"{TOLD[each.kind]} ({written_date(each.at)})" for each in self.told)
        return f"Owners were told of {facts}." if facts else ""


def budget_figure(watched: Watched) -> BudgetFigure:
    budget = watched.budget
    limit = _grams(Decimal(budget.terms.limit_micrograms))
    return BudgetFigure(
        public_id=public_id("budget", budget.id),
        name=WHOLE if budget.project_name is None else budget.project_name,
        project=None if budget.project_id is None else public_id("proj", budget.project_id),
        limit=limit,
        warning_percent=budget.terms.warning_percent,
        bound=budget.terms.bound,
        is_paused=budget.paused_at is not None,
        month=None if watched.standing is None else _month(watched.standing, limit, budget.terms.warning_percent),
        told=watched.told,
    )


def written_in_units(micrograms: int) -> tuple[str, MassUnit]:
    """The exact number, in the largest unit that it is one or more of."""
    grams = _grams(Decimal(micrograms))
    unit: MassUnit = max((unit for unit in GRAMS_IN if grams >= GRAMS_IN[unit]), key=GRAMS_IN.__getitem__, default="g")
    number = format(grams / GRAMS_IN[unit], "f")
    return number.rstrip("0").rstrip(".") if "." in number else number, unit


def _month(standing: Standing, limit: Decimal, warning_percent: int) -> MonthFigure:
    spent = _grams(standing.spent)
    forecast = None if standing.forecast_micrograms is None else _grams(Decimal(standing.forecast_micrograms))
    longest = max(spent, limit, forecast or Decimal())
    words, tone = WORDS[standing.judgement]
    return MonthFigure(
        spent=spent,
        forecast=forecast,
        share=quantities.percent(spent, limit),
        forecast_share="" if forecast is None else quantities.percent(forecast, limit),
        words=words,
        tone=tone,
        bar=Bar(
            spent=width_of(spent, longest),
            forecast=None if forecast is None else width_of(forecast, longest),
            limit=width_of(limit, longest),
            warning=width_of(limit * warning_percent / 100, longest),
        ),
        standing=standing,
    )


def _grams(micrograms: Decimal) -> Decimal:
    return Decimal(scaled_by_a_millionth(micrograms))
