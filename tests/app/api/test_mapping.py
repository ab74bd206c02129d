"""/v1/connections/{id}/mapping on the wire: which project usage belongs to, from which instant on."""

from datetime import date, timedelta
from typing import Any

import pytest
from psycopg.types.range import Range

from core.clock import floor_to_day
from tests.app.api.mapped import ALL, Mapped, key, part, to
from tests.app.usage_data import Account
from tests.conftest import NOON

pytestmark = pytest.mark.database

TODAY = date(2026, 11, 22)


def spans(mapped: Mapped, account: Account) -> list[tuple[str, str, str | None, str | None, str]]:
    """(selector value, project name, from, until, state) of each workload as shown."""
    return [
        (each["selector"]["value"], each["project_name"], each["starts_at"], each["ends_at"], each["state"])
        for each in mapped.mapping(account)["data"]
    ]


def test_the_first_mapping_takes_everything(mapped: Mapped) -> None:
    shown = mapped.mapping(mapped.hourly)
    assert shown == {
        "connection_id": f"conn_{mapped.hourly.connection_id}",
        "version": 1,
        "counts_from_day": False,
        "counts_from": "2026-11-22T12:00:00Z",
        "data": [
            {
                "id": shown["data"][0]["id"],
                "selector": ALL,
                "project_id": mapped.default,
                "project_name": "Default",
                "state": "in_force",
                "starts_at": None,
                "ends_at": None,
                "counts_from": None,
            }
        ],
    }


def test_a_change_takes_effect_now_to_the_microsecond_and_history_stays(mapped: Mapped) -> None:
    search = mapped.project("Search")
    mapped.clock.advance(timedelta(minutes=20, microseconds=1))
    answer = mapped.change(mapped.hourly, to(search))
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    instant = "2026-11-22T12:20:00.000001Z"
    assert spans(mapped, mapped.hourly) == [
        ("(all)", "Search", instant, None, "in_force"),
        ("(all)", "Default", None, instant, "ended"),
    ]
    assert [each["counts_from"] for each in answer.json()["data"]] == ["2026-11-22T13:00:00Z", None]
    assert mapped.touches() == [
        {"account_id": mapped.hourly.account_id, "days": Range(TODAY, None), "cause": "mapping-changed"}
    ]
    assert mapped.audited("mapping.changed") == [
        {
            "actor": mapped.key_id(),
            "act": "mapping.changed",
            "subject": f"conn_{mapped.hourly.connection_id}",
            "reason": f"from 2026-11-22T12:20:00.000001+00:00: account (all) → {search}",
        }
    ]


def test_where_buckets_are_a_day_wide_a_change_counts_from_the_next_utc_day(mapped: Mapped) -> None:
    search = mapped.project("Search")
    shown = mapped.change(mapped.daily, to(search)).json()
    assert (shown["counts_from_day"], shown["counts_from"]) == (True, "2026-11-23T00:00:00Z")
    assert shown["data"][0]["counts_from"] == "2026-11-23T00:00:00Z"
    planned = mapped.change(mapped.daily, to(mapped.default), effective_at="2026-11-25").json()
    assert planned["data"][0]["starts_at"] == planned["data"][0]["counts_from"] == "2026-11-25T00:00:00Z"


def test_a_planned_change_waits_and_a_new_one_replaces_all_that_is_planned_from_its_instant_on(mapped: Mapped) -> None:
    search, chat = mapped.project("Search"), mapped.project("Chat")
    mapped.change(mapped.hourly, to(search), effective_at="2026-11-23T09:30:00.5+01:00").raise_for_status()
    mapped.change(mapped.hourly, to(chat), effective_at="2026-11-25T00:00:00Z").raise_for_status()
    assert spans(mapped, mapped.hourly) == [
        ("(all)", "Chat", "2026-11-25T00:00:00Z", None, "planned"),
        ("(all)", "Search", "2026-11-23T08:30:00.500000Z", "2026-11-25T00:00:00Z", "planned"),
        ("(all)", "Default", None, "2026-11-23T08:30:00.500000Z", "in_force"),
    ]
    mapped.change(mapped.hourly, to(chat), effective_at="2026-11-23T08:30:00.5Z").raise_for_status()
    assert spans(mapped, mapped.hourly) == [
        ("(all)", "Chat", "2026-11-23T08:30:00.500000Z", None, "planned"),
        ("(all)", "Default", None, "2026-11-23T08:30:00.500000Z", "in_force"),
    ]
    mapped.change(mapped.hourly, to(mapped.default)).raise_for_status()
    assert spans(mapped, mapped.hourly) == [("(all)", "Default", None, None, "in_force")]


def test_a_planned_change_comes_into_force_by_itself(mapped: Mapped) -> None:
    search = mapped.project("Search")
    mapped.change(mapped.hourly, to(search), effective_at="2026-11-22T13:00:00Z").raise_for_status()
    mapped.clock.advance(timedelta(hours=1))
    assert [each[-1] for each in spans(mapped, mapped.hourly)] == ["in_force", "ended"]


def test_a_connection_shows_the_project_of_today_not_the_planned_one(mapped: Mapped) -> None:
    search = mapped.project("Search")
    mapped.change(mapped.hourly, to(search), effective_at="2026-11-22T13:00:00Z").raise_for_status()
    address = f"/v1/connections/conn_{mapped.hourly.connection_id}"
    assert mapped.client.get(address, headers=mapped.ada.by_key).json()["project_id"] == mapped.default
    mapped.clock.advance(timedelta(hours=1))
    assert mapped.client.get(address, headers=mapped.ada.by_key).json()["project_id"] == search


def test_several_selectors_change_together_and_a_removed_one_falls_back(mapped: Mapped) -> None:
    search, chat = mapped.project("Search"), mapped.project("Chat")
    mapped.change(
        mapped.hourly, to(search, part("proj_a")), to(chat, key("key_1")), to(chat, part("(none)"))
    ).raise_for_status()
    mapped.clock.advance(timedelta(hours=2))
    mapped.change(mapped.hourly, to(None, key("key_1")), to(chat, part("proj_a"))).raise_for_status()
    later = "2026-11-22T14:00:00Z"
    assert sorted(spans(mapped, mapped.hourly)) == sorted(
        [
            ("(all)", "Default", None, None, "in_force"),
            ("(none)", "Chat", "2026-11-22T12:00:00Z", None, "in_force"),
            ("key_1", "Chat", "2026-11-22T12:00:00Z", later, "ended"),
            ("proj_a", "Chat", later, None, "in_force"),
            ("proj_a", "Search", "2026-11-22T12:00:00Z", later, "ended"),
        ]
    )


def test_removing_what_is_not_mapped_is_a_change_like_any_other(mapped: Mapped) -> None:
    assert mapped.change(mapped.hourly, to(None, key("key_1"))).json()["version"] == 2


def test_the_past_is_not_remapped(standing: Mapped) -> None:
    before = standing.mapping(standing.hourly)
    refused = standing.change(standing.hourly, to(standing.default), effective_at="2026-11-22T11:59:59.999999Z")
    assert (refused.status_code, refused.json()["code"]) == (422, "effective-in-the-past")
    assert "correction" in refused.json()["detail"]
    assert standing.mapping(standing.hourly) == before


@pytest.mark.parametrize(
    ("effective_at", "code"),
    [
        ("2026-11-23T00:00:00", "invalid-time-range"),
        ("1800000000", "invalid-time-range"),
        ("tomorrow", "invalid-time-range"),
        ("9999-12-31T23:59:59-12:00", "invalid-time-range"),
        ("9999-12-31T23:59:59Z", "invalid-mapping"),
        ("2027-13-01", "invalid-time-range"),
        (1_800_000_000, "invalid-input"),
        ("2" * 41, "invalid-input"),
    ],
)
def test_an_instant_that_is_none_is_refused(standing: Mapped, effective_at: object, code: str) -> None:
    refused = standing.change(standing.hourly, to(standing.default), effective_at=effective_at)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([], "invalid-input"),
        ([to(None)], "invalid-mapping"),
        ([to("proj_1", key("a")), to(None, key("a"))], "invalid-mapping"),
        ([to("proj_1", {"kind": "account", "value": "a"})], "invalid-selector"),
        ([to("proj_1", part("(all)"))], "invalid-selector"),
        ([to("proj_1", part(""))], "invalid-selector"),
        ([to("proj_1", part("a\x00"))], "invalid-selector"),
        ([to("proj_1", part("a" * 301))], "invalid-selector"),
        ([to("proj_1", {"kind": "user", "value": "a"})], "invalid-input"),
        ([to("proj_1", part("a" * 1001))], "invalid-input"),
        ([to("proj_987654321")], "unknown-project"),
        ([to("conn_1")], "unknown-project"),
        ([to("☃")], "unknown-project"),
        ([{"selector": ALL}], "invalid-input"),
        ([to("proj_1", key(str(number))) for number in range(501)], "invalid-input"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_writes_nothing(
    standing: Mapped, changes: list[dict[str, Any]], code: str
) -> None:
    before = standing.mapping(standing.hourly)
    for path in ("mapping", "mapping/preview"):
        body = {"changes": changes} | ({"version": 1} if path == "mapping" else {})
        address = f"/v1/connections/conn_{standing.hourly.connection_id}/{path}"
        refused = standing.client.post(address, json=body, headers=standing.ada.by_key)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert standing.mapping(standing.hourly) == before
    assert standing.touches() == standing.audited("mapping.changed") == []


def test_openrouter_is_not_mapped_by_key(mapped: Mapped) -> None:
    refused = mapped.change(mapped.daily, to(mapped.default, key("key_1")))
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-selector")
    assert "workspace" in refused.json()["detail"]
    assert mapped.change(mapped.daily, to(mapped.default, part("ws_1"))).status_code == 200


def test_usage_does_not_go_to_an_archived_project(mapped: Mapped) -> None:
    search = mapped.project("Search")
    mapped.patch(search, is_archived=True).raise_for_status()
    address = f"/v1/connections/conn_{mapped.hourly.connection_id}/mapping/preview"
    preview = mapped.client.post(address, json={"changes": [to(search)]}, headers=mapped.ada.by_key)
    for refused in (mapped.change(mapped.hourly, to(search)), preview):
        assert (refused.status_code, refused.json()["code"]) == (409, "project-archived")


def test_who_comes_second_is_told_and_nothing_of_theirs_is_written(mapped: Mapped) -> None:
    search, chat = mapped.project("Search"), mapped.project("Chat")
    mapped.change(mapped.hourly, to(search), version=1).raise_for_status()
    before = mapped.mapping(mapped.hourly)
    refused = mapped.change(mapped.hourly, to(chat), to(chat, key("key_1")), version=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "mapping-changed")
    assert mapped.mapping(mapped.hourly) == before
    assert len(mapped.audited("mapping.changed")) == len(mapped.touches()) == 1


def test_the_same_key_changes_the_mapping_once(mapped: Mapped) -> None:
    search = mapped.project("Search")
    address = f"/v1/connections/conn_{mapped.hourly.connection_id}/mapping"
    headers = mapped.ada.by_key | {"Idempotency-Key": "once"}
    body = {"version": 1, "changes": [to(search)]}
    first, second = (mapped.client.post(address, json=body, headers=headers) for _ in range(2))
    assert (second.status_code, second.headers["Idempotent-Replayed"]) == (200, "true")
    assert first.json() == second.json()


def test_a_deleted_connection_has_no_mapping_to_edit(mapped: Mapped) -> None:
    with mapped.context.database.worker() as connection:
        connection.execute(
            "update ops.connections set status = 'deleted', secret_arn = null, deleted_at = %s where id = %s",
            [NOON, mapped.hourly.connection_id],
        )
    address = f"/v1/connections/conn_{mapped.hourly.connection_id}/mapping"
    body = {"version": 1, "changes": [to(mapped.default)]}
    for answer in (
        mapped.client.get(address, headers=mapped.ada.by_key),
        mapped.client.post(address, json=body, headers=mapped.ada.by_key),
        mapped.client.post(f"{address}/preview", json={"changes": body["changes"]}, headers=mapped.ada.by_key),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "connection-not-found")


def test_before_the_first_build_nothing_was_seen(standing: Mapped) -> None:
    address = f"/v1/connections/conn_{standing.hourly.connection_id}"
    seen = standing.client.get(f"{address}/selectors", headers=standing.ada.by_key).json()
    tomorrow = floor_to_day(NOON) + timedelta(days=1)
    assert seen == {"data": [], "start": "2026-10-24T00:00:00Z", "end": tomorrow.strftime("%Y-%m-%dT%H:%M:%SZ")}
    preview = standing.client.post(
        f"{address}/mapping/preview", json={"changes": [to(standing.default)]}, headers=standing.ada.by_key
    )
    assert (preview.status_code, preview.json()["data"], preview.json()["projects"]) == (200, [], [])
