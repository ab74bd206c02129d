"""`carbonledger-server billing …`: decisions of operators."""

from billing.holds import lift_hold as lift
from billing.stripe_events import retry
from core.audit import audit
from core.clock import SystemClock
from core.database import Database, database_urls
from core.errors import InvalidInputError, NotFoundError
from core.ids import database_key
from core.settings import Settings


def lift_hold(settings: Settings, organization: str) -> str:
    """What was done, in a sentence. Raises InvalidInputError for what is no organization's id."""
    org_id = database_key("org", organization)
    if org_id is None:
        raise InvalidInputError("An organization's id reads org_12.")
    with Database(database_urls(settings), pool_size=1) as database, database.worker() as connection:
        if not lift(connection, org_id=org_id):
            return f"{organization} is not on hold"
        audit(
            connection,
            org_id,
            actor="operator",
            act="billing.hold-lifted",
            subject=organization,
            now=SystemClock().now(),
        )
    return f"{organization} is not on hold any more"


def retry_event(settings: Settings, event_id: str) -> str:
    """What was done, in a sentence. Raises NotFoundError for an event that is not dead."""
    with Database(database_urls(settings), pool_size=1) as database, database.worker() as connection:
        if not retry(connection, event_id, now=SystemClock().now()):
            raise NotFoundError(f"There is no dead event {event_id}.")
    return f"{event_id} is carried out again"
