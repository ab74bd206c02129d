"""`carbonledger-server operators …`: who runs the installation. Each answers what was done, in a sentence."""

from app.accounts.operators import grant_operator, list_operators, revoke_operator
from core.clock import SystemClock
from core.database import Database, database_urls
from core.settings import Settings


def grant(settings: Settings, email: str) -> str:
    """Raises NotFoundError for an address that nobody has signed up with."""
    with Database(database_urls(settings), pool_size=1) as database:
        is_new = grant_operator(database, email, now=SystemClock().now())
    return f"{email} is an operator" if is_new else f"{email} is an operator already"


def revoke(settings: Settings, email: str) -> str:
    with Database(database_urls(settings), pool_size=1) as database:
        was_one = revoke_operator(database, email)
    return f"{email} is no operator any more" if was_one else f"{email} is no operator"


def listed(settings: Settings) -> str:
    with Database(database_urls(settings), pool_size=1) as database:
        return "\n".join(list_operators(database)) or "There are no operators."
