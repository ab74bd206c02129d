"""The organization that is asked about: one provider account, 200 projects of it mapped to as many, built."""

from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from bench.other_organizations import fill_others
from bench.usage_rows import Shape, fill
from core.clock import SystemClock, floor_to_hour
from core.database import Database, database_urls, fetch_one
from core.ids import database_key, public_id
from core.settings import Settings
from warehouse.build import build

PROJECTS = 200


@dataclass(frozen=True, slots=True)
class LargeOrganization:
    """Its owner's cookie, an API key's headers, and the public id of one of its projects."""

    cookie: dict[str, str]
    headers: dict[str, str]
    project_id: str


def large_organization(settings: Settings, *, rows: int, others: int = 0) -> LargeOrganization:
    """With `rows` usage rows that end this hour, beside `others` small organizations; the server answers already."""
    now = floor_to_hour(SystemClock().now())
    with httpx.Client(base_url=settings.public_url, headers={"Origin": settings.public_url}, timeout=60) as client:
        person = {"email": "bench@example.com", "password": "a long bench password", "organization": "Bench"}
        client.post("/auth/signup", json=person).raise_for_status()
        cookie = dict(client.cookies.items())
        org_id = database_key("org", client.get("/v1/me").raise_for_status().json()["organization"]["id"])
        key = client.post("/v1/api-keys", json={"name": "bench", "scopes": ["read"]}).raise_for_status().json()["key"]
    assert org_id is not None
    with Database(database_urls(settings)) as database:
        fill_others(database, count=others, until=now)
        account_id = fill(database, org_id=org_id, rows=rows, shape=Shape.until(now, rows=rows, project_ids=PROJECTS))
        project_id = _map(database, org_id, account_id)
        build(database, clock=SystemClock())
        with database.owner() as connection:
            connection.execute("analyze")
    return LargeOrganization(cookie, {"Authorization": f"Bearer {key}"}, public_id("proj", project_id))


def _map(database: Database, org_id: int, account_id: int) -> int:
    """A project for each of the provider's, from the beginning; the id of the last."""
    with database.worker() as connection:
        connection.execute(
            "insert into ops.projects (org_id, name, created_at)"
            " select %s, 'Project ' || number, %s from generate_series(1, %s) as number",
            [org_id, datetime(2026, 1, 1, tzinfo=UTC), PROJECTS],
        )
        connection.execute(
            "insert into ops.workloads (org_id, account_id, selector_kind, selector_value, project_id, in_force,"
            " created_at) select org_id, %s, 'project', 'proj_' || (row_number() over (order by id) - 1), id, '(,)',"
            " created_at from ops.projects where org_id = %s and not is_default",
            [account_id, org_id],
        )
        project_id: int = fetch_one(connection, "select max(id) as id from ops.projects where org_id = %s", [org_id])[
            "id"
        ]
    return project_id
