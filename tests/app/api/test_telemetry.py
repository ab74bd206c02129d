"""/v1/telemetry on the wire: the digits of the marts, and refusals of what cannot be asked."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import httpx
import pytest
from pydantic import BaseModel

from app.api.application import create_api
from app.api.telemetry_answers import SummaryBody
from app.api.usage_answers import UsagePageBody
from app.context import ServerContext
from app.telemetry.coverage import account_coverage
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import UsageFilter
from core.database import fetch_one
from tests.app.serving import serving
from tests.app.world import NOW, World, hour

pytestmark = pytest.mark.database

Parameters = dict[str, str | int | Sequence[str]]
NOVEMBER: Parameters = {"start": "2026-11-01", "end": "2026-12-01"}


def ask(client: httpx.Client, world: World, path: str, **parameters: str | int | Sequence[str]) -> httpx.Response:
    return client.get(f"/v1/telemetry/{path}", params=NOVEMBER | parameters, headers=world.ada.by_read_key)


def exact(micro: Decimal) -> str:
    """The digits of a millionth, moved by hand."""
    digits = f"{int(micro * 10**6):013d}"
    return f"{digits[:-12]}.{digits[-12:]}".rstrip("0").rstrip(".")


def test_the_answers_digits_are_the_sums_of_the_mart(
    built_api: httpx.Client, built_context: ServerContext, world: World
) -> None:
    answer = ask(built_api, world, "summary", group_by="provider").json()
    with built_context.database.worker() as connection:
        for row in [*answer["data"], answer["totals"]]:
            sums = fetch_one(
                connection,
                "select sum(co2e_micrograms_low) as low, sum(co2e_micrograms_central) as central,"
                " sum(co2e_micrograms_high) as high, sum(energy_micro_wh_central) as energy,"
                " sum(avoided_by_cache_micrograms_central) as avoided, sum(output_tokens) as output"
                " from marts.fct_usage where org_id = %(org)s and is_counted"
                " and provider = coalesce(%(provider)s, provider)",
                {"org": world.ada.org_id, "provider": row.get("provider")},
            )
            assert row["co2e_grams"] == {bound: exact(sums[bound]) for bound in ("low", "central", "high")}
            assert row["energy_wh"]["central"] == exact(sums["energy"])
            assert (row["avoided_by_cache_grams"] or {}).get("central") == (
                None if sums["avoided"] is None else exact(sums["avoided"])
            )
            assert row["output_tokens"] == sums["output"]
    assert [row["provider"] for row in answer["data"]] == ["anthropic", "openai", "openrouter"]


def test_a_summary_says_what_it_covers(built_api: httpx.Client, world: World) -> None:
    answer = ask(built_api, world, "summary", group_by=["day", "model"]).json()
    assert {name: answer[name] for name in ("start", "end", "group_by", "data_through", "built_at")} == {
        "start": "2026-11-01T00:00:00Z",
        "end": "2026-12-01T00:00:00Z",
        "group_by": ["day", "model"],
        "data_through": "2026-11-22T10:00:00Z",
        "built_at": "2026-11-22T12:00:00Z",
    }
    assert answer["unknown_models"] == [{"provider": "openai", "model": "zorblax-9"}]
    assert answer["unestimated_models"] == [{"provider": "openai", "model": "gpt-image-1"}]
    assert answer["left_out"]["requests"] == 5
    assert [each["label"] for each in answer["stalled_connections"]] == ["Ada Router"]


def test_counts_are_integers_and_what_is_not_reported_is_null(built_api: httpx.Client, world: World) -> None:
    rows = {row["provider"]: row for row in ask(built_api, world, "summary", group_by="provider").json()["data"]}
    counts = (
        "uncached_input_tokens",
        "cache_read_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "requests",
    )
    assert [rows["openai"][name] for name in counts] == [7_210, 4_050, None, None, 19]
    assert [rows["anthropic"][name] for name in counts] == [2_011, 30_013, 1_517, 269, None]
    assert [rows["openrouter"][name] for name in counts] == [640, None, None, None, 8]
    assert rows["openrouter"]["avoided_by_cache_grams"] is None
    assert rows["openai"]["co2e_by_counter"]["cache_write"] is None


def test_a_row_has_the_dimensions_that_were_asked_for(built_api: httpx.Client, world: World) -> None:
    (first, *_) = ask(built_api, world, "summary", group_by="project,hour").json()["data"]
    assert {name: first[name] for name in ("project_id", "project_name", "hour")} == {
        "project_id": f"proj_{world.ada.project_id}",
        "project_name": "Default",
        "hour": "2026-11-20T09:00:00Z",
    }
    assert not {"model", "day", "provider", "connection_id", "connection_label"} & first.keys()


def test_repeated_names_and_a_comma_list_are_the_same(built_api: httpx.Client, world: World) -> None:
    repeated = ask(built_api, world, "summary", group_by=["model", "day"])
    assert repeated.content == ask(built_api, world, "summary", group_by="model,day").content


@pytest.mark.parametrize(
    ("parameters", "code", "said"),
    [
        ({"group_by": "colour"}, "unknown-group-by", "model, day, hour, project, connection, provider, key"),
        ({"start": "2026-11-02", "end": "2026-11-01"}, "invalid-time-range", "start has to lie before end"),
        ({"start": "2016-11-02"}, "invalid-time-range", "too long"),
        ({"start": "2025-11-02", "group_by": "hour"}, "invalid-time-range", "62 days"),
        ({"start": "2026-08-02", "group_by": "key"}, "invalid-time-range", "92 days"),
        ({"group_by": "day", "sort": "-model"}, "unknown-sort", "day, co2e_grams_low, co2e_grams_central"),
        ({"start": "soon"}, "invalid-time-range", "neither a date"),
        ({"provider": "mistral"}, "invalid-input", "query.provider"),
        ({"model": "a\x00b"}, "invalid-input", "query.model"),
    ],
)
def test_what_cannot_be_asked(
    built_api: httpx.Client, world: World, parameters: dict[str, str], code: str, said: str
) -> None:
    for path in ("summary", "usage"):
        if path == "usage" and "group_by" in parameters:
            continue
        refused = ask(built_api, world, path, **parameters)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
        assert said in refused.json()["detail"]


@pytest.mark.parametrize("name", ["project_id", "connection_id"])
@pytest.mark.parametrize("identifier", ["{other}", "x_1", "proj_0", "conn_99999999999999999999", "conn_²", ""])
def test_an_id_that_is_not_theirs_is_not_found(
    built_api: httpx.Client, world: World, name: str, identifier: str
) -> None:
    others = {"project_id": f"proj_{world.bob.project_id}", "connection_id": f"conn_{world.bob_openai.connection_id}"}
    for path in ("summary", "usage", "coverage"):
        answer = ask(built_api, world, path, **{name: identifier.format(other=others[name])})
        assert answer.status_code == 404


def test_usage_rows_come_in_pages(built_api: httpx.Client, world: World) -> None:
    rows: list[dict[str, object]] = []
    cursor: str | None = None
    pages = 0
    while cursor is not None or not pages:
        page = ask(built_api, world, "usage", limit=4, **({"cursor": cursor} if cursor else {})).json()
        rows, cursor, pages = rows + page["data"], page["next_cursor"], pages + 1
    assert (len(rows), len({row["id"] for row in rows}), pages) == (9, 9, 3)
    whole = ask(built_api, world, "usage").json()
    assert (whole["data"], whole["next_cursor"]) == (rows, None)


def test_a_cursor_of_another_question_is_refused(built_api: httpx.Client, world: World) -> None:
    cursor = ask(built_api, world, "usage", limit=1).json()["next_cursor"]
    refused = ask(built_api, world, "usage", limit=1, cursor=cursor, model="gpt-5")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-cursor")


def test_every_mass_is_text_and_every_count_is_whole(built_api: httpx.Client, world: World) -> None:
    """No float anywhere in an answer: JSON's numbers are read as text here, and none has a point."""
    for path in ("summary", "usage"):
        text = ask(built_api, world, path).text
        json.loads(text, parse_float=pytest.fail)


@pytest.mark.parametrize(
    ("path", "body", "group_by"),
    [
        ("summary", SummaryBody, "model,day,project,connection,provider"),
        ("summary", SummaryBody, "hour,key"),
        ("usage", UsagePageBody, ""),
    ],
)
def test_what_is_sent_has_the_shape_that_the_document_says(
    built_api: httpx.Client, world: World, path: str, body: type[BaseModel], group_by: str
) -> None:
    text = ask(built_api, world, path, **({"group_by": group_by} if group_by else {})).text
    read = body.model_validate_json(text, strict=True)
    assert json.loads(read.model_dump_json(exclude_unset=True)) == json.loads(text)


def test_coverage_fills_the_span_of_each_account(built_api: httpx.Client, world: World) -> None:
    answer = ask(built_api, world, "coverage").json()
    assert [each["connection_label"] for each in answer["data"]] == ["Ada OpenAI", "Ada Claude", "Ada Router"]
    for account in answer["data"]:
        edges = [answer["start"], *(span["end"] for span in account["spans"])]
        assert [span["start"] for span in account["spans"]] == edges[:-1]
        assert edges[-1] == answer["end"]
        assert {span["state"] for span in account["spans"]} == {"missing", "not-yet"}  # nothing was polled here


def test_coverage_can_be_of_some_accounts(built_api: httpx.Client, world: World) -> None:
    def labels(**parameters: str) -> list[str]:
        return [each["connection_label"] for each in ask(built_api, world, "coverage", **parameters).json()["data"]]

    search, default = f"proj_{world.ada_search_project}", f"proj_{world.ada.project_id}"
    assert labels(project_id=search) == ["Ada Claude", "Ada Router"]
    assert labels(project_id=default) == ["Ada OpenAI"]
    assert labels(project_id=search, provider="anthropic") == ["Ada Claude"]
    assert labels(connection_id=f"conn_{world.ada_openrouter.connection_id}") == ["Ada Router"]


def test_coverage_of_a_project_follows_mapping_and_corrections(own_built_context: ServerContext, world: World) -> None:
    database, org_id = own_built_context.database, world.ada.org_id

    def accounts(start: datetime, end: datetime) -> list[str]:
        only = UsageFilter(project_id=world.ada_search_project)
        found = account_coverage(database, org_id, span=TimeSpan(start, end), now=NOW, only=only)
        return [each.connection_label for each in found]

    with database.worker() as connection:
        connection.execute(
            "update ops.workloads set in_force = '(,2026-11-20 10:30+00)' where account_id = %s",
            [world.ada_anthropic.account_id],
        )
        connection.execute(
            "insert into ops.usage_corrections (org_id, account_id, selector_kind, selector_value, span, project_id,"
            " reason, made_by, made_at) values (%s, %s, 'account', '(all)', '[2026-11-20,2026-11-21)', %s, 'Ours',"
            " 'user_1', '2026-11-22')",
            [org_id, world.ada_openai.account_id, world.ada_search_project],
        )
    assert accounts(hour(20, 10), hour(20, 11)) == ["Ada OpenAI", "Ada Claude", "Ada Router"]
    assert accounts(hour(20, 11), hour(20, 12)) == ["Ada OpenAI", "Ada Router"]
    assert accounts(hour(21, 0), hour(22, 0)) == ["Ada Router"]
    with database.worker() as connection:
        connection.execute("update ops.usage_corrections set withdrawn_by = 'user_1', withdrawn_at = made_at")
    assert accounts(hour(20, 10), hour(20, 11)) == ["Ada Claude", "Ada Router"]


def test_an_archived_project_is_asked_for_by_its_name_of_today(own_built_context: ServerContext, world: World) -> None:
    search = f"proj_{world.ada_search_project}"
    with own_built_context.database.worker() as connection:
        connection.execute(
            "update ops.projects set name = 'Suche', archived_at = %s where id = %s", [NOW, world.ada_search_project]
        )
    with serving(create_api(own_built_context)) as url, httpx.Client(base_url=url, timeout=60) as client:
        (row,) = ask(client, world, "summary", group_by="project", project_id=search).json()["data"]
        assert (row["project_id"], row["project_name"], row["usage_rows"]) == (search, "Suche", 3)
        by_project = ask(client, world, "summary", group_by="project").json()["data"]
        assert [each["project_name"] for each in by_project] == ["Default", "Suche"]
        assert {each["project_name"] for each in ask(client, world, "usage", project_id=search).json()["data"]} == {
            "Suche"
        }
        exported = client.get("/v1/exports/usage.json", params=NOVEMBER, headers=world.ada.by_read_key).json()["data"]
        assert {each["project_name"] for each in exported} == {"Default", "Suche"}
        covered = ask(client, world, "coverage", project_id=search).json()["data"]
        assert [each["connection_label"] for each in covered] == ["Ada Claude", "Ada Router"]
