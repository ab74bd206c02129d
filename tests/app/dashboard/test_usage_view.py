"""What the usage page does with what is picked, without a browser."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.dashboard.gathered_parts import MOST_BARS, gathered
from app.dashboard.palette import OTHER, SERIES
from app.dashboard.usage_figures import Cell, ChartPart, TableRow, UsageFigures
from app.dashboard.usage_table import ROWS_ON_A_PAGE, usage_table
from app.dashboard.usage_view import COUNTED, MEASURES, UsageView, title_of, view_of
from app.telemetry.grouping import GroupBy
from app.telemetry.measures import COUNTERS
from app.telemetry.sorting import MEASURED_COLUMNS, Sort

DAY = datetime(2026, 11, 20, tzinfo=UTC)


def a_view(*group_by: GroupBy, measure: str = "co2e_grams", sort: str | None = None) -> UsageView:
    return view_of(group_by, measure=measure, bound="high", sort=sort)


def test_every_counter_and_column_has_a_title_and_can_be_sorted_by() -> None:
    assert set(COUNTED) == {"tokens", *COUNTERS}
    for measure in MEASURES:
        columns = a_view(GroupBy.MODEL, measure=measure).columns
        assert len(columns) == len(set(columns))
        assert set(columns) <= set(MEASURED_COLUMNS)
        assert all(title_of(column) for column in columns)


@pytest.mark.parametrize(
    ("group_by", "sort", "expected"),
    [
        ((GroupBy.DAY, GroupBy.MODEL), None, None),
        ((GroupBy.MODEL, GroupBy.HOUR), None, None),
        ((GroupBy.MODEL,), None, Sort("co2e_grams_high", descending=True)),
        ((GroupBy.MODEL,), "model", Sort("model", descending=False)),
        ((GroupBy.DAY,), "-requests", Sort("requests", descending=True)),
        ((GroupBy.KEY,), "project", Sort("co2e_grams_high", descending=True)),  # of a dimension that is gone
        ((GroupBy.DAY,), "; drop table", None),
    ],
)
def test_rows_come_as_time_passes_or_the_largest_first_unless_asked(
    group_by: tuple[GroupBy, ...], sort: str | None, expected: Sort | None
) -> None:
    assert a_view(*group_by, sort=sort).sort == expected


def test_the_same_dimension_twice_is_one() -> None:
    assert a_view(GroupBy.DAY, GroupBy.DAY).group_by == (GroupBy.DAY,)


def test_small_parts_are_added_up_and_none_is_lost() -> None:
    parts = [ChartPart(f"model {number:02d}", f"key {number:02d}", Decimal(100 - number)) for number in range(30)]
    shown = gathered(parts, is_over_time=False)
    assert shown.series == [*(f"key {number:02d}" for number in range(len(SERIES) - 1)), "Other (24)"]
    assert shown.places == [*(f"model {number:02d}" for number in range(MOST_BARS - 1)), "Other (16)"]
    assert shown.legend["Other (24)"] == OTHER
    assert sum(part.amount for part in shown.parts) == sum(part.amount for part in parts)
    over_time = gathered([ChartPart(DAY, part.series, part.amount) for part in parts], is_over_time=True)
    assert over_time.places == [DAY]


def test_headings_turn_the_order_round_and_pages_keep_the_rest_of_the_address() -> None:
    rows = [TableRow((f"model {n}",), (Cell("tokens", str(n), str(n), "not reported"),)) for n in range(250)]
    figures = UsageFigures(rows, TableRow((), ()), [], GroupBy.MODEL, None)
    view = a_view(GroupBy.MODEL, measure="tokens", sort="-tokens")
    table = usage_table(figures, view, number=2, asked={"by": "model", "page": "2", "sort": "-tokens"}, exports={})
    assert table.rows == rows[ROWS_ON_A_PAGE : 2 * ROWS_ON_A_PAGE]
    assert table.count_text == "Rows 101 to 200 of 250; files have all of them"
    assert (table.before, table.after) == ("/usage?by=model&sort=-tokens", "/usage?by=model&page=3&sort=-tokens")
    assert [(heading.title, heading.sorted, heading.link) for heading in (*table.dimensions, *table.measures)][:3] == [
        ("Model", "none", "/usage?by=model&sort=model"),
        ("All tokens", "descending", "/usage?by=model&sort=tokens"),
        ("Uncached input", "none", "/usage?by=model&sort=-uncached_input_tokens"),
    ]
    assert usage_table(figures, view, number=9, asked={}, exports={}).rows == rows[200:]
