"""Two people at once, on connections of their own: one wins, the other is told, and nothing is lost."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from core.database import fetch_one
from ingestion.projects import chosen_project
from tests.app.api.mapped import Mapped, key, to
from tests.conftest import NOON

pytestmark = pytest.mark.database

PATIENCE_SECONDS = 60

Call = Callable[[], httpx.Response]


def at_once(mapped: Mapped, held: str, first: Call, second: Call) -> list[httpx.Response]:
    """The answers of two calls that both wait for the lock that `held` takes, first come, and are then let go."""
    database = mapped.context.database
    with ThreadPoolExecutor(2) as threads:
        with database.owner() as holder:
            holder.execute(held.encode())
            running = []
            for position, call in enumerate((first, second), start=1):
                running.append(threads.submit(call))
                wait_until_blocked(mapped, position)
        return [each.result(timeout=PATIENCE_SECONDS) for each in running]


def wait_until_blocked(mapped: Mapped, count: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with mapped.context.database.owner() as connection:
            row = fetch_one(
                connection,
                "select count(*) as waiting from pg_stat_activity where datname = current_database()"
                " and usename is not null"  # autovacuum has no name
                " and cardinality(pg_blocking_pids(pid)) > 0",
            )
        if row["waiting"] == count:
            return
    raise AssertionError(f"{count} calls never waited for the lock")


def results(answers: list[httpx.Response]) -> list[tuple[int, Any]]:
    return sorted((answer.status_code, answer.json().get("code")) for answer in answers)


def in_force(mapped: Mapped) -> list[tuple[str, str]]:
    data = mapped.mapping(mapped.hourly)["data"]
    return sorted((each["selector"]["value"], each["project_name"]) for each in data if each["ends_at"] is None)


def test_of_two_edits_of_one_mapping_one_wins_and_the_other_is_told(mapped: Mapped) -> None:
    search, chat = mapped.project("Search"), mapped.project("Chat")
    answers = at_once(
        mapped,
        f"select 1 from ops.provider_accounts where id = {mapped.hourly.account_id} for update",
        lambda: mapped.change(mapped.hourly, to(search), to(search, key("key_1")), version=1),
        lambda: mapped.change(mapped.hourly, to(chat, key("key_1")), to(chat, key("key_2")), version=1),
    )
    assert results(answers) == [(200, None), (409, "mapping-changed")]
    won = "Search" if answers[0].status_code == 200 else "Chat"
    expected = {
        "Search": [("(all)", "Search"), ("key_1", "Search")],
        "Chat": [("(all)", "Default"), ("key_1", "Chat"), ("key_2", "Chat")],
    }
    assert in_force(mapped) == expected[won]
    assert mapped.mapping(mapped.hourly)["version"] == 2
    assert len(mapped.audited("mapping.changed")) == len(mapped.touches()) == 1


def test_edits_of_two_connections_do_not_meet(mapped: Mapped) -> None:
    search = mapped.project("Search")
    answers = at_once(
        mapped,
        f"select 1 from ops.projects where id = {search.removeprefix('proj_')} for update",
        lambda: mapped.change(mapped.hourly, to(search), version=1),
        lambda: mapped.change(mapped.daily, to(search), version=1),
    )
    assert results(answers) == [(200, None), (200, None)]


@pytest.mark.parametrize("first", ["mapping", "archiving"])
def test_a_project_is_archived_or_mapped_to_and_never_both(mapped: Mapped, first: str) -> None:
    search = mapped.project("Search")
    calls: list[Call] = [
        lambda: mapped.change(mapped.hourly, to(search), version=1),
        lambda: mapped.patch(search, is_archived=True),
    ]
    if first == "archiving":
        calls.reverse()
    answers = at_once(
        mapped, f"select 1 from ops.projects where id = {search.removeprefix('proj_')} for update", *calls
    )
    project = mapped.client.get(f"/v1/projects/{search}", headers=mapped.ada.by_key).json()
    if project["archived_at"] is None:
        assert results(answers) == [(200, None), (409, "project-in-use")]
        assert in_force(mapped) == [("(all)", "Search")]
    else:
        assert results(answers) == [(200, None), (409, "project-archived")]
        assert in_force(mapped) == [("(all)", "Default")]


def test_of_two_projects_of_one_name_one_is_made(mapped: Mapped) -> None:
    answers = at_once(
        mapped,
        "lock table ops.projects in share row exclusive mode",
        lambda: mapped.create("Café"),
        lambda: mapped.create("Cafe\u0301"),
    )
    assert results(answers) == [(201, None), (409, "project-name-taken")]
    listed = mapped.client.get("/v1/projects", headers=mapped.ada.by_key).json()["data"]
    assert [each["name"] for each in listed] == ["Default", "Café"]


def test_of_two_changes_on_one_version_of_a_project_one_wins(mapped: Mapped) -> None:
    search = mapped.project("Search")
    answers = at_once(
        mapped,
        f"select 1 from ops.projects where id = {search.removeprefix('proj_')} for update",
        lambda: mapped.patch(search, name="Find", version=1),
        lambda: mapped.patch(search, name="Seek", version=1),
    )
    assert results(answers) == [(200, None), (409, "project-changed")]
    assert len(mapped.audited("project.renamed")) == 1


def test_of_two_new_defaults_one_is_left(mapped: Mapped) -> None:
    search, chat = mapped.project("Search"), mapped.project("Chat")
    answers = at_once(
        mapped,
        f"select 1 from ops.projects where id = {mapped.ada.project_id} for update",
        lambda: mapped.patch(search, is_default=True),
        lambda: mapped.patch(chat, is_default=True),
    )
    assert results(answers) == [(200, None), (200, None)]
    listed = mapped.client.get("/v1/projects", headers=mapped.ada.by_key).json()["data"]
    assert [each["name"] for each in listed if each["is_default"]] in (["Search"], ["Chat"])


def test_withdrawing_a_correction_twice_at_once_is_once(mapped: Mapped) -> None:
    made = mapped.correct(mapped.hourly).json()
    address = f"/v1/corrections/{made['id']}/withdraw"
    answers = at_once(
        mapped,
        f"select 1 from ops.usage_corrections where id = {made['id'].removeprefix('corr_')} for update",
        lambda: mapped.client.post(address, headers=mapped.ada.by_key),
        lambda: mapped.client.post(address, headers=mapped.ada.by_cookie),
    )
    assert results(answers) == [(200, None), (200, None)]
    assert answers[0].json() == answers[1].json()
    assert len(mapped.audited("correction.withdrawn")) == 1


def test_what_is_connected_while_the_default_moves_goes_to_the_new_one(mapped: Mapped) -> None:
    """Or the old one could be archived with usage going to it."""
    search = mapped.project("Search")
    database = mapped.context.database
    with ThreadPoolExecutor(1) as thread:
        with database.tenant(mapped.ada.org_id) as mover:
            mover.execute("update ops.projects set is_default = false where is_default")
            mover.execute("update ops.projects set is_default = true where id = %s", [search.removeprefix("proj_")])

            def choose() -> int:
                with database.tenant(mapped.ada.org_id) as connection:
                    return chosen_project(connection, org_id=mapped.ada.org_id, project_id=None, now=NOON)

            choosing = thread.submit(choose)
            wait_until_blocked(mapped, 1)
        assert f"proj_{choosing.result(timeout=PATIENCE_SECONDS)}" == search
