"""/v1/exports: files whose rows add up to the summary, safe to open, whole or visibly not."""

import csv
import io
import json
from collections.abc import Mapping
from decimal import Decimal

import httpx
import pytest

from app.api.application import create_api
from app.api.export_columns import USAGE_COLUMNS
from app.api.exports_json import UsageExportBody
from app.context import ServerContext
from tests.app.exported import rows_of
from tests.app.serving import serving
from tests.app.tenants import a_tenant
from tests.app.world import World

pytestmark = pytest.mark.database

NOVEMBER = {"start": "2026-11-01", "end": "2026-12-01"}
FILES = [f"{table}.{ending}" for table in ("usage", "daily-emissions") for ending in ("csv", "json", "parquet")]
ESTIMATES = ("co2e_grams", "energy_wh", "avoided_by_cache_grams")
BOUNDS = ("low", "central", "high")


def ask(client: httpx.Client, world: World, name: str, parameters: Mapping[str, str] = NOVEMBER) -> httpx.Response:
    return client.get(f"/v1/exports/{name}", params=dict(parameters), headers=world.ada.by_read_key)


def lines(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline=""), strict=True))


def test_the_header_is_documented_and_stays(built_api: httpx.Client, world: World) -> None:
    header = ask(built_api, world, "usage.csv").content.partition(b"\r\n")[0].decode()
    assert header.split(",") == [
        "id",
        "bucket_started_at",
        "bucket_width",
        "project_id",
        "project_name",
        "correction_id",
        "connection_id",
        "connection_label",
        "provider",
        "model",
        "model_class",
        "class_confidence",
        "host",
        "factor_version",
        "upstream",
        "provider_project_id",
        "api_key_id",
        "service_tier",
        "is_batch",
        "is_counted",
        "left_out_reason",
        "revision",
        "observed_at",
        "uncached_input_tokens",
        "cache_read_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "output_tokens",
        "reasoning_tokens",
        "requests",
        *(f"{name}_{bound}" for name in ESTIMATES for bound in BOUNDS),
        *(
            f"{emitter}_co2e_grams_{bound}"
            for emitter in ("uncached_input", "cache_read", "cache_write", "output")
            for bound in BOUNDS
        ),
    ]


def test_a_line_is_what_was_observed(built_api: httpx.Client, world: World) -> None:
    (line,) = lines(ask(built_api, world, "usage.csv", {**NOVEMBER, "model": "claude-opus-4-1"}))
    assert {
        name: line[name] for name, _, _ in USAGE_COLUMNS[1:30] if name not in {"factor_version", "class_confidence"}
    } == {
        "bucket_started_at": "2026-11-22T08:00:00Z",
        "bucket_width": "1h",
        "project_id": f"proj_{world.ada_search_project}",
        "project_name": "Search",
        "correction_id": "",
        "connection_id": f"conn_{world.ada_anthropic.connection_id}",
        "connection_label": "Ada Claude",
        "provider": "anthropic",
        "model": "claude-opus-4-1",
        "model_class": "XXL",
        "host": "anthropic",
        "upstream": "",
        "provider_project_id": "wrkspc_1",
        "api_key_id": "",
        "service_tier": "",
        "is_batch": "",
        "is_counted": "true",
        "left_out_reason": "",
        "revision": "1",
        "observed_at": "2026-11-22T10:00:00Z",
        "uncached_input_tokens": "11",
        "cache_read_tokens": "13",
        "cache_write_5m_tokens": "17",
        "cache_write_1h_tokens": "19",
        "output_tokens": "23",
        "reasoning_tokens": "",
        "requests": "",
    }
    assert line["factor_version"].startswith("2026.1")


def test_both_files_have_the_rows_of_the_usage_pages_in_their_order(built_api: httpx.Client, world: World) -> None:
    pages = built_api.get("/v1/telemetry/usage", params=NOVEMBER, headers=world.ada.by_read_key).json()
    document = ask(built_api, world, "usage.json").json()
    assert document["data"] == pages["data"]
    assert [line["id"] for line in lines(ask(built_api, world, "usage.csv"))] == [row["id"] for row in pages["data"]]


def test_the_json_is_one_document_that_says_what_it_covers(built_api: httpx.Client, world: World) -> None:
    search = f"proj_{world.ada_search_project}"
    answer = ask(built_api, world, "usage.json", {**NOVEMBER, "project_id": search, "provider": "anthropic"})
    body = UsageExportBody.model_validate_json(answer.content)
    assert body.filters.model_dump() == {
        "provider": "anthropic",
        "model": None,
        "project_id": search,
        "connection_id": None,
    }
    assert (body.usage_rows, len(body.data), len(body.factor_versions)) == (2, 2, 1)
    assert json.loads(answer.content)["start"] == "2026-11-01T00:00:00Z"
    assert {row.project_name for row in body.data} == {"Search"}


@pytest.mark.parametrize("name", FILES)
def test_without_rows_a_file_is_whole(built_api: httpx.Client, world: World, name: str) -> None:
    october = {"start": "2026-10-01", "end": "2026-11-01"}
    answer = ask(built_api, world, name, october)
    assert (answer.status_code, rows_of(answer.content, name.partition(".")[2])) == (200, [])


@pytest.mark.parametrize("name", FILES)
def test_before_the_first_build_a_file_is_empty(api: httpx.Client, context: ServerContext, name: str) -> None:
    ada = a_tenant(context.database, "Ada", now=context.clock.now())
    answer = api.get(f"/v1/exports/{name}", headers=ada.by_key)
    assert (answer.status_code, rows_of(answer.content, name.partition(".")[2])) == (200, [])


@pytest.mark.parametrize("name", FILES)
def test_what_is_somebody_elses_is_not_there(built_api: httpx.Client, world: World, name: str) -> None:
    for parameter, value in (
        ("project_id", f"proj_{world.bob.project_id}"),
        ("project_id", "proj_987654321"),
        ("connection_id", f"conn_{world.bob_openai.connection_id}"),
    ):
        answer = ask(built_api, world, name, {**NOVEMBER, parameter: value})
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert ask(built_api, world, name, {"start": "2020-01-01", "end": "2026-01-01"}).status_code == 422


@pytest.mark.parametrize(
    ("span", "file_name"),
    [
        (NOVEMBER, "carbonledger-usage-2026-11-01-2026-12-01.csv"),
        (
            {"start": "2026-11-01T05:00:00+05:00", "end": "2026-11-01T06:30:00Z"},
            "carbonledger-usage-20261101T000000Z-20261101T063000Z.csv",
        ),
    ],
)
def test_a_browser_saves_it_under_a_name_of_ours(
    built_api: httpx.Client, world: World, span: Mapping[str, str], file_name: str
) -> None:
    # A click on a link of our page, and one that was typed: reads by cookie need no Origin.
    for headers in ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}, {"Sec-Fetch-Site": "none"}):
        cookie = {"Cookie": world.ada.by_cookie["Cookie"]}
        answer = built_api.get("/v1/exports/usage.csv", params=dict(span), headers=cookie | headers)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{file_name}"'
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


NAMES = ["=1+1", "＝1", "@SUM(A1)", 'Über, "schön"', "a;-2", "名前", "-5"]


def test_names_are_neutral_in_csv_and_raw_elsewhere(own_built_context: ServerContext, world: World) -> None:
    with serving(create_api(own_built_context)) as url, httpx.Client(base_url=url, timeout=60) as client:
        for name in NAMES:
            with own_built_context.database.worker() as connection:
                connection.execute("update ops.projects set name = %s where id = %s", [name, world.ada_search_project])
                connection.execute(
                    "update ops.connections set label = %s where id = %s", [name, world.ada_anthropic.connection_id]
                )
                connection.execute("update marts.fct_usage set provider_project_id = %s, model = %s", [name, name])
            only = {**NOVEMBER, "provider": "anthropic"}
            neutral = {"a;-2": "a;'-2", NAMES[3]: NAMES[3], "名前": "名前"}.get(name, f"'{name}")
            for line in lines(ask(client, world, "usage.csv", only)):
                columns = ("project_name", "connection_label", "provider_project_id", "model")
                assert {line[column] for column in columns} == {neutral}
            for ending in ("json", "parquet"):
                for row in rows_of(ask(client, world, f"usage.{ending}", only).content, ending):
                    assert {row["project_name"], row["connection_label"], row["model"]} == {name}


def test_a_negative_number_stays_a_number(own_built_context: ServerContext, world: World) -> None:
    with own_built_context.database.worker() as connection:
        connection.execute("update marts.fct_usage set avoided_by_cache_micrograms_low = -1500000.000001")
    with serving(create_api(own_built_context)) as url, httpx.Client(base_url=url, timeout=60) as client:
        only = {**NOVEMBER, "model": "claude-opus-4-1"}
        (line,) = lines(ask(client, world, "usage.csv", only))
        (row,) = rows_of(ask(client, world, "usage.parquet", only).content, "parquet")
    assert line["avoided_by_cache_grams_low"] == "-1.500000000001"
    assert row["avoided_by_cache_grams_low"] == Decimal("-1.500000000001")


def test_a_deleted_connections_usage_is_exported(own_built_context: ServerContext, world: World) -> None:
    with own_built_context.database.worker() as connection:
        connection.execute(
            "update ops.connections set deleted_at = now(), status = 'deleted', secret_arn = null where label = %s",
            ["Ada Claude"],
        )
    with serving(create_api(own_built_context)) as url, httpx.Client(base_url=url, timeout=60) as client:
        found = lines(ask(client, world, "usage.csv", {**NOVEMBER, "provider": "anthropic"}))
    assert [line["connection_label"] for line in found] == ["Ada Claude", "Ada Claude"]
