"""Projects end to end over the API: connect, map, re-map, poll a sandbox, build, and look at each project apart."""

import csv
import io
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.clock import floor_to_hour
from tests.ingestion.world import an_account_here
from tests.main_job.conftest import MainJob
from tests.main_job.test_trace import Totals, shown
from tests.sandbox_process import admin_key
from tests.truth import Cell, total, truth_of

pytestmark = pytest.mark.database

MIDWAY = datetime(2026, 11, 21, 12, 20, 30, 500_000, tzinfo=UTC)
"""Inside the bucket of 12:00; half of the trace is over."""
SPAN = {"start": "2026-11-01", "end": "2026-11-24"}
ALL = {"kind": "account", "value": "(all)"}


def truth(provider: str, wanted: Callable[[Cell], bool] = lambda _cell: True) -> Totals:
    """The trace's tokens in the cells that are wanted."""
    tokens = total(each for cell, each in truth_of(an_account_here(provider)).items() if wanted(cell))
    return Totals(None if provider == "anthropic" else tokens.requests, tokens.input, tokens.cached, tokens.output)


def added(parts: Iterable[Totals]) -> Totals:
    found = list(parts)
    return Totals(None, *(sum(part[column] or 0 for part in found) for column in range(1, 4)))


def a_project(job: MainJob, name: str) -> str:
    return str(job.client.post("/v1/projects", json={"name": name}).raise_for_status().json()["id"])


def a_connection(job: MainJob, provider: str, project: str | None = None) -> str:
    body = {"provider": provider, "api_key": admin_key(provider), "project_id": project}
    return str(job.client.post("/v1/connections", json=body).raise_for_status().json()["id"])


def change(job: MainJob, connection: str, project: str, selector: dict[str, str] = ALL, **more: str) -> dict[str, Any]:
    address = f"/v1/connections/{connection}/mapping"
    version = job.client.get(address).raise_for_status().json()["version"]
    body = {"version": version, "changes": [{"selector": selector, "project_id": project}]} | more
    changed: dict[str, Any] = job.client.post(address, json=body).raise_for_status().json()
    return changed


def by_project(job: MainJob) -> dict[str, Totals]:
    return {row["project_name"]: shown(row) for row in job.summary(group_by="project")["data"]}


def test_after_remapping_later_usage_goes_to_the_new_workload_and_history_stays(job: MainJob) -> None:
    job.advance(MIDWAY - job.clock.now())
    connection = a_connection(job, "openai")
    job.run()
    (before,) = by_project(job).items()
    assert before == ("Default", truth("openai", lambda cell: cell.hour < floor_to_hour(MIDWAY)))

    changed = change(job, connection, a_project(job, "Search"))
    assert [(each["project_name"], each["state"]) for each in changed["data"]] == [
        ("Search", "in_force"),
        ("Default", "ended"),
    ]
    job.run()
    assert dict([before]) == by_project(job)

    job.advance(timedelta(days=1))
    job.run("weekly")
    assert by_project(job) == {
        "Default": truth("openai", lambda cell: cell.hour < MIDWAY),
        "Search": truth("openai", lambda cell: cell.hour >= MIDWAY),
    }
    with job.context.database.worker() as database:
        routed = database.execute(
            "select 'wl_' || workload_id as id, min(bucket_started_at) as first, max(bucket_started_at) as last"
            " from marts.fct_usage group by workload_id"
        ).fetchall()
    spans = {row["id"]: (row["first"], row["last"]) for row in routed}
    new, old = changed["data"]
    assert spans.keys() == {new["id"], old["id"]}
    assert spans[old["id"]][1] < MIDWAY <= spans[new["id"]][0]


def test_a_key_that_was_seen_is_mapped_apart_from_a_planned_instant_inside_a_bucket(job: MainJob) -> None:
    job.advance(MIDWAY - job.clock.now())
    connection = a_connection(job, "openai")
    job.run()
    seen = job.client.get(f"/v1/connections/{connection}/selectors", params=SPAN).raise_for_status().json()["data"]
    keys = [each for each in seen if each["selector"]["kind"] == "api_key" and each["selector"]["value"] != "(none)"]
    busiest = keys[0]["selector"]
    planned = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
    before = {cell for cell in truth_of(an_account_here("openai")) if cell.hour < floor_to_hour(MIDWAY)}
    assert {each["selector"]["value"] for each in keys} == {cell.api_key for cell in before if cell.api_key is not None}

    search = a_project(job, "Search")
    preview = job.client.post(
        f"/v1/connections/{connection}/mapping/preview",
        params=SPAN,
        json={"changes": [{"selector": busiest, "project_id": search}]},
    ).raise_for_status().json()  # fmt: skip
    moved = [row for row in preview["data"] if row["project_after"] != row["project_before"]]
    assert {row["api_key_id"] for row in moved} == {busiest["value"]}
    assert sum(row["tokens"] for row in moved) == keys[0]["tokens"]

    change(job, connection, search, busiest, effective_at=planned.isoformat())
    job.advance(timedelta(days=1))
    job.run("weekly")

    def is_moved(cell: Cell) -> bool:
        return cell.api_key == busiest["value"] and cell.hour >= planned

    assert truth("openai", is_moved).requests
    assert by_project(job) == {
        "Search": truth("openai", is_moved),
        "Default": truth("openai", lambda cell: not is_moved(cell)),
    }


def test_two_projects_show_and_export_their_own_connections_usage_only(job: MainJob) -> None:
    search, chat = a_project(job, "Search 🔎"), a_project(job, "محادثة")
    a_connection(job, "openai", search)
    a_connection(job, "anthropic", chat)
    job.run()
    for project, name, provider in ((search, "Search 🔎", "openai"), (chat, "محادثة", "anthropic")):
        address = f"/v1/projects/{project}/summary"
        cells = truth_of(an_account_here(provider))
        by_day = job.client.get(address, params=SPAN | {"group_by": "day"}).raise_for_status().json()
        by_model = job.client.get(address, params=SPAN | {"group_by": "model,project"}).raise_for_status().json()
        assert shown(by_day["totals"]) == truth(provider)
        assert {row["day"]: shown(row) for row in by_day["data"]} == {
            str(day): truth(provider, lambda cell, day=day: cell.hour.date() == day)  # type: ignore[misc]
            for day in {cell.hour.date() for cell in cells}
        }
        assert {row["model"]: shown(row) for row in by_model["data"]} == {
            model: truth(provider, lambda cell, model=model: cell.model == model)  # type: ignore[misc]
            for model in {cell.model for cell in cells}
        }
        assert {(row["project_id"], row["project_name"]) for row in by_model["data"]} == {(project, name)}
        export = job.client.get("/v1/exports/usage.csv", params=SPAN | {"project_id": project}).raise_for_status()
        lines = list(csv.DictReader(io.StringIO(export.text)))
        assert {line["project_name"] for line in lines} == {name}
        assert sum(int(line["output_tokens"]) for line in lines) == truth(provider).output
    whole = shown(job.summary()["totals"])
    assert whole[1:] == added([truth("openai"), truth("anthropic")])[1:]
    assert by_project(job) == {"Search 🔎": truth("openai"), "محادثة": truth("anthropic")}
