"""`carbonledger-server organizations …`: an operator's hand on whole organizations."""

from app.accounts.delete_organization import begin_deletion
from core.audit import OPERATOR
from core.clock import SystemClock
from core.database import Database, database_urls, enter_tenant
from core.erasure import ERASED_AFTER, erase, erase_due
from core.errors import InvalidInputError, NotFoundError
from core.ids import database_key
from core.secret_store import secret_store
from core.settings import Settings


def delete_organization(settings: Settings, organization: str | None, *, name: str) -> str:
    """What was done, in a sentence. The first call only begins: what was under way may write for ERASED_AFTER more.
    None: go on with every organization whose deletion was asked for that long ago.

    Raises InvalidInputError for what is no organization's id, NotFoundError, and what `begin_deletion` raises.
    """
    now, secrets = SystemClock().now(), secret_store(settings)
    with Database(database_urls(settings), pool_size=2) as database:
        if organization is None:
            return f"{erase_due(database, secrets, now=now)} organizations erased"
        org_id = database_key("org", organization)
        if org_id is None:
            raise InvalidInputError("An organization's id reads org_12.")
        with database.worker() as connection:
            found = connection.execute(
                "select state, deletion_requested_at from ops.organizations where id = %s", [org_id]
            ).fetchone()
            if found is None:
                raise NotFoundError(f"There is no organization {organization}.")
            if found["state"] == "deleted":
                return f"{organization} was erased before"
            enter_tenant(connection, org_id)
            begin_deletion(connection, org_id, name=name, actor=OPERATOR, now=now)
        if now < (found["deletion_requested_at"] or now) + ERASED_AFTER:
            return (
                f"{organization} is closed: nobody gets in, and nothing is polled. The worker erases it in two minutes;"
                " where none runs, run this again then"
            )
        if erase(database, secrets, org_id=org_id, now=now):
            return f"{organization} is erased"
    return f"{organization} is being erased; a build is under way: run this again, or leave the rest to the worker"
