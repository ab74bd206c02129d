"""The audit log at the wire: who reads it, its pages, its filter, its file."""

import csv
import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.app.accounts.conftest import Organization, Visit, log_in

pytestmark = pytest.mark.database

Found = Callable[..., Organization]
Join = Callable[..., httpx.Client]


def page(client: httpx.Client, **parameters: str | int) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/v1/audit-log", params=parameters).raise_for_status().json()
    return body


def test_it_says_who_did_what_newest_first(found: Found, join: Join) -> None:
    organization = found()
    join(organization, "bob@example.org", "member")
    key = organization.client.post("/v1/api-keys", json={"name": "nightly", "scopes": ["write"]}).json()
    told = page(organization.client)["data"]
    assert [(each["actor_name"], each["act"], each["subject"], each["detail"]) for each in told] == [
        ("ada@example.org", "api-key.created", key["id"], "scopes write"),
        ("bob@example.org", "session.started", "user_2", None),
        ("bob@example.org", "invitation.accepted", "user_2", None),
        ("ada@example.org", "invitation.sent", "inv_1", "as member"),
        ("ada@example.org", "session.started", "user_1", None),
        ("ada@example.org", "organization.created", "org_1", None),
    ]


def test_pages_and_the_filter_of_one_act(found: Found, visit: Visit) -> None:
    organization = found()
    for _ in range(3):
        log_in(visit()).raise_for_status()
    first = page(organization.client, act="session.started", limit=3)
    rest = page(organization.client, act="session.started", limit=3, cursor=first["next_cursor"])
    assert [len(first["data"]), len(rest["data"]), rest["next_cursor"]] == [3, 1, None]
    assert {each["act"] for each in first["data"] + rest["data"]} == {"session.started"}
    refused = organization.client.get("/v1/audit-log", params={"act": "cat.fed"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-input")


def test_its_file_has_every_entry_and_runs_in_no_spreadsheet(found: Found) -> None:
    client = found().client
    client.post("/v1/projects", json={"name": "=1+1"}).raise_for_status()
    answer = client.get("/v1/audit-log.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["actor_name"], row["act"], row["detail"]) for row in rows] == [
        ("ada@example.org", "project.created", "'=1+1"),
        ("ada@example.org", "session.started", ""),
        ("ada@example.org", "organization.created", ""),
    ]


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("admin", 200), ("member", 403), ("viewer", 403)])
def test_owners_and_admins_read_it(found: Found, join: Join, role: str, status: int) -> None:
    reader = join(found(), "bob@example.org", role)
    assert [reader.get(f"/v1/audit-log{ending}").status_code for ending in ("", ".csv")] == [status, status]
