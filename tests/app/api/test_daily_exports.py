"""/v1/exports/daily-emissions: the days that the dashboard draws, as files."""

from typing import Any

import httpx
import pytest

from app.api.exports_json import DailyEmissionsExportBody
from tests.app.api.test_exports import BOUNDS, ESTIMATES, NOVEMBER, ask, lines
from tests.app.exported import measured
from tests.app.world import World

pytestmark = pytest.mark.database

COUNTERS = ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


def test_the_header_is_documented_and_stays(built_api: httpx.Client, world: World) -> None:
    header = ask(built_api, world, "daily-emissions.csv").content.partition(b"\r\n")[0].decode()
    assert header.split(",") == [
        "day",
        "project_id",
        "project_name",
        "connection_id",
        "connection_label",
        "provider",
        "model",
        "model_class",
        "class_confidence",
        "host",
        "factor_version",
        "is_counted",
        "usage_rows",
        *(f"{counter}_tokens" for counter in COUNTERS),
        "requests",
        *(f"{name}_{bound}" for name in ESTIMATES for bound in BOUNDS),
        *(
            f"{emitter}_co2e_grams_{bound}"
            for emitter in ("uncached_input", "cache_read", "cache_write", "output")
            for bound in BOUNDS
        ),
        *(f"{counter}_known_rows" for counter in COUNTERS),
        "requests_known_rows",
    ]


def test_a_line_is_what_a_day_adds_up_to(built_api: httpx.Client, world: World) -> None:
    only = {"start": "2026-11-20", "end": "2026-11-21", "model": "gpt-5"}
    (line,) = lines(ask(built_api, world, "daily-emissions.csv", only))
    assert line["factor_version"].startswith("2026.1")
    assert list(line.values())[:10] + list(line.values())[11:19] == [
        "2026-11-20",
        f"proj_{world.ada.project_id}",
        "Default",
        f"conn_{world.ada_openai.connection_id}",
        "Ada OpenAI",
        "openai",
        "gpt-5",
        "L",
        "low",
        "openai",
        "true",
        "2",
        "1010",
        "4000",
        "",
        "",
        "202",
        "4",
    ]
    assert [line[f"{counter}_known_rows"] for counter in COUNTERS] == ["2", "2", "0", "0", "2"]


def test_the_json_says_what_it_covers_and_has_the_lines(built_api: httpx.Client, world: World) -> None:
    answer = ask(built_api, world, "daily-emissions.json", {**NOVEMBER, "provider": "openai"})
    body = DailyEmissionsExportBody.model_validate_json(answer.content)
    table = lines(ask(built_api, world, "daily-emissions.csv", {**NOVEMBER, "provider": "openai"}))
    assert body.filters.model_dump() == {
        "provider": "openai",
        "model": None,
        "project_id": None,
        "connection_id": None,
    }
    assert (body.daily_rows, len(body.data), len(body.factor_versions)) == (4, 4, 1)
    assert [(row.day.isoformat(), row.model) for row in body.data] == [(row["day"], row["model"]) for row in table]


def test_the_days_are_the_summarys(built_api: httpx.Client, world: World) -> None:
    """Of the summary by day, connection, project and model, which no row that is left out belongs to."""
    groups = {**NOVEMBER, "group_by": "day,connection,project,model"}
    summary = built_api.get("/v1/telemetry/summary", params=groups, headers=world.ada.by_read_key).json()["data"]
    days = ask(built_api, world, "daily-emissions.json").json()["data"]

    def told(row: dict[str, Any]) -> tuple[Any, ...]:
        return (row["day"], row["connection_id"], row["project_name"], row["model"], measured(row), row["known_rows"])

    def place(row: dict[str, Any]) -> tuple[str, str, str]:
        return (row["day"], row["connection_id"], row["model"])

    assert [told(row) for row in sorted(days, key=place) if row["is_counted"]] == [
        told(row) for row in sorted(summary, key=place)
    ]


def test_a_browser_saves_it_under_a_name_of_ours(built_api: httpx.Client, world: World) -> None:
    answer = ask(built_api, world, "daily-emissions.parquet")
    name = "carbonledger-daily-emissions-2026-11-01-2026-12-01.parquet"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Content-Type"] == "application/vnd.apache.parquet"
