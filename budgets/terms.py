"""What a budget says: so many grams of CO2e a calendar month, by which estimate, and from which share on to warn."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from budgets.errors import InvalidBudgetError

Bound = Literal["low", "central", "high"]
BOUNDS: tuple[Bound, ...] = get_args(Bound)

DEFAULT_WARNING_PERCENT = 80
HIGHEST_LIMIT_GRAMS = Decimal(10) ** 12
"""A million tonnes; the nine million of 2^63 micrograms are what a bigint holds."""

MassUnit = Literal["g", "kg", "t"]
GRAMS_IN: Mapping[MassUnit, int] = {"g": 1, "kg": 10**3, "t": 10**6}

_MICRO = Decimal(10) ** 6
_WRITTEN = re.compile(r"[0-9]{1,13}(\.[0-9]{1,12})?")


@dataclass(frozen=True, slots=True)
class Terms:
    """`bound`: which estimate of the usage is held to the limit. Exactly the limit is within it."""

    limit_micrograms: int
    warning_percent: int = DEFAULT_WARNING_PERCENT
    bound: Bound = "central"

    def __post_init__(self) -> None:
        """Raises InvalidBudgetError."""
        if not 0 < self.limit_micrograms <= HIGHEST_LIMIT_GRAMS * _MICRO:
            raise InvalidBudgetError("A limit is more than nothing and at most a million tonnes a month.")
        if not 1 <= self.warning_percent <= 100:
            raise InvalidBudgetError("The share to warn at is 1 to 100 per cent of the limit.")


def limit_in_micrograms(grams: Decimal) -> int:
    """Raises InvalidBudgetError for what is no number, not positive, too large, or finer than a microgram."""
    if not grams.is_finite() or not 0 < grams <= HIGHEST_LIMIT_GRAMS:
        raise InvalidBudgetError("A limit is more than nothing and at most a million tonnes a month.")
    micrograms = grams * _MICRO
    if micrograms != micrograms.to_integral_value():
        raise InvalidBudgetError("A limit has six digits after the point of a gram at most.")
    return int(micrograms)


def written_limit(text: str, unit: MassUnit) -> int:
    """Micrograms, of a number as a person writes it into a form. Raises InvalidBudgetError."""
    number = text.strip()
    if not _WRITTEN.fullmatch(number):
        raise InvalidBudgetError("Write the limit as a number with a point, such as 2.5.")
    return limit_in_micrograms(Decimal(number) * GRAMS_IN[unit])
