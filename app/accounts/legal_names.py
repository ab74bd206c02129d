"""The legal name of an organization: what its receipts are made out to. Billing's people set it: owners and admins."""

from dataclasses import dataclass
from datetime import datetime

from app.accounts.permissions import require
from app.accounts.principal import Principal
from core.audit import audit
from core.database import Connection, Database, fetch_one
from core.ids import public_id
from core.names import legal_name


@dataclass(frozen=True, slots=True)
class OrganizationNames:
    """`legal_name` None: receipts print `name`."""

    org_id: int
    name: str
    legal_name: str | None


def read_names(database: Database, principal: Principal) -> OrganizationNames:
    """Raises ForbiddenError without `billing:read`."""
    require(principal, "billing:read")
    with database.tenant(principal.org_id) as connection:
        return _names(connection, principal.org_id)


def change_legal_name(
    database: Database, principal: Principal, given: str | None, *, now: datetime
) -> OrganizationNames:
    """From the next receipt on; those that were ordered keep the name that they were ordered with. None: the
    organization's name again.

    Raises ForbiddenError without `billing:write`, and InvalidInputError, which says what the name may not hold.
    """
    require(principal, "billing:write")
    wanted = None if given is None else legal_name(given)
    with database.tenant(principal.org_id) as connection:
        present = _names(connection, principal.org_id)
        if wanted != present.legal_name:
            connection.execute("update ops.organizations set legal_name = %s where id = %s", [wanted, principal.org_id])
            audit(
                connection,
                principal.org_id,
                actor=principal.actor,
                act="organization.legal-name-changed",
                subject=public_id("org", principal.org_id),
                now=now,
                reason=f"{_quoted(present.legal_name)} to {_quoted(wanted)}",
            )
        return OrganizationNames(principal.org_id, present.name, wanted)


def _names(connection: Connection, org_id: int) -> OrganizationNames:
    row = fetch_one(connection, "select name, legal_name from ops.organizations where id = %s", [org_id])
    return OrganizationNames(org_id, row["name"], row["legal_name"])


def _quoted(name: str | None) -> str:
    return "none" if name is None else f"“{name}”"
