"""Projects: what an organization divides its usage into. Each has one default project, made at sign-up."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import psycopg

from core.audit import AuditedAct, audit
from core.database import Connection, Database, advisory_key
from core.ids import public_id
from ingestion.archive_project import release_project
from ingestion.errors import (
    DefaultProjectError,
    InvalidProjectNameError,
    ProjectArchivedError,
    ProjectChangedError,
    ProjectNameTakenError,
    ProjectNotFoundError,
    UnknownProjectError,
)
from ingestion.one_line import one_line

DEFAULT_NAME = "Default"
LONGEST_NAME = 80  # code points, after normalisation


class ProjectView(NamedTuple):
    """`version` counts the changes; send it with the next one to be told of somebody else's."""

    id: int
    name: str
    is_default: bool
    version: int
    created_at: datetime
    archived_at: datetime | None


def create_default_project(connection: Connection, org_id: int, now: datetime) -> int:
    """The id of the organization's default project, made now if it has none; it stays that in this transaction."""
    while True:
        connection.execute(
            "insert into ops.projects (org_id, name, is_default, created_at) values (%s, %s, true, %s)"
            " on conflict do nothing",
            [org_id, DEFAULT_NAME, now],
        )
        row = connection.execute(
            "select id from ops.projects where org_id = %s and is_default for share", [org_id]
        ).fetchone()
        if row is not None:  # else another one was made the default while this waited for it
            return int(row["id"])


def list_projects(database: Database, org_id: int) -> list[ProjectView]:
    """The organization's projects, archived ones too: the default one first, then by name."""
    with database.tenant(org_id) as connection:
        rows = connection.execute(
            "select id, name, is_default, version, created_at, archived_at from ops.projects where org_id = %s"
            " order by is_default desc, name",
            [org_id],
        ).fetchall()
    return [ProjectView(**row) for row in rows]


def get_project(database: Database, org_id: int, project_id: int) -> ProjectView:
    """Raises ProjectNotFoundError, also for another organization's project."""
    with database.tenant(org_id) as connection:
        return _view(connection, org_id, project_id)


def create_project(database: Database, *, org_id: int, name: str, actor: str, now: datetime) -> ProjectView:
    """Raises InvalidProjectNameError, and ProjectNameTakenError if a project, archived or not, has the name."""
    name = checked_name(name)
    with database.tenant(org_id) as connection:
        row = connection.execute(
            "insert into ops.projects (org_id, name, created_at) values (%s, %s, %s)"
            " on conflict (org_id, name) do nothing returning id",
            [org_id, name, now],
        ).fetchone()
        if row is None:
            raise ProjectNameTakenError
        _audit(connection, org_id, row["id"], "project.created", actor=actor, now=now, reason=name)
        return _view(connection, org_id, row["id"])


def change_project(  # noqa: PLR0913 - one argument for each thing that can change
    database: Database,
    *,
    org_id: int,
    project_id: int,
    version: int | None = None,
    name: str | None = None,
    is_archived: bool | None = None,
    is_default: bool | None = None,
    actor: str,
    now: datetime,
) -> ProjectView:
    """The project after the changes, all or none of them; None leaves a thing as it is.

    `is_default` True takes that rank from the project that has it; False changes nothing. Raises ProjectNotFoundError,
    ProjectChangedError if `version` is not the project's any more, InvalidProjectNameError, ProjectNameTakenError,
    ProjectInUseError and DefaultProjectError for what cannot be archived, ProjectArchivedError for an archived one
    that is to be the default.
    """
    name = None if name is None else checked_name(name)
    with database.tenant(org_id) as connection:
        before = _lock_for_change(connection, org_id, project_id)
        if version is not None and version != before.version:
            raise ProjectChangedError
        acts: list[tuple[AuditedAct, str | None]] = []
        if name is not None and name != before.name:
            _rename(connection, project_id, name)
            acts.append(("project.renamed", f"{before.name} → {name}"))
        if is_archived is False and before.archived_at is not None:
            connection.execute("update ops.projects set archived_at = null where id = %s", [project_id])
            acts.append(("project.restored", None))
        if is_default and not before.is_default:
            _make_default(connection, org_id, project_id)
            acts.append(("project.made-default", None))
        if is_archived and before.archived_at is None:
            if before.is_default or is_default:
                raise DefaultProjectError
            release_project(connection, org_id=org_id, project_id=project_id, actor=actor, now=now)
            connection.execute("update ops.projects set archived_at = %s where id = %s", [now, project_id])
            acts.append(("project.archived", None))
        if acts:
            connection.execute("update ops.projects set version = version + 1 where id = %s", [project_id])
        for act, reason in acts:
            _audit(connection, org_id, project_id, act, actor=actor, now=now, reason=reason)
        return _view(connection, org_id, project_id)


def checked_name(name: str) -> str:
    """The name as it is kept: NFC, no white space around it. Raises InvalidProjectNameError."""
    line = one_line(name, longest=LONGEST_NAME)
    if line is None:
        raise InvalidProjectNameError
    return line


def chosen_project(connection: Connection, *, org_id: int, project_id: int | None, now: datetime) -> int:
    """`project_id` itself if it is one of the organization's, open; the default project for None.

    It stays open until the transaction ends. Raises UnknownProjectError and ProjectArchivedError: somebody else's
    project is as unknown as one that does not exist.
    """
    if project_id is None:
        return create_default_project(connection, org_id, now)
    lock_open_projects(connection, org_id, [project_id])
    return project_id


def lock_open_projects(connection: Connection, org_id: int, project_ids: Iterable[int]) -> None:
    """None of these projects is archived until the transaction ends.

    Raises UnknownProjectError if one is not the organization's, ProjectArchivedError if one is archived.
    """
    wanted = sorted(set(project_ids))
    rows = connection.execute(
        "select archived_at from ops.projects where org_id = %s and id = any(%s) order by id for share",
        [org_id, wanted],
    ).fetchall()
    if len(rows) < len(wanted):
        raise UnknownProjectError
    if any(row["archived_at"] is not None for row in rows):
        raise ProjectArchivedError


def _lock_for_change(connection: Connection, org_id: int, project_id: int) -> ProjectView:
    """Nobody else changes the organization's projects, or maps usage to this one, until the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(%s, %s)", advisory_key("projects", org_id))
    connection.execute(
        "select 1 from ops.projects where org_id = %s and (id = %s or is_default) order by id for update",
        [org_id, project_id],
    )
    return _view(connection, org_id, project_id)


def _rename(connection: Connection, project_id: int, name: str) -> None:
    try:
        connection.execute("update ops.projects set name = %s where id = %s", [name, project_id])
    except psycopg.errors.UniqueViolation:
        raise ProjectNameTakenError from None


def _make_default(connection: Connection, org_id: int, project_id: int) -> None:
    connection.execute(
        "update ops.projects set is_default = false, version = version + 1 where org_id = %s and is_default", [org_id]
    )
    updated = connection.execute(
        "update ops.projects set is_default = true where id = %s and archived_at is null", [project_id]
    )
    if updated.rowcount == 0:
        raise ProjectArchivedError


def _view(connection: Connection, org_id: int, project_id: int) -> ProjectView:
    row = connection.execute(
        "select id, name, is_default, version, created_at, archived_at from ops.projects where org_id = %s and id = %s",
        [org_id, project_id],
    ).fetchone()
    if row is None:
        raise ProjectNotFoundError
    return ProjectView(**row)


def _audit(
    connection: Connection,
    org_id: int,
    project_id: int,
    act: AuditedAct,
    *,
    actor: str,
    now: datetime,
    reason: str | None,
) -> None:
    audit(connection, org_id, actor=actor, act=act, subject=public_id("proj", project_id), now=now, reason=reason)
