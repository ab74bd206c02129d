"""A mass of CO2e as numbers of everyday things: low, central and high each by the same published factor."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from app.dashboard.figures import Range
from app.telemetry.equivalences import Equivalence, equivalences

_TWO_DIGITS = Context(prec=2, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class EquivalenceFigure:
    equivalence: Equivalence
    amount: Range
    """In the equivalence's unit, not in grams."""
    low_text: str
    central_text: str
    high_text: str


def equivalence_figures(co2e: Range) -> Sequence[EquivalenceFigure]:
    return [_figure(equivalence, co2e) for equivalence in equivalences()]


def _figure(equivalence: Equivalence, co2e: Range) -> EquivalenceFigure:
    amount = Range(*(equivalence.of_grams(bound) for bound in (co2e.low, co2e.central, co2e.high)))
    return EquivalenceFigure(
        equivalence=equivalence,
        amount=amount,
        low_text=amount_text(amount.low),
        central_text=amount_text(amount.central),
        high_text=amount_text(amount.high),
    )


def amount_text(amount: Decimal) -> str:
    """Two significant digits, since no estimate here is better than that: `0.046`, `4.6`, `460`, `46,000`."""
    return f"{_TWO_DIGITS.plus(amount):,f}" if amount else "0"
