"""A ServerContext from settings: what the server, the worker and the commands of the command line start with."""

from app.context import ServerContext
from billing.stripe_gateway import stripe_gateway
from core.clock import SystemClock
from core.database import Database, database_urls
from core.secret_store import secret_store
from core.settings import Settings
from ingestion.providers.registry import usage_providers


def server_context(settings: Settings) -> ServerContext:
    """Database (the embedded one is started), secrets, providers, clock. The caller closes `.database`.

    Raises InvalidInputError for a malformed URL and DatabaseUnavailableError if the database does not answer.
    """
    return ServerContext(
        settings=settings,
        database=Database(database_urls(settings)),
        secrets=secret_store(settings),
        providers=usage_providers(settings),
        clock=SystemClock(),
        stripe=stripe_gateway(settings),
    )
