"""Charts, drawn by Vega-Lite, which Streamlit serves itself. Floats begin here: a pixel is rounder than any gram."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import altair as alt
import pandas as pd

from app.dashboard import quantities
from app.dashboard.instants import DAY, Period
from app.dashboard.palette import LINE, MUTED, SERIES, series_colours
from app.telemetry.summary import Summary, SummaryRow

OTHER = "Other"
HEIGHT = 300
# A canvas knows no CSS variables; in an SVG, colours change with the reader's theme and nothing is drawn anew.
AS_SVG = {"embedOptions": {"renderer": "svg"}}
_UNITS = ((Decimal(1000), "kg"), (Decimal(1), "g"), (Decimal("0.001"), "mg"))


@dataclass(frozen=True, slots=True)
class DailyPart:
    day: date
    series: str
    grams: Decimal


def daily_parts(by_day: Summary, *, name_of: Any) -> list[DailyPart]:
    """Central grams, one part a day and series; the smallest series beyond the colour scale are one, called Other."""
    grams = defaultdict[tuple[date, str], Decimal](Decimal)
    totals = defaultdict[str, Decimal](Decimal)
    for row in by_day.rows:
        if row.measures.co2e is not None:
            central = row.measures.co2e.central / 10**6
            grams[_day_of(row), name_of(row)] += central
            totals[name_of(row)] += central
    largest = sorted(totals, key=lambda name: (-totals[name], name))
    kept = set(largest if len(largest) <= len(SERIES) else largest[: len(SERIES) - 1])
    gathered = defaultdict[tuple[date, str], Decimal](Decimal)
    for (day, series), mass in grams.items():
        gathered[day, series if series in kept else OTHER] += mass
    return [DailyPart(day, series, mass) for (day, series), mass in gathered.items()]


def daily_chart(parts: Sequence[DailyPart], period: Period) -> alt.Chart:
    """Stacked bars, one a UTC day, every day of the period on the axis whether or not it has usage."""
    unit_size, unit = _unit_for(parts)
    order = _largest_first(parts)
    colours = series_colours(order, other=OTHER)
    frame = pd.DataFrame(
        {
            "day": [pd.Timestamp(part.day, tz="UTC") for part in parts],  # without a zone Streamlit moves it
            "series": [part.series for part in parts],
            "amount": [float(part.grams / unit_size) for part in parts],
            "written": [quantities.mass(part.grams) for part in parts],
            "rank": [order.index(part.series) for part in parts],
        }
    )
    domain = [period.start.strftime("%Y-%m-%d"), period.end.strftime("%Y-%m-%d")]
    days = (period.end - period.start) // DAY
    chart: alt.Chart = (
        alt.Chart(frame, height=HEIGHT)
        .mark_bar(binSpacing=1 if days > 45 else 4)
        .encode(
            x=alt.X(
                "utcyearmonthdate(day):T",
                scale=alt.Scale(domain=domain, type="utc"),
                axis=alt.Axis(format="%-d %b", title=None, grid=False, tickCount=8, labelColor=MUTED, domainColor=LINE),
            ),
            y=alt.Y(
                "amount:Q",
                stack=True,
                axis=alt.Axis(
                    title=f"{unit} CO2e",
                    titleColor=MUTED,
                    titleFontWeight="normal",
                    gridColor=LINE,
                    domain=False,
                    ticks=False,
                    labelColor=MUTED,
                ),
            ),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=list(order), range=[colours[name] for name in order]),
                sort=list(order),
                legend=None,  # the page's own legend wraps, Vega's does not
            ),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("utcyearmonthdate(day):T", title="Day (UTC)", format="%-d %B %Y"),
                alt.Tooltip("series:N", title="Series"),
                alt.Tooltip("written:N", title="CO2e, central"),
            ],
        )
        .configure_view(stroke=None)
        .configure(background="transparent")
        .properties(usermeta=AS_SVG)
    )
    return chart


def legend(parts: Sequence[DailyPart]) -> dict[str, str]:
    """Series -> colour, the largest first, as the bars are stacked from below."""
    return series_colours(_largest_first(parts), other=OTHER)


def _day_of(row: SummaryRow) -> date:
    day = row.group["day"]
    if not isinstance(day, date):
        raise TypeError("a summary by day has a date in each row")
    return day


def _largest_first(parts: Sequence[DailyPart]) -> list[str]:
    totals: dict[str, Decimal] = {}
    for part in parts:
        totals[part.series] = totals.get(part.series, Decimal(0)) + part.grams
    return sorted(totals, key=lambda name: (name == OTHER, -totals[name], name))


def _unit_for(parts: Sequence[DailyPart]) -> tuple[Decimal, str]:
    by_day: dict[date, Decimal] = {}
    for part in parts:
        by_day[part.day] = by_day.get(part.day, Decimal(0)) + part.grams
    highest = max(by_day.values(), default=Decimal(0))
    return next(((size, unit) for size, unit in _UNITS if highest >= size), _UNITS[-1])
