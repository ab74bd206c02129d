"""The one table of permissions: role × act for people, scope × act for API keys.

Keys never manage keys, members or billing: a leaked key cannot make itself a successor. To hand out or take away a
role, a person needs it in ROLES_IN_REACH as well, so that an admin can neither make nor unmake an owner.
"""

from typing import TYPE_CHECKING, Literal, get_args

from app.accounts.errors import ForbiddenError

if TYPE_CHECKING:
    from app.accounts.principal import Principal

Role = Literal["owner", "admin", "member", "viewer"]
Scope = Literal["read", "write"]
Act = Literal[
    "telemetry:read",
    "connections:read",
    "connections:write",
    "projects:read",
    "projects:write",
    "receipts:read",
    "members:read",
    "members:write",
    "api_keys:read",
    "api_keys:write",
    "billing:read",
    "billing:write",
    "notifications:write",
    "notices:read",
    "audit:read",
    "organization:delete",
]

ROLES: tuple[Role, ...] = get_args(Role)
SCOPES: tuple[Scope, ...] = get_args(Scope)

_READING: frozenset[Act] = frozenset({"telemetry:read", "connections:read", "projects:read", "receipts:read"})
_WRITING: frozenset[Act] = frozenset({"connections:write", "projects:write"})
_LEADING: frozenset[Act] = frozenset(
    {"members:write", "api_keys:read", "api_keys:write", "billing:write", "notifications:write", "audit:read"}
)
_OWNING: frozenset[Act] = frozenset({"organization:delete"})
_OF_PEOPLE: frozenset[Act] = frozenset({"members:read", "billing:read", "notices:read"})

ACTS_OF_ROLE: dict[Role, frozenset[Act]] = {
    "owner": _READING | _OF_PEOPLE | _WRITING | _LEADING | _OWNING,
    "admin": _READING | _OF_PEOPLE | _WRITING | _LEADING,
    "member": _READING | _OF_PEOPLE | _WRITING,
    "viewer": _READING | _OF_PEOPLE,
}
ACTS_OF_SCOPE: dict[Scope, frozenset[Act]] = {
    "read": _READING,
    "write": _WRITING,
}
ROLES_IN_REACH: dict[Role, frozenset[Role]] = {
    "owner": frozenset(ROLES),
    "admin": frozenset({"admin", "member", "viewer"}),
    "member": frozenset(),
    "viewer": frozenset(),
}


def acts_of(principal: "Principal") -> frozenset[Act]:
    """Everything that this person or key may do."""
    if principal.role is not None:
        return ACTS_OF_ROLE[principal.role]
    return frozenset[Act]().union(*(ACTS_OF_SCOPE[scope] for scope in principal.scopes))


def require(principal: "Principal", act: Act) -> None:
    """Raises ForbiddenError, with a sentence that says who could, unless the principal may do `act`."""
    if act in acts_of(principal):
        return
    if principal.role is None:
        if any(act in acts for acts in ACTS_OF_SCOPE.values()):
            scope = next(scope for scope, acts in ACTS_OF_SCOPE.items() if act in acts)
            raise ForbiddenError(f"This API key lacks the scope {scope!r}. Make a key that has it.")
        raise ForbiddenError("API keys cannot do this. Log in, and do it as a person.")
    able = [role for role in ROLES if act in ACTS_OF_ROLE[role]]
    raise ForbiddenError(f"Your role is {principal.role}; this takes the role {' or '.join(able)}.")


def require_reach(principal: "Principal", role: Role) -> None:
    """Raises ForbiddenError unless the principal may hand out and take away `role`."""
    if principal.role is None or role not in ROLES_IN_REACH[principal.role]:
        raise ForbiddenError(f"Handing out or taking away the role {role} takes an owner.")
