"""The table of permissions: written out, and held at the wire for every role and scope."""

from collections.abc import Callable

import httpx
import pytest

from app.accounts.errors import ForbiddenError
from app.accounts.permissions import (
    ACTS_OF_ROLE,
    ACTS_OF_SCOPE,
    ROLES,
    ROLES_IN_REACH,
    Act,
    Role,
    Scope,
    acts_of,
    require,
)
from app.accounts.principal import Principal
from tests.app.accounts.conftest import Organization, Visit

Found = Callable[..., Organization]
Join = Callable[..., httpx.Client]

#              act                  owner admin member viewer read  write
TABLE: dict[Act, tuple[bool, bool, bool, bool, bool, bool]] = {
    "telemetry:read":    (True, True, True, True, True, False),
    "connections:read":  (True, True, True, True, True, False),
    "connections:write": (True, True, True, False, False, True),
    "projects:read":     (True, True, True, True, True, False),
    "projects:write":    (True, True, True, False, False, True),
    "receipts:read":     (True, True, True, True, True, False),
    "members:read":      (True, True, True, True, False, False),
    "members:write":     (True, True, False, False, False, False),
    "api_keys:read":     (True, True, False, False, False, False),
    "api_keys:write":    (True, True, False, False, False, False),
    "billing:read":      (True, True, True, True, False, False),
    "billing:write":     (True, True, False, False, False, False),
    "notifications:write": (True, True, False, False, False, False),
    "notices:read":      (True, True, True, True, False, False),
    "audit:read":        (True, True, False, False, False, False),
    "organization:delete": (True, False, False, False, False, False),
}  # fmt: skip
ROLE_COLUMNS: tuple[Role, ...] = ("owner", "admin", "member", "viewer")
SCOPE_COLUMNS: tuple[Scope, ...] = ("read", "write")


@pytest.mark.parametrize("act", TABLE)
def test_each_role_and_scope_may_do_what_the_table_says(act: Act) -> None:
    by_role = tuple(act in ACTS_OF_ROLE[role] for role in ROLE_COLUMNS)
    by_scope = tuple(act in ACTS_OF_SCOPE[scope] for scope in SCOPE_COLUMNS)
    assert by_role + by_scope == TABLE[act]


def test_there_is_no_act_outside_the_table() -> None:
    listed = frozenset[Act]().union(*ACTS_OF_ROLE.values(), *ACTS_OF_SCOPE.values())
    assert listed == set(TABLE)
    assert set(ACTS_OF_ROLE) == set(ROLES_IN_REACH) == set(ROLES) == set(ROLE_COLUMNS)


def test_a_key_with_both_scopes_may_do_both() -> None:
    both = Principal(org_id=1, api_key_id=1, scopes=frozenset({"read", "write"}))
    assert acts_of(both) == ACTS_OF_SCOPE["read"] | ACTS_OF_SCOPE["write"]
    assert acts_of(Principal(org_id=1, api_key_id=1)) == frozenset()


@pytest.mark.parametrize(
    ("principal", "act", "sentence"),
    [
        (
            Principal(org_id=1, user_id=1, role="viewer"),
            "connections:write",
            "Your role is viewer; this takes the role owner or admin or member.",
        ),
        (
            Principal(org_id=1, api_key_id=1, scopes=frozenset({"read"})),
            "connections:write",
            "This API key lacks the scope 'write'. Make a key that has it.",
        ),
        (
            Principal(org_id=1, api_key_id=1, scopes=frozenset({"read", "write"})),
            "api_keys:write",
            "API keys cannot do this. Log in, and do it as a person.",
        ),
    ],
)
def test_a_refusal_says_who_could(principal: Principal, act: Act, sentence: str) -> None:
    with pytest.raises(ForbiddenError) as refusal:
        require(principal, act)
    assert refusal.value.sentence == sentence


def _statuses(client: httpx.Client) -> dict[str, int]:
    """What each route of ours says; permitted acts on things that are not there answer 404."""
    return {
        "list members": client.get("/v1/members").status_code,
        "change a role": client.patch("/v1/members/user_99", json={"role": "viewer"}).status_code,
        "remove a member": client.delete("/v1/members/user_99").status_code,
        "invite": client.post("/v1/invitations", json={"email": "eve@example.org", "role": "viewer"}).status_code,
        "list invitations": client.get("/v1/invitations").status_code,
        "withdraw": client.delete("/v1/invitations/inv_99").status_code,
        "make a key": client.post("/v1/api-keys", json={"name": "k", "scopes": ["read"]}).status_code,
        "list keys": client.get("/v1/api-keys").status_code,
        "revoke a key": client.delete("/v1/api-keys/key_99").status_code,
        "me": client.get("/v1/me").status_code,
    }


LEADING = {
    "list members": 200,
    "change a role": 404,
    "remove a member": 404,
    "invite": 201,
    "list invitations": 200,
    "withdraw": 404,
    "make a key": 201,
    "list keys": 200,
    "revoke a key": 404,
    "me": 200,
}
NOTHING = dict.fromkeys(LEADING, 403) | {"me": 200}


@pytest.mark.database
@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("owner", LEADING),
        ("admin", LEADING),
        ("member", NOTHING | {"list members": 200}),
        ("viewer", NOTHING | {"list members": 200}),
    ],
)
def test_each_role_at_the_wire(found: Found, join: Join, role: Role, expected: dict[str, int]) -> None:
    assert _statuses(join(found(), "bob@example.org", role)) == expected


@pytest.mark.database
@pytest.mark.parametrize("scopes", [["read"], ["write"], ["read", "write"]])
def test_no_key_manages_keys_or_members(found: Found, visit: Visit, scopes: list[Scope]) -> None:
    made = found().client.post("/v1/api-keys", json={"name": "k", "scopes": scopes})
    assert _statuses(visit(api_key=made.json()["key"])) == NOTHING


@pytest.mark.database
def test_nobody_may_do_nothing(visit: Visit) -> None:
    assert _statuses(visit()) == dict.fromkeys(LEADING, 401)
