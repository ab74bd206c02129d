"""The demo's organization and connections, made through the same functions as everybody's."""

from collections.abc import Sequence

from pydantic import SecretStr

from app.accounts.errors import EmailTakenError
from app.accounts.sessions import Session, log_in
from app.accounts.sign_up import sign_up
from app.context import ServerContext
from app.demo.home import DemoFacts
from app.demo.providers import ACCOUNTS, DemoAccount
from ingestion.connections import ConnectionView, connect, list_connections
from ingestion.sync_requests import request_sync, requeue_sync

ORGANIZATION = "Demo organization"
PAID_ORGANIZATION = "Paid organization"
ADDRESS = "127.0.0.1"


def open_organization(context: ServerContext, facts: DemoFacts, *, email: str, name: str) -> Session:
    """An organization of the demo's, made now unless an earlier run did, and its owner."""
    now, memory_mib = context.clock.now(), context.settings.password_memory_mib
    password = SecretStr(facts.password)
    try:
        session = sign_up(
            context.database,
            email=email,
            password=password,
            organization=name,
            address=ADDRESS,
            memory_mib=memory_mib,
            now=now,
        )
    except EmailTakenError:
        session = log_in(
            context.database, email=email, password=password, address=ADDRESS, memory_mib=memory_mib, now=now
        )
    return session


def open_connections(
    context: ServerContext, org_id: int, accounts: Sequence[DemoAccount] = ACCOUNTS
) -> list[ConnectionView]:
    """All of them, connected now where an earlier run did not; syncs that it left half-done are queued again."""
    there = {connection.label for connection in list_connections(context.database, org_id)}
    for account in accounts:
        if account.label not in there:
            connect(
                context.database,
                context.providers,
                context.secrets,
                org_id=org_id,
                provider=account.provider,
                api_key=SecretStr(account.key),
                label=account.label,
                project_id=None,
                now=context.clock.now(),
            )
    connections = list_connections(context.database, org_id)
    for connection in connections:
        if connection.sync and connection.sync.finished_at is None:
            requeue_sync(context.database, connection.sync.id, now=context.clock.now())
    return connections


def poll_again(context: ServerContext, connection: ConnectionView) -> None:
    request_sync(context.database, org_id=connection.org_id, connection_id=connection.id, now=context.clock.now())
