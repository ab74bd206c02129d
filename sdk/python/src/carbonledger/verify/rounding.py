"""Whole micrograms out of exact ones, so that the parts add up to what is printed as their whole.

A receipt rounds once: its total to the nearest microgram. Everything below is a part of that whole by largest
remainder, so lines sum to their totals to the digit. The same for micro-watt-hours.
"""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation

# Wider than any sum of numeric(38, 6); what would not fit is an error, not a rounding.
EXACT = Context(prec=80, traps=[Inexact, InvalidOperation])
_NEAREST = Context(prec=80, rounding=ROUND_HALF_UP, traps=[InvalidOperation])
_FLOOR = Context(prec=80, rounding=ROUND_FLOOR, traps=[InvalidOperation])


def exact_sum(terms: Sequence[Decimal]) -> Decimal:
    """The sum with every digit; 0 of nothing."""
    total = Decimal(0)
    for term in terms:
        total = EXACT.add(total, term)
    return total


def nearest(exact: Decimal) -> int:
    """The nearest whole number, halves away from zero."""
    return int(exact.to_integral_value(context=_NEAREST))


def parts_of(whole: int, exact_parts: Sequence[Decimal]) -> list[int]:
    """Whole numbers in the order of their exact parts, that sum to `whole`: largest remainder, ties to the earlier.

    `whole` is the sum of the exact parts, rounded down or up. Raises ValueError if it is another number.
    """
    floors = [int(part.to_integral_value(context=_FLOOR)) for part in exact_parts]
    remainders = [EXACT.subtract(part, Decimal(floor)) for part, floor in zip(exact_parts, floors, strict=True)]
    missing = whole - sum(floors)
    if abs(EXACT.subtract(Decimal(whole), exact_sum(exact_parts))) >= 1:
        raise ValueError(f"{whole} is not the rounded sum of its parts")
    largest_first = sorted(range(len(floors)), key=lambda index: (-remainders[index], index))
    raised = set(largest_first[:missing])
    return [floor + (index in raised) for index, floor in enumerate(floors)]
