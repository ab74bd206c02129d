"""The table of the usage page as its template takes it: headings that sort, a page of its rows, and the files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.dashboard import address
from app.dashboard.page_list import USAGE
from app.dashboard.usage_figures import TableRow, UsageFigures
from app.dashboard.usage_view import DIMENSIONS, TIMES, UsageView, title_of
from app.telemetry.grouping import GroupBy

ROWS_ON_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Heading:
    """`link` leads to the table sorted by this column, or the other way round where it is already."""

    title: str
    link: str
    sorted: Literal["ascending", "descending", "none"]
    is_plotted: bool
    is_time: bool


@dataclass(frozen=True, slots=True)
class UsageTable:
    dimensions: Sequence[Heading]
    measures: Sequence[Heading]
    rows: Sequence[TableRow]
    totals: TableRow
    count_text: str
    before: str | None
    after: str | None
    exports: Mapping[str, str]


def usage_table(
    figures: UsageFigures, view: UsageView, *, number: int, asked: Mapping[str, str], exports: Mapping[str, str]
) -> UsageTable:
    """Page `number` of it, or the last one. `asked` is what the page's address has."""
    count = len(figures.rows)
    last = max(1, -(-count // ROWS_ON_A_PAGE))
    number = min(number, last)
    first = (number - 1) * ROWS_ON_A_PAGE
    rows = figures.rows[first : first + ROWS_ON_A_PAGE]
    return UsageTable(
        dimensions=[_heading(view, each, _title(each), asked, usually="ascending") for each in view.group_by],
        measures=[_heading(view, each, title_of(each), asked, usually="descending") for each in view.columns],
        rows=rows,
        totals=figures.totals,
        count_text=_count_text(first, len(rows), count),
        before=_page(asked, number - 1) if number > 1 else None,
        after=_page(asked, number + 1) if number < last else None,
        exports=exports,
    )


def _title(by: GroupBy) -> str:
    return f"{DIMENSIONS[by]} (UTC)" if by in TIMES else DIMENSIONS[by]


def _count_text(first: int, shown: int, count: int) -> str:
    if shown == count:
        return f"{count:,} {'row' if count == 1 else 'rows'}"
    return f"Rows {first + 1:,} to {first + shown:,} of {count:,}; files have all of them"


def _heading(
    view: UsageView,
    column: str,
    title: str,
    asked: Mapping[str, str],
    *,
    usually: Literal["ascending", "descending"],
) -> Heading:
    now = _direction(view, column)
    wanted = usually if now == "none" else "descending" if now == "ascending" else "ascending"
    sort = f"-{column}" if wanted == "descending" else column
    link = address.link(USAGE.path, **{**asked, "sort": sort, "page": None})
    return Heading(title, link, now, is_plotted=column == view.column, is_time=column in TIMES)


def _direction(view: UsageView, column: str) -> Literal["ascending", "descending", "none"]:
    if view.sort is None:
        return "ascending" if column == view.group_by[0] else "none"
    if view.sort.column != column:
        return "none"
    return "descending" if view.sort.descending else "ascending"


def _page(asked: Mapping[str, str], number: int) -> str:
    return address.link(USAGE.path, **{**asked, "page": str(number) if number > 1 else None})
