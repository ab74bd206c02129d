"""Members of an organization: list, change a role, remove. An organization always keeps an owner."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app.accounts.errors import LastOwnerError
from app.accounts.permissions import ACTS_OF_ROLE, ACTS_OF_SCOPE, SCOPES, Role, Scope, require, require_reach
from app.accounts.principal import Principal, with_present_role
from core.audit import audit
from core.database import Connection, Database
from core.errors import NotFoundError
from core.ids import public_id


@dataclass(frozen=True, slots=True)
class MemberView:
    user_id: int
    email: str
    role: Role
    created_at: datetime
    display_name: str | None


_MEMBERS = (
    "select member.user_id, email, role, created_at, display_name from ops.members_of_tenant() as member"
    " left join ops.names_of_tenant() as named on named.user_id = member.user_id"
    " order by created_at, member.user_id"
)


def list_members(database: Database, principal: Principal) -> list[MemberView]:
    """In the order in which they joined."""
    require(principal, "members:read")
    with database.tenant(principal.org_id) as connection:
        rows = connection.execute(_MEMBERS).fetchall()
    return [MemberView(**row) for row in rows]


def change_role(database: Database, principal: Principal, user_id: int, *, role: Role, now: datetime) -> MemberView:
    """Takes effect with the member's next request. What they made with the role before goes with it: API keys that may
    more than the new role (they have seen them), and, if that cannot invite, their open invitations.

    Raises ForbiddenError (an admin can neither make nor unmake an owner), NotFoundError and LastOwnerError.
    """
    require(principal, "members:write")
    with database.tenant(principal.org_id) as connection:
        roles = _locked_roles(connection, principal.org_id)
        present = _role_of(roles, user_id)
        principal = _still_leading(connection, principal)
        require_reach(principal, present)
        require_reach(principal, role)
        if present == "owner" and role != "owner":
            _keep_an_owner(roles)
        if role != present:
            connection.execute(
                "update ops.memberships set role = %s where org_id = %s and user_id = %s",
                [role, principal.org_id, user_id],
            )
            audit(
                connection,
                principal.org_id,
                actor=principal.actor,
                act="member.role-changed",
                subject=public_id("user", user_id),
                now=now,
                reason=f"{present} to {role}",
            )
            beyond = [scope for scope in SCOPES if not ACTS_OF_SCOPE[scope] <= ACTS_OF_ROLE[role]]
            _revoke_keys(connection, principal, user_id, scopes=beyond, why=f"became {role}", now=now)
            if "members:write" not in ACTS_OF_ROLE[role]:
                _withdraw_invitations(connection, principal.org_id, user_id)
        rows = connection.execute(_MEMBERS).fetchall()
    return next(MemberView(**row) for row in rows if row["user_id"] == user_id)


def remove_member(database: Database, principal: Principal, user_id: int, *, now: datetime) -> None:
    """Ends their sessions here, revokes the API keys that they made (they have seen them) and withdraws their
    invitations. Everybody may remove themselves.

    Raises ForbiddenError, NotFoundError and LastOwnerError.
    """
    leaving = principal.user_id == user_id
    if not leaving:
        require(principal, "members:write")
    with database.tenant(principal.org_id) as connection:
        roles = _locked_roles(connection, principal.org_id)
        present = _role_of(roles, user_id)
        if not leaving:
            require_reach(_still_leading(connection, principal), present)
        if present == "owner":
            _keep_an_owner(roles)
        _revoke_keys(connection, principal, user_id, scopes=SCOPES, why="was removed", now=now)
        _withdraw_invitations(connection, principal.org_id, user_id)
        connection.execute(
            "delete from ops.memberships where org_id = %s and user_id = %s", [principal.org_id, user_id]
        )
        person = public_id("user", user_id)
        audit(connection, principal.org_id, actor=principal.actor, act="member.removed", subject=person, now=now)


def _revoke_keys(
    connection: Connection, principal: Principal, user_id: int, *, scopes: Collection[Scope], why: str, now: datetime
) -> None:
    """Revoke those that the member made with any of the scopes."""
    revoked = connection.execute(
        "update ops.api_keys set revoked_at = %s where org_id = %s and created_by = %s and revoked_at is null"
        " and scopes && %s::text[] returning id",
        [now, principal.org_id, user_id, list(scopes)],
    ).fetchall()
    for key in revoked:
        audit(
            connection,
            principal.org_id,
            actor=principal.actor,
            act="api-key.revoked",
            subject=public_id("key", key["id"]),
            now=now,
            reason=f"made by {public_id('user', user_id)}, who {why}",
        )


def _withdraw_invitations(connection: Connection, org_id: int, user_id: int) -> None:
    connection.execute(
        "delete from ops.invitations where org_id = %s and created_by = %s and accepted_at is null", [org_id, user_id]
    )


def _locked_roles(connection: Connection, org_id: int) -> dict[int, Role]:
    """Role by user, locked until the transaction ends: two owners cannot demote each other at the same moment."""
    rows = connection.execute(
        "select user_id, role from ops.memberships where org_id = %s order by user_id for update", [org_id]
    )
    return {row["user_id"]: row["role"] for row in rows}


def _still_leading(connection: Connection, principal: Principal) -> Principal:
    """To be asked under the lock: while this request waited for it, their own role may have changed."""
    principal = with_present_role(connection, principal)
    require(principal, "members:write")
    return principal


def _role_of(roles: dict[int, Role], user_id: int) -> Role:
    try:
        return roles[user_id]
    except KeyError:
        raise NotFoundError("There is no such member.") from None


def _keep_an_owner(roles: dict[int, Role]) -> None:
    if sum(role == "owner" for role in roles.values()) == 1:
        raise LastOwnerError
