"""/v1/corrections on the wire: history moved on purpose, with a reason, and back."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from psycopg.types.range import Range

from app.api.application import create_api
from app.context import ServerContext
from core.clock import FixedClock
from tests.app.api.mapped import ALL, Mapped, key, part
from tests.app.serving import serving
from tests.app.world import World
from warehouse.build import build

pytestmark = pytest.mark.database

TWO_DAYS = {"start": "2026-11-20", "end": "2026-11-22"}


def test_a_correction_is_made_listed_audited_and_touches_its_days(mapped: Mapped) -> None:
    search = mapped.project("Search")
    span = {"start": "2026-11-19T22:30:00.000001Z", "end": "2026-11-21T00:00:00Z"}
    answer = mapped.correct(
        mapped.hourly, selector=key("key_1"), project_id=search, reason=" Cafe\u0301: wrong ", **span
    )
    made = answer.json()
    assert answer.status_code == 201
    assert made == span | {
        "id": made["id"],
        "connection_id": f"conn_{mapped.hourly.connection_id}",
        "selector": key("key_1"),
        "project_id": search,
        "project_name": "Search",
        "reason": "Café: wrong",
        "made_by": mapped.key_id(),
        "made_at": "2026-11-22T12:00:00Z",
        "withdrawn_by": None,
        "withdrawn_at": None,
    }
    listed = mapped.client.get("/v1/corrections", headers=mapped.ada.by_read_key).json()
    assert listed == {"data": [made], "next_cursor": None}
    assert mapped.audited("correction.made") == [
        {"actor": mapped.key_id(), "act": "correction.made", "subject": made["id"], "reason": "Café: wrong"}
    ]
    assert mapped.touches() == [
        {
            "account_id": mapped.hourly.account_id,
            "days": Range(date(2026, 11, 19), date(2026, 11, 21)),
            "cause": "correction.made",
        }
    ]


def test_a_correction_may_reach_back_to_the_first_usage_and_up_to_now(mapped: Mapped) -> None:
    made = mapped.correct(mapped.hourly, start=None, end="2026-11-22T12:00:00Z").json()
    assert (made["start"], made["end"]) == (None, "2026-11-22T12:00:00Z")
    assert mapped.touches()[0]["days"] == Range(None, date(2026, 11, 23))


def test_withdrawing_is_kept_and_twice_is_once(mapped: Mapped) -> None:
    made = mapped.correct(mapped.hourly).json()
    mapped.clock.advance(timedelta(hours=1))
    address = f"/v1/corrections/{made['id']}/withdraw"
    first = mapped.client.post(address, headers=mapped.ada.by_cookie)
    mapped.clock.advance(timedelta(hours=1))
    second = mapped.client.post(address, headers=mapped.ada.by_key)
    withdrawn = made | {"withdrawn_by": f"user_{mapped.ada.user_id}", "withdrawn_at": "2026-11-22T13:00:00Z"}
    assert (first.status_code, first.json(), second.json()) == (200, withdrawn, withdrawn)
    assert [each["cause"] for each in mapped.touches()] == ["correction.made", "correction.withdrawn"]
    assert [each["subject"] for each in mapped.audited("correction.withdrawn")] == [made["id"]]
    assert mapped.client.get("/v1/corrections", headers=mapped.ada.by_key).json()["data"] == [withdrawn]


def test_a_deleted_connections_history_and_an_archived_project_can_be_corrected(mapped: Mapped) -> None:
    search = mapped.project("Search")
    mapped.patch(search, is_archived=True).raise_for_status()
    with mapped.context.database.worker() as connection:
        connection.execute(
            "update ops.connections set status = 'deleted', secret_arn = null, deleted_at = %s where id = %s",
            [mapped.clock.now(), mapped.hourly.connection_id],
        )
    assert mapped.correct(mapped.hourly, project_id=search).status_code == 201


def test_a_correction_leaves_the_mapping_alone(mapped: Mapped) -> None:
    before = mapped.mapping(mapped.hourly)
    mapped.correct(mapped.hourly, project_id=mapped.project("Search")).raise_for_status()
    assert mapped.mapping(mapped.hourly) == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"end": "2026-11-22T12:00:00.000001Z"}, "invalid-correction"),
        ({"end": "2026-12-01"}, "invalid-correction"),
        ({"start": "2026-11-21", "end": "2026-11-21"}, "invalid-correction"),
        ({"start": "2026-11-22"}, "invalid-correction"),
        ({"start": "yesterday"}, "invalid-time-range"),
        ({"end": "2026-11-21T00:00:00"}, "invalid-time-range"),
        ({"end": None}, "invalid-input"),
        ({"selector": part("a\nb")}, "invalid-selector"),
        ({"selector": {"kind": "account", "value": "some"}}, "invalid-selector"),
        ({"project_id": "proj_987654321"}, "unknown-project"),
        ({"project_id": "conn_1"}, "unknown-project"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_and_so_is_its_preview(
    standing: Mapped, changes: dict[str, Any], code: str
) -> None:
    made = standing.correct(standing.hourly, **changes)
    body = {"selector": ALL, "start": "2026-11-20", "end": "2026-11-21", "project_id": standing.default} | changes
    body["connection_id"] = f"conn_{standing.hourly.connection_id}"
    preview = standing.client.post("/v1/corrections/preview", json=body, headers=standing.ada.by_read_key)
    for refused in (made, preview):
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert standing.client.get("/v1/corrections", headers=standing.ada.by_key).json()["data"] == []


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\nb", "a\x00", "\u202ea"])
def test_a_correction_takes_a_reason(standing: Mapped, reason: str) -> None:
    refused = standing.correct(standing.hourly, reason=reason)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-reason")


def test_keys_are_not_corrected_where_the_provider_does_not_tell_them(standing: Mapped) -> None:
    assert standing.correct(standing.daily, selector=key("key_1")).json()["code"] == "invalid-selector"


def test_analytics_follow_the_latest_correction_that_stands_and_the_mapping_again_without_it(
    own_built_context: ServerContext, world: World, clock: FixedClock
) -> None:
    """Ada's OpenAI usage of 20 to 22 November goes to the default project; Claude's and the router's to Search."""
    default, search = f"proj_{world.ada.project_id}", f"proj_{world.ada_search_project}"
    usage = {"connection_id": f"conn_{world.ada_openai.connection_id}", "selector": ALL}
    because = {"reason": "Search made it"}
    with (
        serving(create_api(own_built_context)) as url,
        httpx.Client(base_url=url, headers=world.ada.by_key, timeout=60) as client,
    ):

        def output_by_project() -> dict[str, int]:
            answer = client.get("/v1/telemetry/summary", params=TWO_DAYS | {"group_by": "project"}).raise_for_status()
            return {row["project_id"]: row["output_tokens"] for row in answer.json()["data"]}

        def rebuilt() -> dict[str, int]:
            build(own_built_context.database, clock=clock)
            return output_by_project()

        assert output_by_project() == {default: 200 + 2 + 70 + 100, search: 900}
        planned = usage | {"project_id": search, "end": "2026-11-20T10:00:00Z"}
        preview = client.post("/v1/corrections/preview", json=planned).raise_for_status().json()
        assert [
            (row["tokens"], row["project_before"]["id"], row["project_after"]["id"]) for row in preview["data"]
        ] == [(5_200, default, search)]
        first = client.post("/v1/corrections", json=planned | because)
        assert rebuilt() == {default: 2 + 70 + 100, search: 900 + 200}
        second = client.post("/v1/corrections", json=usage | because | {"project_id": default, "end": "2026-11-21"})
        assert rebuilt() == {default: 200 + 2 + 70 + 100, search: 900}
        client.post(f"/v1/corrections/{second.json()['id']}/withdraw").raise_for_status()
        assert rebuilt() == {default: 2 + 70 + 100, search: 900 + 200}
        client.post(f"/v1/corrections/{first.json()['id']}/withdraw").raise_for_status()
        assert rebuilt() == {default: 200 + 2 + 70 + 100, search: 900}
