"""The demo's organization and connections, made through the same functions as everybody's."""

from pydantic import SecretStr

from app.accounts.errors import EmailTakenError
from app.accounts.sessions import log_in
from app.accounts.sign_up import sign_up
from app.context import ServerContext
from app.demo.home import DemoFacts
from app.demo.providers import ACCOUNTS
from ingestion.connections import ConnectionView, connect, list_connections
from ingestion.sync_requests import request_sync, requeue_sync

ORGANIZATION = "Demo organization"
ADDRESS = "127.0.0.1"


def open_organization(context: ServerContext, facts: DemoFacts) -> int:
    """The demo's organization, made now unless an earlier run did. Its id."""
    now, memory_mib = context.clock.now(), context.settings.password_memory_mib
    password = SecretStr(facts.password)
    try:
        session = sign_up(
            context.database,
            email=facts.email,
            password=password,
            organization=ORGANIZATION,
            address=ADDRESS,
            memory_mib=memory_mib,
            now=now,
        )
    except EmailTakenError:
        session = log_in(
            context.database, email=facts.email, password=password, address=ADDRESS, memory_mib=memory_mib, now=now
        )
    return session.org_id


def open_connections(context: ServerContext, org_id: int) -> list[ConnectionView]:
    """All of them, connected now where an earlier run did not; syncs that it left half-done are queued again."""
    there = {connection.label for connection in list_connections(context.database, org_id)}
    for account in ACCOUNTS:
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
