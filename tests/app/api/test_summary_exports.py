"""/v1/exports/summary: the rows of a summary as files, in its order."""

import io
import json

import httpx
import pytest
from pyarrow import parquet

from app.api.application import create_api
from app.api.exports_json import SummaryExportBody
from app.context import ServerContext
from app.telemetry.summary import MOST_ROWS
from tests.app.api.test_exports import BOUNDS, ESTIMATES, NOVEMBER, ask, lines
from tests.app.exported import rows_of
from tests.app.many_rows import copy_usage
from tests.app.serving import serving
from tests.app.world import World, hour

pytestmark = pytest.mark.database

ENDINGS = ("csv", "json", "parquet")
COUNTERS = ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
ALWAYS = [
    "usage_rows",
    "factor_versions",
    "tokens",
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
    "unestimated_usage_rows",
    "unknown_model_usage_rows",
]


@pytest.mark.parametrize(
    ("group_by", "first"),
    [
        ("", []),
        ("day,model", ["day", "model"]),
        ("key,hour", ["api_key_id", "hour"]),
        (
            "project,provider,connection",
            ["project_id", "project_name", "provider", "connection_id", "connection_label"],
        ),
    ],
)
def test_the_header_has_the_dimensions_in_the_order_asked_and_then_stays(
    built_api: httpx.Client, world: World, group_by: str, first: list[str]
) -> None:
    asked = {**NOVEMBER, "group_by": group_by}
    header = ask(built_api, world, "summary.csv", asked).content.partition(b"\r\n")[0].decode()
    assert header.split(",") == first + ALWAYS
    assert parquet.read_schema(io.BytesIO(ask(built_api, world, "summary.parquet", asked).content)).names == (
        first + ALWAYS
    )


def test_the_json_says_what_it_covers_and_has_the_rows(built_api: httpx.Client, world: World) -> None:
    asked = {**NOVEMBER, "group_by": "model,key", "provider": "openai", "sort": "-tokens"}
    answer = ask(built_api, world, "summary.json", asked)
    body = SummaryExportBody.model_validate_json(answer.content, strict=True)
    assert (body.group_by, body.sort, body.filters.provider) == (["model", "key"], "-tokens", "openai")
    assert (body.summary_rows, len(body.factor_versions)) == (5, 1)
    assert [(row.model, row.api_key_id, row.tokens) for row in body.data] == [
        ("zorblax-9", "key_2", 5_600),
        ("gpt-5", None, 5_200),
        ("gpt-image-1", None, 1_000),
        ("gpt-4o-mini", None, 420),
        ("gpt-5", "key_1", 12),
    ]
    metadata = parquet.read_schema(io.BytesIO(ask(built_api, world, "summary.parquet", asked).content)).metadata
    covered = json.loads(metadata[b"carbonledger"])
    assert (covered["group_by"], covered["sort"]) == (["model", "key"], "-tokens")


def test_a_line_names_the_methodology_of_its_estimate(built_api: httpx.Client, world: World) -> None:
    (line,) = lines(ask(built_api, world, "summary.csv", NOVEMBER))
    assert line["factor_versions"].startswith("2026.1")
    assert line["usage_rows"] == "8"


@pytest.mark.parametrize("ending", ENDINGS)
def test_of_nothing_there_is_no_row(built_api: httpx.Client, world: World, ending: str) -> None:
    october = {"start": "2026-10-01", "end": "2026-11-01"}
    for group_by in ("", "day,model"):
        answer = ask(built_api, world, f"summary.{ending}", {**october, "group_by": group_by})
        assert rows_of(answer.raise_for_status().content, ending) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_not_theirs_is_not_found(built_api: httpx.Client, world: World, ending: str) -> None:
    for name, identifier in (
        ("connection_id", f"conn_{world.bob_openai.connection_id}"),
        ("project_id", f"proj_{world.bob.project_id}"),
    ):
        refused = ask(built_api, world, f"summary.{ending}", {**NOVEMBER, "group_by": "key", name: identifier})
        assert (refused.status_code, refused.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize(
    ("parameters", "code"),
    [({"group_by": "colour"}, "unknown-group-by"), ({"group_by": "day", "sort": "model"}, "unknown-sort")],
)
def test_what_cannot_be_asked_is_refused(
    built_api: httpx.Client, world: World, parameters: dict[str, str], code: str
) -> None:
    refused = ask(built_api, world, "summary.csv", parameters)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_a_browser_saves_it_under_a_name_that_says_what_it_is_by(built_api: httpx.Client, world: World) -> None:
    answer = ask(built_api, world, "summary.csv", {**NOVEMBER, "group_by": "day,key"})
    name = "carbonledger-summary-by-day-key-2026-11-01-2026-12-01.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_more_rows_than_an_answer_has_are_all_in_the_file(own_built_context: ServerContext, world: World) -> None:
    database = own_built_context.database
    copy_usage(database, world.ada.org_id, count=MOST_ROWS, start=hour(10, 0))
    with database.worker() as connection:
        connection.execute("update marts.fct_usage set api_key_id = usage_hash where bucket_started_at < '2026-11-18'")
    asked = {**NOVEMBER, "group_by": "key", "sort": "-tokens"}
    with serving(create_api(own_built_context)) as url, httpx.Client(base_url=url, timeout=60) as client:
        refused = client.get("/v1/telemetry/summary", params=asked, headers=world.ada.by_read_key)
        assert refused.json()["code"] == "too-many-rows"
        rows = lines(ask(client, world, "summary.csv", asked))
        by_hour = {"start": "2026-01-01", "end": "2027-01-01", "group_by": "hour"}
        hours = lines(ask(client, world, "summary.csv", by_hour))
    assert len(rows) == len({row["api_key_id"] for row in rows}) == MOST_ROWS + 3
    assert sum(int(row["usage_rows"]) for row in hours) == MOST_ROWS + 8
