"""What the usage page can be asked to show: dimensions, a measure to plot, an order. Knows no Streamlit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.telemetry.grouping import GroupBy
from app.telemetry.measures import Estimate, Measures
from app.telemetry.sorting import Sort, UnknownSortError, sort_of

DIMENSIONS: Mapping[str, str] = {
    GroupBy.DAY: "Day",
    GroupBy.HOUR: "Hour",
    GroupBy.MODEL: "Model",
    GroupBy.PROVIDER: "Provider",
    GroupBy.CONNECTION: "Connection",
    GroupBy.PROJECT: "Project",
    GroupBy.KEY: "Key",
}
TIMES = (GroupBy.HOUR, GroupBy.DAY)
"""The finer one first: by both, it is the axis."""

BOUNDS: Mapping[str, str] = {"low": "Low", "central": "Central", "high": "High"}
ESTIMATED: Mapping[str, str] = {"co2e_grams": "CO2e", "energy_wh": "Energy"}
COUNTED: Mapping[str, str] = {
    "tokens": "All tokens",
    "uncached_input_tokens": "Uncached input",
    "cache_read_tokens": "Read from cache",
    "cache_write_5m_tokens": "Written to cache",
    "cache_write_1h_tokens": "Written for an hour",
    "output_tokens": "Output",
    "requests": "Requests",
}
MEASURES: Mapping[str, str] = {
    **ESTIMATED,
    **{
        name: title if name in ("tokens", "requests") else f"Tokens: {title.lower()}" for name, title in COUNTED.items()
    },
}
_UNITS = {"co2e_grams": "g", "energy_wh": "Wh"}


@dataclass(frozen=True, slots=True)
class UsageView:
    """`group_by` is one or two dimensions, `measure` one of MEASURES, `bound` one of the three of an estimate."""

    group_by: tuple[GroupBy, ...]
    measure: str
    bound: str
    sort: Sort | None

    @property
    def column(self) -> str:
        """What is plotted, as exports call it."""
        return f"{self.measure}_{self.bound}" if self.measure in ESTIMATED else self.measure

    @property
    def columns(self) -> Sequence[str]:
        """What the table shows: the measure with its range or its parts, then one column of each of the others."""
        others: tuple[str, ...] = ("co2e_grams_central", "energy_wh_central", "tokens", "requests")
        match self.measure:
            case "co2e_grams" | "energy_wh":
                own: list[str] = [f"{self.measure}_{bound}" for bound in BOUNDS]
            case "requests":
                own = ["requests"]
            case _:
                own = [name for name in COUNTED if name != "requests"]
                others = ("co2e_grams_central", "requests")  # with both estimates it is too wide to be seen at once
        return [*own, *(name for name in others if name not in own)]


def view_of(group_by: Sequence[GroupBy], *, measure: str, bound: str, sort: str | None) -> UsageView:
    """With the order that `sort` says; one that does not fit is none: time as it passes, or the largest first."""
    dimensions = tuple(dict.fromkeys(group_by))
    plain = UsageView(dimensions, measure, bound, None)
    usual = None if set(TIMES) & set(dimensions) else Sort(plain.column, descending=True)
    try:
        wanted = sort_of(sort, dimensions)
    except UnknownSortError:
        wanted = None
    return UsageView(dimensions, measure, bound, wanted or usual)


def title_of(column: str) -> str:
    """`CO2e, high (g)`, `Output`."""
    if column in COUNTED:
        return COUNTED[column]
    name, _, bound = column.rpartition("_")
    return f"{ESTIMATED[name]}, {bound} ({_UNITS[name]})"


def amount_of(measures: Measures, column: str) -> Decimal | int | None:
    """Exact, in the unit that the column's name says: grams, watt-hours, or how many."""
    match column.rpartition("_"):
        case ("co2e_grams", _, bound):
            return _bound(measures.co2e, bound)
        case ("energy_wh", _, bound):
            return _bound(measures.energy, bound)
        case _:
            return measures.tokens if column == "tokens" else measures.counters[column]


def _bound(estimate: Estimate | None, bound: str) -> Decimal | None:
    return None if estimate is None else Decimal(estimate.scaled()[bound])
