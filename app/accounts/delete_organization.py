"""Delete an organization: its owner says so, with the password and the organization's name; core/erasure.py does it.

From that moment on nobody gets in, no key works and nothing is polled. There is no way back.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from app.accounts.permissions import require
from app.accounts.person import prove_password
from app.accounts.principal import Principal, with_present_role
from app.context import ServerContext
from billing.checkout import close_checkouts
from core.database import Connection, fetch_one
from core.errors import ConflictError, InvalidInputError


class WrongOrganizationNameError(InvalidInputError):
    code = "wrong-organization-name"

    def __init__(self) -> None:
        super().__init__("This is not the organization's name. Type it as the menu shows it.")


class NotDeletableYetError(ConflictError):
    """`blockers` says what has to be done before, a sentence each."""

    code = "organization-not-deletable-yet"

    def __init__(self, blockers: list[str]) -> None:
        self.blockers = blockers
        super().__init__(" ".join(blockers))


@dataclass(frozen=True, slots=True)
class Blocker:
    """What has to be done before the organization can be deleted; `until`: when it will be, as far as that is known."""

    what: str
    until: datetime | None

    @property
    def sentence(self) -> str:
        day = "" if self.until is None else f"{self.until:%Y-%m-%d}"
        match self.what:
            case "subscription":
                return f"There is a paid plan, which runs until {day}: cancel it on the billing page first."
            case "period":
                return f"A billing period is not closed yet, which is due from {day} on: wait until it is."
            case "purchase":
                return "A plan is being bought: wait until it is on the billing page and cancel it, or for a day."
            case _:
                return "The receipt of a closed period is not issued yet: wait until you have it."


def what_delays_deletion(context: ServerContext, principal: Principal) -> list[Blocker]:
    """Nothing: the organization can be deleted now. Raises ForbiddenError unless an owner asks."""
    require(principal, "organization:delete")
    with context.database.tenant(principal.org_id) as connection:
        return blockers_of(connection, principal.org_id)


def delete_organization(
    context: ServerContext, principal: Principal, *, password: SecretStr, name: str, now: datetime
) -> None:
    """Begin; the worker erases. A second request of the same moment finds nobody signed in any more.

    Raises ForbiddenError, WrongOrganizationNameError, NotDeletableYetError, TooManyAttemptsError,
    WrongPresentPasswordError, and the gateway's errors.
    """
    require(principal, "organization:delete")
    memory_mib = context.settings.password_memory_mib
    prove_password(context.database, principal, password, memory_mib=memory_mib, now=now)
    if (
        context.stripe is not None
        and not what_delays_deletion(context, principal)
        and close_checkouts(context.database, context.stripe, org_id=principal.org_id)
    ):  # nobody shall pay for what is gone
        raise NotDeletableYetError([Blocker("purchase", None).sentence])
    with context.database.tenant(principal.org_id) as connection:
        require(with_present_role(connection, principal), "organization:delete")
        begin_deletion(connection, principal.org_id, name=name, actor=principal.actor, now=now)


def begin_deletion(connection: Connection, org_id: int, *, name: str, actor: str, now: datetime) -> bool:
    """In a transaction that names the tenant; False: it had begun before.

    Raises WrongOrganizationNameError and NotDeletableYetError.
    """
    row = fetch_one(connection, "select name, state from ops.organizations where id = %s for update", [org_id])
    if row["state"] != "active":
        return False
    if unicodedata.normalize("NFC", name).strip() != row["name"]:
        raise WrongOrganizationNameError
    blockers = blockers_of(connection, org_id)
    if blockers:
        raise NotDeletableYetError([blocker.sentence for blocker in blockers])
    began = fetch_one(connection, "select ops.begin_organization_deletion(%s, %s) as is_new", [actor, now])
    return bool(began["is_new"])


def blockers_of(connection: Connection, org_id: int) -> list[Blocker]:
    rows = connection.execute("select what, until from ops.deletion_blockers(%s)", [org_id]).fetchall()
    return [Blocker(**row) for row in rows]
