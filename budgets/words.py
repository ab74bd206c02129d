"""What an alert says: in one title and one text for the app, mail and every target."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

from budgets.budgets import Budget
from budgets.growth import Grown, Growth
from budgets.standing import AlertKind, Standing
from core.names import printable

_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_EVEN)
_UNITS = ((10**12, "t"), (10**9, "kg"), (10**6, "g"), (10**3, "mg"), (1, "µg"))


def title(kind: AlertKind, budget: Budget, standing: Standing, *, organization: str) -> str:
    whose = f"“{printable(budget.project_name or organization)}”"
    month = f"CO2e budget for {standing.month:%B %Y}"
    if kind == "exceeded":
        return f"{whose} is above its {month}"
    if kind == "forecast":
        return f"{whose} is heading past its {month}"
    return f"{whose} has reached {budget.terms.warning_percent} % of its {month}"


def body(budget: Budget, standing: Standing, growth: Growth, *, link: str) -> str:
    terms = budget.terms
    share = standing.spent * 100 / terms.limit_micrograms
    sentences = [
        f"So far {mass(standing.spent)} CO2e of {mass(Decimal(terms.limit_micrograms))} ({share:.0f} %), by the"
        f" {terms.bound} estimate.",
        _reach(standing),
        _forecast(standing),
        _growth(budget, growth),
        f"See {link}",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def mass(micrograms: Decimal) -> str:
    """Three significant digits and a unit that fits: `12.4 kg`."""
    rounded = _THREE_DIGITS.plus(micrograms)
    size, unit = next(((size, unit) for size, unit in _UNITS if rounded >= size), _UNITS[-1])
    number = _THREE_DIGITS.divide(rounded, Decimal(size))
    return f"{number:,.{max(0, 2 - number.adjusted())}f} {unit}" if number else "0 g"


def _reach(standing: Standing) -> str:
    through = f"Data reach through {standing.data_through:%Y-%m-%d %H:%M} UTC; " if standing.data_through else ""
    return f"{through}{standing.complete_days} of the month's {standing.days} days are complete."


def _forecast(standing: Standing) -> str:
    if standing.exceeded_date is not None:
        return f"The limit was passed on {standing.exceeded_date:%Y-%m-%d}."
    if standing.forecast_micrograms is None:
        return ""
    at_the_end = f"At this rate the month ends at {mass(Decimal(standing.forecast_micrograms))}"
    if standing.overrun_date is None:
        return f"{at_the_end}."
    return f"{at_the_end}, past the limit from {standing.overrun_date:%Y-%m-%d} on."


def _growth(budget: Budget, growth: Growth) -> str:
    if growth.through is None or growth.model is None:
        return "No model grew against the seven days before, as far as both weeks are known."
    named = [f"model {_name(growth.model)}"]
    if budget.project_id is None and growth.project is not None:
        named.append(f"project {_name(growth.project)}")
    return (
        f"Grew most in the seven days to {growth.through:%Y-%m-%d %H:%M} UTC, against the seven before: "
        f"{' and '.join(named)}."
    )


def _name(grown: Grown) -> str:
    name = "without a name" if grown.name is None else f"“{printable(grown.name)}”"
    return f"{name}{f' ({grown.provider})' if grown.provider else ''}, by {mass(grown.by)}"
