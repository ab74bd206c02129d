"""One question, one answer: the summary of the API, the three files, and what the usage page shows of it."""

from datetime import date, datetime
from decimal import Decimal
from itertools import permutations
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.dashboard.gathered_parts import gathered
from app.dashboard.usage_figures import Cell, UsageFigures, usage_figures
from app.dashboard.usage_view import BOUNDS, MEASURES, TIMES, UsageView, view_of
from app.telemetry.grouping import GroupBy
from app.telemetry.sorting import MEASURED_COLUMNS
from app.telemetry.summary import summary
from app.telemetry.time_span import TimeSpan, instant_of
from app.telemetry.usage_filter import UsageFilter
from core.database import Database
from core.ids import database_key
from tests.app.exported import MEASURED, measured, rows_of, sums
from tests.app.world import World

pytestmark = pytest.mark.database

DAYS = [f"2026-11-{day:02d}" for day in range(18, 25)] + ["2026-11-20T09:00:00Z", "2026-11-20T09:30:00Z"]
MODELS = ["gpt-5", "zorblax-9", "gpt-image-1", "openai/gpt-5", "claude-sonnet-4-5"]
GROUPINGS = [[each] for each in GroupBy] + [list(two) for two in permutations(GroupBy, 2)]
DIMENSIONS = (
    "model", "day", "hour", "provider", "project_id", "project_name", "connection_id", "connection_label", "api_key_id"
)  # fmt: skip


@given(data=st.data())
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_api_files_and_page_say_the_same(
    built_api: httpx.Client, built_database: Database, world: World, data: st.DataObject
) -> None:
    parameters, view = _question(data, world)

    def asked(path: str) -> httpx.Response:
        return built_api.get(path, params=parameters, headers=world.ada.by_read_key).raise_for_status()

    answer = asked("/v1/telemetry/summary").json()
    rows = [_told(row) for row in answer["data"]]
    for ending in ("csv", "json", "parquet"):
        assert [_told(row) for row in rows_of(asked(f"/v1/exports/summary.{ending}").content, ending)] == rows, ending
    assert sums([row | {"is_counted": True} for row in rows]) == measured(answer["totals"])
    _assert_shown(_page(built_database, world, parameters, view), answer, view)


def _question(data: st.DataObject, world: World) -> tuple[dict[str, str], UsageView]:
    start, end = sorted(data.draw(st.lists(st.sampled_from(sorted(DAYS)), min_size=2, max_size=2, unique=True)))
    filters = {
        "provider": st.sampled_from(["openai", "anthropic", "openrouter"]),
        "model": st.sampled_from(MODELS),
        "project_id": st.sampled_from([f"proj_{world.ada_search_project}", f"proj_{world.ada.project_id}"]),
        "connection_id": st.sampled_from(
            [f"conn_{each.connection_id}" for each in (world.ada_openai, world.ada_openrouter)]
        ),
    }
    group_by = data.draw(st.sampled_from(GROUPINGS))
    measure, bound = data.draw(st.sampled_from(list(MEASURES))), data.draw(st.sampled_from(list(BOUNDS)))
    columns = [*group_by, *MEASURED_COLUMNS]
    sort = data.draw(st.none() | st.sampled_from([*columns, *(f"-{column}" for column in columns)]))
    view = view_of(group_by, measure=measure, bound=bound, sort=sort)
    parameters = {"start": start, "end": end, "group_by": ",".join(group_by)}
    parameters |= {"sort": view.sort.text} if view.sort else {}
    return parameters | data.draw(st.fixed_dictionaries({}, optional=filters)), view


def _page(database: Database, world: World, parameters: dict[str, str], view: UsageView) -> UsageFigures:
    only = UsageFilter(
        provider=parameters.get("provider"),
        model=parameters.get("model"),
        project_id=database_key("proj", parameters.get("project_id", "")),
        connection_id=database_key("conn", parameters.get("connection_id", "")),
    )
    span = TimeSpan(instant_of(parameters["start"], "start"), instant_of(parameters["end"], "end"))
    found = summary(database, world.ada.org_id, span=span, group_by=view.group_by, only=only, sort=view.sort)
    return usage_figures(found, view)


def _assert_shown(figures: UsageFigures, answer: dict[str, Any], view: UsageView) -> None:
    """Digit by digit, row by row; and the chart's parts are the total of what it plots, before and after gathering."""
    assert [_digits(row.cells) for row in figures.rows] == [_api_digits(row, view) for row in answer["data"]]
    total = _api_digits(answer["totals"], view)
    assert _digits(figures.totals.cells) == total
    plotted = Decimal(total[view.column] or 0)
    assert sum(part.amount for part in figures.parts) == plotted
    shown = gathered(figures.parts, is_over_time=figures.axis in TIMES)
    assert sum(part.amount for part in shown.parts) == plotted


def _digits(cells: tuple[Cell, ...]) -> dict[str, str | None]:
    return {cell.column: cell.exact for cell in cells}


def _api_digits(row: dict[str, Any], view: UsageView) -> dict[str, str | None]:
    flat = dict(row)
    for name in ("co2e_grams", "energy_wh"):
        flat |= {f"{name}_{bound}": (row[name] or {}).get(bound) for bound in BOUNDS}
    return {column: None if flat[column] is None else str(flat[column]) for column in view.columns}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the API or of a file: its dimensions as text, its measures as decimals."""
    flat = row if MEASURED[-1] in row else row | measured(row)
    dimensions = {name: _text(flat[name]) for name in DIMENSIONS if name in flat}
    return dimensions | {name: None if flat[name] is None else Decimal(flat[name]) for name in ("tokens", *MEASURED)}


def _text(value: object) -> str | None:
    match value:
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case None | str():
            return value
        case _:
            raise AssertionError(value)
