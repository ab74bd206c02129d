"""What the usage page shows, worked out of a Summary: the rows of its table, their totals, the parts of its chart."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from app.dashboard import quantities
from app.dashboard.figures import NO_MODEL, PROVIDER_NAMES
from app.dashboard.instants import written_date
from app.dashboard.usage_view import COUNTED, TIMES, UsageView, amount_of
from app.telemetry.grouping import GroupBy
from app.telemetry.measures import Measures
from app.telemetry.summary import Summary, SummaryRow
from core.ids import Kind, public_id

NO_KEY = "not reported"
NO_PROJECT = "(no project)"
_KEY_FIELDS = {GroupBy.PROJECT: "project_id", GroupBy.CONNECTION: "connection_id", GroupBy.KEY: "api_key_id"}
_NAME_FIELDS = {GroupBy.PROJECT: "project_name", GroupBy.CONNECTION: "connection_label"}
_NOBODY = {GroupBy.PROJECT: NO_PROJECT, GroupBy.MODEL: NO_MODEL, GroupBy.KEY: NO_KEY}


@dataclass(frozen=True, slots=True)
class Cell:
    """`exact` is the API's digits, `written` the same for people; both None where it is not known, for `missing`.

    `note` says of how much of the usage a counter is known, where that is not all of it.
    """

    column: str
    exact: str | None
    written: str | None
    missing: str
    note: str = ""

    @property
    def is_count(self) -> bool:
        """Written with all its digits."""
        return self.column in COUNTED


@dataclass(frozen=True, slots=True)
class TableRow:
    names: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ChartPart:
    """`place` is a bar: an instant, or a name. `series` is a part of it."""

    place: datetime | str
    series: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class UsageFigures:
    """`rows` in the summary's order. `parts` have what is known of the measure that is plotted, and nothing twice."""

    rows: Sequence[TableRow]
    totals: TableRow
    parts: Sequence[ChartPart]
    axis: GroupBy
    series_by: GroupBy | None


def usage_figures(found: Summary, view: UsageView) -> UsageFigures:
    """From a summary grouped as the view says."""
    named = _Names(found.rows, view.group_by)
    axis = next((each for each in TIMES if each in view.group_by), view.group_by[0])
    series_by = next((each for each in view.group_by if each is not axis), None)
    parts = []
    for row in found.rows:
        amount = amount_of(row.measures, view.column)
        if amount is not None:
            series = named.of(row, series_by) if series_by else ""
            parts.append(ChartPart(_place(row, axis, named), series, Decimal(amount)))
    return UsageFigures(
        rows=[
            TableRow(tuple(named.of(row, each) for each in view.group_by), _cells(row.measures, view))
            for row in found.rows
        ],
        totals=totals_of(found, view),
        parts=parts,
        axis=axis,
        series_by=series_by,
    )


def totals_of(found: Summary, view: UsageView) -> TableRow:
    """Of all rows, also where there are too many to show."""
    return TableRow((), _cells(found.totals, view))


def _cells(measures: Measures, view: UsageView) -> tuple[Cell, ...]:
    return tuple(_cell(measures, column) for column in view.columns)


def _cell(measures: Measures, column: str) -> Cell:
    amount = amount_of(measures, column)
    missing = "not estimated" if column.startswith(("co2e", "energy")) else "not reported"
    if amount is None:
        return Cell(column, None, None, missing)
    if isinstance(amount, int):
        return Cell(column, str(amount), f"{amount:,}", missing, _known(measures, column))
    written = quantities.mass(amount) if column.startswith("co2e") else quantities.energy(amount)
    return Cell(column, f"{amount:f}", written, missing)


def _known(measures: Measures, column: str) -> str:
    known = measures.known_rows.get(column, measures.usage_rows)
    if known == measures.usage_rows:
        return ""
    return f"of {quantities.percent(Decimal(known), Decimal(measures.usage_rows))} of it"


class _Names:
    """How each value of a dimension is called; two that would be called the same get their ids."""

    def __init__(self, rows: Sequence[SummaryRow], group_by: Sequence[GroupBy]) -> None:
        self._labels = {each: _labels({_key(row, each): _label(row, each) for row in rows}, each) for each in group_by}

    def of(self, row: SummaryRow, by: GroupBy) -> str:
        return self._labels[by][_key(row, by)]


def _labels(plain: dict[object, str], by: GroupBy) -> dict[object, str]:
    often = Counter(plain.values())
    kind: Kind = "proj" if by is GroupBy.PROJECT else "conn"
    return {
        key: f"{label} ({public_id(kind, key)})" if often[label] > 1 and isinstance(key, int) else label
        for key, label in plain.items()
    }


def _key(row: SummaryRow, by: GroupBy) -> object:
    return row.group[_KEY_FIELDS.get(by, by.value)]


def _label(row: SummaryRow, by: GroupBy) -> str:
    value = row.group[_NAME_FIELDS.get(by, _KEY_FIELDS.get(by, by.value))]
    match value:
        case None:
            return _NOBODY[by]
        case datetime():
            return f"{written_date(value)}, {value:%H:%M}"  # the heading says that it is UTC
        case date():
            return written_date(_midnight(value))
        case _:
            return PROVIDER_NAMES.get(str(value), str(value)) if by is GroupBy.PROVIDER else str(value)


def _place(row: SummaryRow, axis: GroupBy, named: _Names) -> datetime | str:
    match row.group.get(axis.value):
        case datetime() as hour:
            return hour
        case date() as day:
            return _midnight(day)
        case _:
            return named.of(row, axis)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
