"""Who am I: the person or key behind a principal, and the organizations that a person can switch to."""

from dataclasses import dataclass

from app.accounts.permissions import Act, Role, acts_of
from app.accounts.principal import Principal
from core.database import Database, fetch_one


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """`role` is the person's role there; None for an API key."""

    org_id: int
    name: str
    tier: str
    role: Role | None


@dataclass(frozen=True, slots=True)
class Me:
    """`organizations` has the present one too; for a key, only it."""

    principal: Principal
    email: str | None
    display_name: str | None
    organization: OrganizationView
    organizations: list[OrganizationView]
    acts: frozenset[Act]


def who_am_i(database: Database, principal: Principal) -> Me:
    with database.tenant(principal.org_id) as connection:
        if principal.user_id is None:
            row = fetch_one(
                connection, "select id, name, tier from ops.organizations where id = %s", [principal.org_id]
            )
            only = OrganizationView(row["id"], row["name"], row["tier"], None)
            return Me(principal, None, None, only, [only], acts_of(principal))
        person = fetch_one(connection, "select email, display_name from ops.person(%s)", [principal.user_id])
        rows = connection.execute("select * from ops.organizations_of_user(%s)", [principal.user_id]).fetchall()
    organizations = [OrganizationView(**row) for row in rows]
    return Me(
        principal=principal,
        email=person["email"],
        display_name=person["display_name"],
        organization=next(each for each in organizations if each.org_id == principal.org_id),
        organizations=organizations,
        acts=acts_of(principal),
    )
