"""/v1/telemetry/revisions on the wire: each change once, before and after, the last seen first; nobody else's."""

from typing import Any

import httpx
import pytest

from app.context import ServerContext
from app.telemetry.revisions import RevisionTotals, revision_totals
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import UsageFilter
from core.database import fetch_one
from tests.app.tenants import Tenant
from tests.app.world import World, hour

pytestmark = pytest.mark.database

PATH = "/v1/telemetry/revisions"
SEEN = TimeSpan(hour(1, 0), hour(30, 0))


def ask(client: httpx.Client, tenant: Tenant, **parameters: str | int) -> dict[str, Any]:
    asked = {"start": "2026-11-01", "end": "2026-11-30"} | parameters
    answer: dict[str, Any] = client.get(PATH, params=asked, headers=tenant.by_key).raise_for_status().json()
    return answer


def test_each_change_stands_with_what_was_held_before_it(built_api: httpx.Client, world: World) -> None:
    answer = ask(built_api, world.ada)
    revised, removed = answer["data"]
    assert (revised["model"], revised["change"], revised["revision"]) == ("gpt-4o-mini", "revised", 2)
    assert (removed["model"], removed["change"], removed["revision"]) == ("gpt-5", "removed", 2)
    assert (revised["connection_label"], revised["bucket_started_at"]) == ("Ada OpenAI", "2026-11-21T23:00:00Z")
    assert [revised[side]["output_tokens"] for side in ("before", "after")] == [60, 70]
    assert [removed[side]["uncached_input_tokens"] for side in ("before", "after")] == [400, 0]
    assert [revised[side]["seen_at"] for side in ("before", "after")] == [
        "2026-11-22T01:00:00Z",
        "2026-11-22T02:00:00Z",
    ]
    assert removed["after"]["co2e_grams"]["central"] == "0"
    assert answer["next_cursor"] is None


def test_the_last_revision_is_the_usage_row(built_api: httpx.Client, world: World) -> None:
    revised = ask(built_api, world.ada)["data"][0]
    asked = {"start": "2026-11-21", "end": "2026-11-22", "model": "gpt-4o-mini"}
    (row,) = built_api.get("/v1/telemetry/usage", params=asked, headers=world.ada.by_key).json()["data"]
    assert row["id"] == revised["id"]
    for name in ("output_tokens", "uncached_input_tokens", "cache_write_5m_tokens", "requests", "co2e_grams"):
        assert row[name] == revised["after"][name]


def test_pages_and_filters_divide_the_changes(built_api: httpx.Client, world: World) -> None:
    whole = ask(built_api, world.ada)["data"]
    first = ask(built_api, world.ada, limit=1)
    second = ask(built_api, world.ada, limit=1, cursor=first["next_cursor"])
    assert [*first["data"], *second["data"]] == whole
    assert second["next_cursor"] is None
    assert ask(built_api, world.ada, start="2026-11-22T01:30:00Z")["data"] == whole[:1]
    assert ask(built_api, world.ada, end="2026-11-22T02:00:00Z")["data"] == whole[1:]
    for connection, found in ((world.ada_openai, whole), (world.ada_anthropic, [])):
        assert ask(built_api, world.ada, connection_id=f"conn_{connection.connection_id}")["data"] == found


def test_another_organization_sees_its_own(built_api: httpx.Client, world: World) -> None:
    (bobs,) = ask(built_api, world.bob)["data"]
    assert [bobs[side]["output_tokens"] for side in ("before", "after")] == [70, 77]
    foreign = {"connection_id": f"conn_{world.ada_openai.connection_id}"}
    assert built_api.get(PATH, params=foreign, headers=world.bob.by_key).status_code == 404


@pytest.mark.parametrize("place", ["", "AAAA", "WyJub3Qgb3VycyJd"])
def test_a_cursor_of_another_making_is_refused(built_api: httpx.Client, world: World, place: str) -> None:
    answer = built_api.get(PATH, params={"cursor": place}, headers=world.ada.by_key)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-cursor")


def test_totals_are_those_of_the_mart(built_context: ServerContext, world: World) -> None:
    with built_context.database.worker() as connection:
        grown = fetch_one(
            connection,
            "select sum(co2e_micrograms_central - previous_co2e_micrograms_central) as co2e"
            " from marts.fct_usage_revisions where org_id = %s",
            [world.ada.org_id],
        )["co2e"]
    found = revision_totals(built_context.database, world.ada.org_id, seen=SEEN)
    assert found == RevisionTotals(revisions=2, buckets=2, tokens=-390, co2e_micrograms=grown)
    only = UsageFilter(connection_id=world.ada_anthropic.connection_id)
    assert revision_totals(built_context.database, world.ada.org_id, seen=SEEN, only=only) == RevisionTotals()
