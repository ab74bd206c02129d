"""What a close retires: whole grams, rounded up once, and the rest carried to the next close.

    need  = central estimate - carry_in
    grams = min(max(0, ceil(need / 10^6)), coverage)

Capped by the coverage, nothing is carried and the rest is not covered; else what was rounded up is carried, so over
many closes no more than a gram is retired beyond what was emitted. A negative total is carried, never retired.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal, Inexact, InvalidOperation

_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
_ROUND_UP = Context(prec=60, rounding=ROUND_CEILING)
_MICROGRAMS_PER_GRAM_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Retirable:
    grams: int
    carry_out_micrograms: Decimal
    not_covered_micrograms: Decimal


def retirable(central_micrograms: Decimal, *, carry_in_micrograms: Decimal, coverage_grams: int) -> Retirable:
    """Grams to retire for a total in micrograms, exactly."""
    need = _EXACT.subtract(central_micrograms, carry_in_micrograms)
    needed_grams = int(_ROUND_UP.to_integral_value(_EXACT.scaleb(need, -_MICROGRAMS_PER_GRAM_DIGITS)))
    grams = min(max(0, needed_grams), coverage_grams)
    left = _EXACT.subtract(_EXACT.scaleb(Decimal(grams), _MICROGRAMS_PER_GRAM_DIGITS), need)
    if needed_grams > coverage_grams:
        return Retirable(grams, Decimal(0), -left)
    return Retirable(grams, left, Decimal(0))
