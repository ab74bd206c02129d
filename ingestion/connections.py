"""Connections: a key to a provider account, from its first use to its deletion.

Each act asks the provider first, then writes in one transaction. `connect` is in connect.py, reading in
connection_view.py.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import SecretStr

from core.audit import OPERATOR, AuditedAct, audit
from core.clock import Clock
from core.database import Connection, Database
from core.ids import public_id
from core.secret_store import SecretStore
from ingestion.accounts import ProviderAccount, is_other_account, lock_accounts, recognise, remember_identity
from ingestion.arrivals import touch_byok_usage
from ingestion.connect import checked_label, connect, provider_of
from ingestion.connection_view import ConnectionView, get_connection, list_connections, view_connection
from ingestion.errors import ConnectionNotFoundError, OtherAccountError, UnknownUsageEndpointError
from ingestion.patience import Patience
from ingestion.poll_connection import Poller, poll_connection
from ingestion.providers.protocol import UsageProvider
from ingestion.sync_requests import queue_sync
from ingestion.usage_row import AccountIdentity, ProviderName

__all__ = [
    "ConnectionView",
    "change_endpoint",
    "connect",
    "delete",
    "get_connection",
    "list_connections",
    "reauthenticate",
    "rename",
]

_LAST_POLL_WAITS = timedelta(seconds=30)


def rename(
    database: Database, *, org_id: int, connection_id: int, label: str, now: datetime, actor: str = OPERATOR
) -> ConnectionView:
    """Raises InvalidLabelError and ConnectionNotFoundError."""
    label = checked_label(label)
    with database.tenant(org_id) as connection:
        renamed = connection.execute(
            "update ops.connections set label = %s where id = %s and deleted_at is null and label <> %s",
            [label, connection_id, label],
        )
        if renamed.rowcount:
            _audit(connection, org_id, connection_id, "connection.renamed", actor=actor, reason=label, now=now)
        return view_connection(connection, org_id=org_id, connection_id=connection_id)


def reauthenticate(
    database: Database,
    providers: Mapping[ProviderName, UsageProvider],
    secrets: SecretStore,
    *,
    org_id: int,
    connection_id: int,
    api_key: SecretStr,
    now: datetime,
    actor: str = OPERATOR,
) -> ConnectionView:
    """The connection with its new key, active again, a sync queued; the old secret is gone.

    Raises what `UsageProvider.identify` raises, OtherAccountError for a key of another account,
    ConnectionNotFoundError.
    """
    view = get_connection(database, org_id, connection_id)
    client = provider_of(providers, view.provider)
    identity = asyncio.run(client.identify(api_key, usage_endpoint=view.usage_endpoint, now=now))
    arn = secrets.put(f"org_{org_id}/{view.provider}", api_key)
    try:
        with database.tenant(org_id) as connection:
            lock_accounts(connection, org_id)
            old_arn = _lock(connection, connection_id)
            account = _same_account(connection, view, identity)
            remember_identity(connection, org_id=org_id, account=account, identity=identity, now=now)
            connection.execute(
                "update ops.connections set secret_arn = %s, status = 'active', error_code = null,"
                " error_sentence = null, consecutive_permanent_failures = 0, not_before = null where id = %s",
                [arn, connection_id],
            )
            queue_sync(connection, org_id=org_id, connection_id=connection_id, now=now)
            _audit(connection, org_id, connection_id, "connection.reauthenticated", actor=actor, now=now)
            renewed = view_connection(connection, org_id=org_id, connection_id=connection_id)
    except BaseException:
        secrets.delete(arn)
        raise
    secrets.delete(old_arn)
    return renewed


def change_endpoint(
    database: Database,
    providers: Mapping[ProviderName, UsageProvider],
    secrets: SecretStore,
    *,
    org_id: int,
    connection_id: int,
    usage_endpoint: str,
    now: datetime,
    actor: str = OPERATOR,
) -> ConnectionView:
    """Choose the usage API that the account is read from. The poll that stores its data for today makes the switch.

    Raises UnknownUsageEndpointError, ConnectionNotFoundError, and what `UsageProvider.identify` raises if the key
    cannot read that endpoint; then nothing changes.
    """
    view = get_connection(database, org_id, connection_id)
    client = provider_of(providers, view.provider)
    if usage_endpoint not in client.usage_endpoints:
        raise UnknownUsageEndpointError(tuple(client.usage_endpoints))
    with database.tenant(org_id) as connection:
        arn = _lock(connection, connection_id)
    asyncio.run(client.identify(secrets.get(arn), usage_endpoint=usage_endpoint, now=now))
    with database.tenant(org_id) as connection:
        _lock(connection, connection_id)
        connection.execute(
            "update ops.provider_accounts set usage_endpoint = %s where id = %s", [usage_endpoint, view.account_id]
        )
        if view.status == "active":
            queue_sync(connection, org_id=org_id, connection_id=connection_id, now=now)
        _audit(
            connection,
            org_id,
            connection_id,
            "connection.endpoint-changed",
            actor=actor,
            reason=usage_endpoint,
            now=now,
        )
        return view_connection(connection, org_id=org_id, connection_id=connection_id)


def delete(
    database: Database,
    providers: Mapping[ProviderName, UsageProvider],
    secrets: SecretStore,
    clock: Clock,
    *,
    org_id: int,
    connection_id: int,
    actor: str = OPERATOR,
) -> None:
    """Poll once more, delete the secret, mark the connection deleted; what was read stays.

    A last poll that fails does not keep it. The secret goes first: killed after that, deleting again finishes the
    work, and no secret is ever left without a connection. Raises ConnectionNotFoundError.
    """
    view = get_connection(database, org_id, connection_id)
    if view.status == "active":
        poller = Poller(database, providers, secrets, clock, Patience(budget=timedelta(0)))
        asyncio.run(poll_connection(poller, connection_id, cause="delete", lock_patience=_LAST_POLL_WAITS))
    with database.tenant(org_id) as connection:
        arn = _lock(connection, connection_id)
        secrets.delete(arn)
        now = clock.now()
        connection.execute(
            "update ops.connections set status = 'deleted', deleted_at = %s, secret_arn = null where id = %s",
            [now, connection_id],
        )
        connection.execute(
            "update ops.sync_requests set state = 'failed', finished_at = %s, lease_until = null,"
            " error_code = 'connection-deleted', error_sentence = 'The connection was deleted.'"
            " where connection_id = %s and finished_at is null",
            [now, connection_id],
        )
        touch_byok_usage(connection, org_id=org_id, cause="disconnected", now=now)
        _audit(connection, org_id, connection_id, "connection.deleted", actor=actor, now=now)


def _lock(connection: Connection, connection_id: int) -> str:
    """The secret's ARN; nobody else changes or polls into this connection until the transaction ends."""
    row = connection.execute(
        "select secret_arn from ops.connections where id = %s and deleted_at is null for no key update", [connection_id]
    ).fetchone()
    if row is None:
        raise ConnectionNotFoundError
    return str(row["secret_arn"])


def _audit(
    connection: Connection,
    org_id: int,
    connection_id: int,
    act: AuditedAct,
    *,
    actor: str,
    now: datetime,
    reason: str | None = None,
) -> None:
    subject = public_id("conn", connection_id)
    audit(connection, org_id, actor=actor, act=act, subject=subject, now=now, reason=reason)


def _same_account(connection: Connection, view: ConnectionView, identity: AccountIdentity) -> ProviderAccount:
    """The connection's account, if the identity may be its. Raises OtherAccountError.

    A key that shows nothing at all cannot be told apart and is taken; its usage will show whose it is.
    """
    row = connection.execute(
        "select id, external_id, usage_endpoint from ops.provider_accounts where id = %s", [view.account_id]
    ).fetchone()
    if row is None:
        raise ConnectionNotFoundError
    account = ProviderAccount(**row)
    shown = recognise(connection, org_id=view.org_id, provider=view.provider, identity=identity)
    if shown is not None and shown.id != account.id:
        raise OtherAccountError
    if shown is None and is_other_account(connection, account=account, identity=identity):
        raise OtherAccountError
    return account
