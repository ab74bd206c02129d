"""The parts of a chart that an eye can tell apart: what is small is added up, nothing is left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from app.dashboard.palette import SERIES, series_colours
from app.dashboard.usage_figures import ChartPart

MOST_BARS = 15


@dataclass(frozen=True, slots=True)
class Gathered:
    """`parts` with what is small added up, one for each place and series. `series` and `places` have the largest
    first, the rest last; a rest says of how many it is made."""

    parts: Sequence[ChartPart]
    series: Sequence[str]
    places: Sequence[datetime | str]
    rest_of_series: str

    @property
    def legend(self) -> dict[str, str]:
        return series_colours(self.series, other=self.rest_of_series)


def gathered(parts: Sequence[ChartPart], *, is_over_time: bool) -> Gathered:
    """No more series than there are colours; of names no more than fifteen bars. The sum is that of `parts`."""
    series, rest = _kept(parts, "series", most=len(SERIES))
    parts = [part if part.series in series else replace(part, series=rest) for part in parts]
    places: list[datetime | str] = sorted({part.place for part in parts if isinstance(part.place, datetime)})
    if not is_over_time:
        kept, others = _kept(parts, "place", most=MOST_BARS)
        parts = [part if part.place in kept else replace(part, place=others) for part in parts]
        places = [*kept, *([others] if others else [])]
    sums: dict[tuple[datetime | str, str], Decimal] = {}
    for part in parts:
        sums[part.place, part.series] = sums.get((part.place, part.series), Decimal(0)) + part.amount
    return Gathered(
        parts=[ChartPart(place, name, amount) for (place, name), amount in sums.items()],
        series=[*series, *([rest] if rest else [])],
        places=places,
        rest_of_series=rest,
    )


def _kept(parts: Sequence[ChartPart], field: str, *, most: int) -> tuple[list[str], str]:
    """The largest values of a field, at most `most` with the rest, and what the rest is called (empty: none)."""
    totals: dict[str, Decimal] = {}
    for part in parts:
        name = getattr(part, field)
        totals[name] = totals.get(name, Decimal(0)) + part.amount
    largest = sorted(totals, key=lambda name: (-totals[name], name))
    if len(largest) <= most:
        return largest, ""
    return largest[: most - 1], f"Other ({len(largest) - most + 1})"
