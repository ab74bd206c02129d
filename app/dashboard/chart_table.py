"""The table beside the daily chart: the same parts in words, for whoever does not see bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.dashboard import quantities
from app.dashboard.charts import DailyPart, legend

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class TableDay:
    """`masses` in the order of the table's series; NOTHING where a series has no part in the day."""

    day: str
    masses: Sequence[str]
    together: str


@dataclass(frozen=True, slots=True)
class DailyTable:
    series: Sequence[str]
    rows: Sequence[TableDay]


def daily_table(parts: Sequence[DailyPart]) -> DailyTable:
    """The days that have usage, in order; their series as the legend has them, with central masses."""
    series = list(legend(parts))
    days: dict[date, dict[str, Decimal]] = {}
    for part in parts:
        days.setdefault(part.day, {})[part.series] = part.grams
    return DailyTable(series, [_row(day, series, days[day]) for day in sorted(days)])


def _row(day: date, series: Sequence[str], grams: dict[str, Decimal]) -> TableDay:
    masses = [quantities.mass(grams[name]) if name in grams else NOTHING for name in series]
    return TableDay(f"{day:%-d %B %Y}", masses, quantities.mass(sum(grams.values(), Decimal(0))))
