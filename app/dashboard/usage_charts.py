"""The chart of the usage page: stacked bars over time, or lying bars, the largest first. Floats begin here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import altair as alt
import pandas as pd

from app.dashboard import quantities
from app.dashboard.charts import AS_SVG, HEIGHT
from app.dashboard.gathered_parts import Gathered
from app.dashboard.instants import Period
from app.dashboard.palette import LINE, MUTED
from app.dashboard.usage_figures import ChartPart
from app.telemetry.grouping import GroupBy

_BAR_HEIGHT = 26
_AXIS_HEIGHT = 40
_UNITS: Mapping[str, Sequence[tuple[Decimal, str]]] = {
    "co2e_grams": ((Decimal(10) ** 6, "t"), (Decimal(10) ** 3, "kg"), (Decimal(1), "g"), (Decimal("0.001"), "mg")),
    "energy_wh": ((Decimal(10) ** 6, "MWh"), (Decimal(10) ** 3, "kWh"), (Decimal(1), "Wh"), (Decimal("0.001"), "mWh")),
}
_COUNTED = ((Decimal(10) ** 9, "billion "), (Decimal(10) ** 6, "million "), (Decimal(10) ** 3, "thousand "))


def usage_chart(shown: Gathered, *, axis: GroupBy, column: str, period: Period) -> alt.Chart:
    """Of one measure; over time each hour or day of the period has its place, whether or not it has usage."""
    size, unit = _unit_for(shown.parts, column)
    is_over_time = axis in (GroupBy.DAY, GroupBy.HOUR)
    frame = pd.DataFrame(
        {
            "place": [pd.Timestamp(part.place) if is_over_time else part.place for part in shown.parts],
            "series": [part.series for part in shown.parts],
            "amount": [float(part.amount / size) for part in shown.parts],
            "written": [_written(part.amount, column) for part in shown.parts],
            "rank": [shown.series.index(part.series) for part in shown.parts],
        }
    )
    amount = alt.Axis(title=unit, titleColor=MUTED, titleFontWeight="normal", gridColor=LINE, domain=False,
                      ticks=False, labelColor=MUTED, tickCount=6)  # fmt: skip
    colours = shown.legend
    chart = alt.Chart(frame).encode(
        color=alt.Color(
            "series:N",
            scale=alt.Scale(domain=list(colours), range=list(colours.values())),
            legend=None,  # the page's own legend wraps, Vega's does not
        ),
        order=alt.Order("rank:Q"),
        tooltip=[_place_in_words(axis), *([alt.Tooltip("series:N", title="Of it")] if any(colours) else []),
                 alt.Tooltip("written:N", title="Amount")],
    )  # fmt: skip
    if is_over_time:
        drawn = chart.mark_bar(binSpacing=1).encode(x=_time(axis, period), y=alt.Y("amount:Q", axis=amount))
        height = HEIGHT
    else:
        drawn = chart.mark_bar().encode(
            x=alt.X("amount:Q", axis=amount),
            y=alt.Y(
                "place:N",
                sort=[str(place) for place in shown.places],
                axis=alt.Axis(title=None, labelColor=MUTED, labelLimit=220, domainColor=LINE, ticks=False),
            ),
        )
        height = len(shown.places) * _BAR_HEIGHT + _AXIS_HEIGHT
    finished: alt.Chart = (
        drawn.properties(height=height, usermeta=AS_SVG).configure_view(stroke=None).configure(background="transparent")
    )
    return finished


def _time(axis: GroupBy, period: Period) -> alt.X:
    unit = "utcyearmonthdate" if axis is GroupBy.DAY else "utcyearmonthdatehours"
    domain = [f"{period.start:%Y-%m-%dT%H:%M:%SZ}", f"{period.end:%Y-%m-%dT%H:%M:%SZ}"]
    style = alt.Axis(format="%-d %b", title=None, grid=False, tickCount=8, labelColor=MUTED, domainColor=LINE)
    return alt.X(f"{unit}(place):T", scale=alt.Scale(domain=domain, type="utc"), axis=style)


def _place_in_words(axis: GroupBy) -> alt.Tooltip:
    match axis:
        case GroupBy.DAY:
            return alt.Tooltip("utcyearmonthdate(place):T", title="Day (UTC)", format="%-d %B %Y")
        case GroupBy.HOUR:
            return alt.Tooltip("utcyearmonthdatehours(place):T", title="Hour (UTC)", format="%-d %B %Y, %H:%M")
        case _:
            return alt.Tooltip("place:N", title=axis.value.capitalize())


def _unit_for(parts: Sequence[ChartPart], column: str) -> tuple[Decimal, str]:
    """By the highest bar."""
    bars: dict[datetime | str, Decimal] = {}
    for part in parts:
        bars[part.place] = bars.get(part.place, Decimal(0)) + part.amount
    highest = max(bars.values(), default=Decimal(0))
    name = column.rpartition("_")[0]
    if name in _UNITS:
        units = _UNITS[name]
        size, unit = next((each for each in units if highest >= each[0]), units[-1])
        return size, f"{unit} CO2e" if name == "co2e_grams" else unit
    size, words = next((each for each in _COUNTED if highest >= each[0]), (Decimal(1), ""))
    return size, words + ("requests" if column == "requests" else "tokens")


def _written(amount: Decimal, column: str) -> str:
    if column.startswith("co2e"):
        return quantities.mass(amount)
    return quantities.energy(amount) if column.startswith("energy") else f"{int(amount):,}"
