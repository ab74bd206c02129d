"""API keys of an organization: make (the key is shown once), list, revoke. The database keeps a key's SHA-256."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from app.accounts.names import usable_name
from app.accounts.permissions import SCOPES, Scope, require
from app.accounts.principal import API_KEY_PREFIX, Principal, with_present_role
from core.audit import audit
from core.database import Database, fetch_one
from core.errors import InvalidInputError, NotFoundError
from core.ids import public_id, random_token, token_hash

_COLUMNS = "id, name, hint, scopes, created_by, created_at, expires_at, last_used_at"
_LAST_INSTANT = datetime.max.replace(tzinfo=UTC)  # with an offset, the year 9999 reaches beyond it


@dataclass(frozen=True, slots=True)
class ApiKeyView:
    """`hint`: the last four characters of the key."""

    id: int
    name: str
    hint: str
    scopes: list[Scope]
    created_by: int | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


def create_api_key(
    database: Database,
    principal: Principal,
    *,
    name: str,
    scopes: Collection[Scope],
    expires_at: datetime | None,
    now: datetime,
) -> tuple[ApiKeyView, str]:
    """The view, and the key itself, which nothing can show again.

    Raises ForbiddenError, and InvalidInputError for an unusable name, no scope, or an unusable expiry.
    """
    require(principal, "api_keys:write")
    name = usable_name(name, what="The key's name", longest=80)
    if not scopes or not set(scopes) <= set(SCOPES):
        raise InvalidInputError("Choose at least one of the scopes read and write.")
    if expires_at is not None and not now < expires_at <= _LAST_INSTANT:
        raise InvalidInputError("expires_at has passed, or is no instant of UTC. Choose another, or leave it out.")
    key = API_KEY_PREFIX + random_token()
    with database.tenant(principal.org_id) as connection:
        require(with_present_role(connection, principal), "api_keys:write")
        row = fetch_one(
            connection,
            "insert into ops.api_keys (org_id, name, key_hash, hint, scopes, created_by, created_at, expires_at)"
            f" values (%s, %s, %s, %s, %s, %s, %s, %s) returning {_COLUMNS}",
            [
                principal.org_id,
                name,
                token_hash(key),
                key[-4:],
                [scope for scope in SCOPES if scope in scopes],
                principal.user_id,
                now,
                expires_at,
            ],
        )
        audit(
            connection,
            principal.org_id,
            actor=principal.actor,
            act="api-key.created",
            subject=public_id("key", row["id"]),
            now=now,
            reason=f"scopes {', '.join(row['scopes'])}",
        )
    return ApiKeyView(**row), key


def list_api_keys(database: Database, principal: Principal) -> list[ApiKeyView]:
    """Those not revoked, expired ones included, oldest first."""
    require(principal, "api_keys:read")
    with database.tenant(principal.org_id) as connection:
        rows = connection.execute(
            f"select {_COLUMNS} from ops.api_keys where org_id = %s and revoked_at is null order by id",
            [principal.org_id],
        ).fetchall()
    return [ApiKeyView(**row) for row in rows]


def revoke_api_key(database: Database, principal: Principal, api_key_id: int, *, now: datetime) -> None:
    """The key stops working at once. Revoking twice is the same as once; raises ForbiddenError and NotFoundError."""
    require(principal, "api_keys:write")
    with database.tenant(principal.org_id) as connection:
        known = connection.execute(
            "select revoked_at from ops.api_keys where org_id = %s and id = %s for update",
            [principal.org_id, api_key_id],
        ).fetchone()
        if known is None:
            raise NotFoundError("There is no such API key.")
        if known["revoked_at"] is not None:
            return
        connection.execute(
            "update ops.api_keys set revoked_at = %s where org_id = %s and id = %s",
            [now, principal.org_id, api_key_id],
        )
        audit(
            connection,
            principal.org_id,
            actor=principal.actor,
            act="api-key.revoked",
            subject=public_id("key", api_key_id),
            now=now,
        )
