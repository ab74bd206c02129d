"""Projects: what an organization divides its usage into. Each has one default project, made at sign-up."""

from datetime import datetime
from typing import NamedTuple

from core.database import Connection, Database, fetch_one
from ingestion.errors import UnknownProjectError

DEFAULT_NAME = "Default"


class ProjectView(NamedTuple):
    id: int
    name: str
    is_default: bool
    created_at: datetime
    archived_at: datetime | None


def create_default_project(connection: Connection, org_id: int, now: datetime) -> int:
    """The id of the organization's default project, made now if it has none."""
    connection.execute(
        "insert into ops.projects (org_id, name, is_default, created_at) values (%s, %s, true, %s)"
        " on conflict do nothing",
        [org_id, DEFAULT_NAME, now],
    )
    row = fetch_one(connection, "select id from ops.projects where org_id = %s and is_default", [org_id])
    return int(row["id"])


def list_projects(database: Database, org_id: int) -> list[ProjectView]:
    """The organization's projects, the default one first, then by name."""
    with database.tenant(org_id) as connection:
        rows = connection.execute(
            "select id, name, is_default, created_at, archived_at from ops.projects where org_id = %s"
            " order by is_default desc, name",
            [org_id],
        ).fetchall()
    return [ProjectView(**row) for row in rows]


def chosen_project(connection: Connection, *, org_id: int, project_id: int | None, now: datetime) -> int:
    """`project_id` itself if it is one of the organization's, open; the default project for None.

    Raises UnknownProjectError otherwise: somebody else's project is as unknown as one that does not exist.
    """
    if project_id is None:
        return create_default_project(connection, org_id, now)
    row = connection.execute(
        "select id from ops.projects where org_id = %s and id = %s and archived_at is null", [org_id, project_id]
    ).fetchone()
    if row is None:
        raise UnknownProjectError
    return project_id
