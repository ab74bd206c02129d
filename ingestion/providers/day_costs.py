"""What whole UTC days cost, out of a provider's lines: amounts as exact decimals, one row a day of the window."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated

from pydantic import BeforeValidator

from ingestion.providers.day_totals import DAY
from ingestion.providers.page import Origin, is_on_grid
from ingestion.usage_row import DayCost, UsageWindow

MICROS = Decimal(1_000_000)
MICROS_OF_A_CENT = Decimal(10_000)
_DIGITS = Decimal("0.000001")
_LARGEST = Decimal(10**12)
_WRITTEN = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,60})?([eE][-+]?[0-9]{1,2})?")


def _amount(value: object) -> Decimal:
    if isinstance(value, str) and _WRITTEN.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not -_LARGEST < value < _LARGEST:
        raise ValueError("not an amount of money")
    return Decimal(value)


Amount = Annotated[Decimal, BeforeValidator(_amount)]
"""A JSON number, read without going through a binary fraction, or a text; both are seen. Credits are negative."""


@dataclass(frozen=True, slots=True)
class CostLine:
    """A part of a day's bill. `micros` are millionths of the currency; `is_for_tokens`: or for anything else."""

    started_at: datetime
    currency: str
    micros: Decimal
    is_for_tokens: bool


def costs_of_days(
    lines: Iterable[CostLine], window: UsageWindow, *, origin: Origin, usual_currency: str = "USD"
) -> Sequence[DayCost]:
    """Each day's lines added up, 0 where none came. Lines outside are dropped: some ends are inclusive.

    Rounds once a day, half-even, to millionths of a millionth. Raises UnreadableAnswerError for a line that does not
    begin at midnight UTC, a currency that is none, and two in one answer: they cannot be added.
    """
    days = [window.start + DAY * number for number in range((window.end - window.start) // DAY)]
    tokens = dict.fromkeys(days, Decimal(0))
    others = dict.fromkeys(days, Decimal(0))
    currencies = set()
    for line in lines:
        if not is_on_grid(line.started_at, "1d"):
            raise origin.unreadable("bucket start", "is not a midnight of UTC")
        if line.started_at in tokens:
            (tokens if line.is_for_tokens else others)[line.started_at] += line.micros
            currencies.add(line.currency.upper())
    currency = currencies.pop() if currencies else usual_currency
    if currencies or not re.fullmatch("[A-Z]{3}", currency):
        raise origin.unreadable("currency", "is not one currency")
    return [DayCost(day.date(), currency, _rounded(tokens[day]), _rounded(others[day])) for day in days]


def _rounded(micros: Decimal) -> Decimal:
    return micros.quantize(_DIGITS, rounding=ROUND_HALF_EVEN)
