"""The audit log as owners and admins read it: newest first, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from app.accounts.permissions import require
from app.accounts.principal import Principal
from core.audit import AuditedAct
from core.database import Connection, Database
from core.errors import InvalidInputError
from core.ids import database_key, public_id

ACTS: tuple[str, ...] = get_args(AuditedAct)
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`actor` and `subject` are public ids, or `operator`; `actor_name` says who it is today, if they still are a
    member or a key.
    """

    id: int
    at: datetime
    actor: str
    actor_name: str | None
    act: str
    subject: str
    reason: str | None


def list_audit_log(
    database: Database, principal: Principal, *, act: str | None = None, before_id: int | None = None, limit: int = 50
) -> list[AuditEntry]:
    """At most `limit` entries older than `before_id`, newest first; of one act only, if it is given.

    Raises ForbiddenError, and InvalidInputError for an act that is none.
    """
    require(principal, "audit:read")
    if act is not None and act not in ACTS:
        raise InvalidInputError("There is no such act. Leave it out, or take one from an entry of the log.")
    with database.tenant(principal.org_id) as connection:
        rows = connection.execute(
            "select id, at, actor, act, subject, reason from ops.audit_log"
            " where org_id = %(org_id)s and (%(act)s::text is null or act = %(act)s)"
            " and (%(before)s::bigint is null or id < %(before)s) order by id desc limit %(limit)s",
            {"org_id": principal.org_id, "act": act, "before": before_id, "limit": limit},
        ).fetchall()
        names = _names(connection, {row["actor"] for row in rows})
    return [AuditEntry(actor_name=names.get(row["actor"]), **row) for row in rows]


def whole_audit_log(database: Database, principal: Principal, *, act: str | None = None) -> Iterator[AuditEntry]:
    """All of it, newest first, read batch by batch. Raises as `list_audit_log`, at the first entry."""
    before_id: int | None = None
    while batch := list_audit_log(database, principal, act=act, before_id=before_id, limit=_BATCH):
        yield from batch
        before_id = batch[-1].id


def _names(connection: Connection, actors: set[str]) -> dict[str, str]:
    """E-mails of members and names of keys among the actors."""
    members = connection.execute("select user_id, email from ops.members_of_tenant()").fetchall()
    names = {public_id("user", row["user_id"]): str(row["email"]) for row in members}
    keys = [key for actor in actors if (key := database_key("key", actor)) is not None]
    if keys:
        rows = connection.execute("select id, name from ops.api_keys where id = any(%s)", [keys]).fetchall()
        names |= {public_id("key", row["id"]): f"API key “{row['name']}”" for row in rows}
    return names
