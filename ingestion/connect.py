"""Connect a key: the provider says whose it is, the vault keeps it, one transaction writes the rest.

key → identify (nothing stored if refused) → secret store → account, streams, connection, workload, sync request.
Killed before the commit, nothing is connected; the secret of a failed transaction is removed again.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from pydantic import SecretStr

from core.audit import OPERATOR, audit
from core.clock import floor_to_day
from core.database import Connection, Database, fetch_one
from core.ids import public_id
from core.secret_store import SecretStore
from ingestion.accounts import ProviderAccount, create_account, lock_accounts, recognise, remember_identity
from ingestion.arrivals import touch_byok_usage
from ingestion.connection_view import ConnectionView, view_connection
from ingestion.errors import AccountAlreadyConnectedError, InvalidLabelError, UnknownProviderError
from ingestion.projects import chosen_project
from ingestion.providers.protocol import UsageProvider
from ingestion.streams import begin_streams
from ingestion.sync_requests import queue_sync
from ingestion.usage_row import AccountIdentity, ProviderName
from ingestion.windows import FIRST_HISTORY
from ingestion.workloads import route_account

DISPLAY_NAMES: Mapping[ProviderName, str] = {
    ProviderName.OPENAI: "OpenAI",
    ProviderName.ANTHROPIC: "Anthropic",
    ProviderName.OPENROUTER: "OpenRouter",
}


def connect(  # noqa: PLR0913 - three collaborators, and what the user filled in
    database: Database,
    providers: Mapping[ProviderName, UsageProvider],
    secrets: SecretStore,
    *,
    org_id: int,
    provider: ProviderName,
    api_key: SecretStr,
    label: str | None,
    project_id: int | None,
    now: datetime,
    actor: str = OPERATOR,
) -> ConnectionView:
    """The new connection, with its first sync queued. Nothing is stored unless the provider took the key.

    Raises what `UsageProvider.identify` raises, InvalidLabelError, UnknownProviderError, UnknownProjectError, and
    AccountAlreadyConnectedError, which names the connection that reads this account.
    """
    label = checked_label(label or DISPLAY_NAMES[provider])
    client = provider_of(providers, provider)
    with database.tenant(org_id) as connection:
        chosen_project(connection, org_id=org_id, project_id=project_id, now=now)
    identity = asyncio.run(client.identify(api_key, usage_endpoint=client.usage_endpoints[0], now=now))
    arn = secrets.put(f"org_{org_id}/{provider}", api_key)
    try:
        with database.tenant(org_id) as connection:
            if project_id is not None:  # before the account: archiving a project locks in this order too
                chosen_project(connection, org_id=org_id, project_id=project_id, now=now)
            account = _account(connection, client, org_id=org_id, identity=identity, now=now)
            connection_id = _insert(connection, account, org_id=org_id, client=client, label=label, arn=arn, now=now)
            queue_sync(connection, org_id=org_id, connection_id=connection_id, now=now)
            if project_id is not None or not _has_workload(connection, account):
                project = chosen_project(connection, org_id=org_id, project_id=project_id, now=now)
                route_account(
                    connection, org_id=org_id, account_id=account.id, project_id=project, now=now, cause="connected"
                )
            touch_byok_usage(connection, org_id=org_id, cause="connected", now=now)
            subject = public_id("conn", connection_id)
            audit(
                connection, org_id, actor=actor, act="connection.connected", subject=subject, now=now, reason=provider
            )
            return view_connection(connection, org_id=org_id, connection_id=connection_id)
    except BaseException:
        secrets.delete(arn)
        raise


def provider_of(providers: Mapping[ProviderName, UsageProvider], name: ProviderName) -> UsageProvider:
    try:
        return providers[name]
    except KeyError:
        raise UnknownProviderError(tuple(sorted(providers))) from None


def checked_label(label: str) -> str:
    """The label without spaces around it. Raises InvalidLabelError."""
    stripped = label.strip()
    if not 1 <= len(stripped) <= 80 or not stripped.isprintable():
        raise InvalidLabelError
    return stripped


def _account(
    connection: Connection, client: UsageProvider, *, org_id: int, identity: AccountIdentity, now: datetime
) -> ProviderAccount:
    """The account that the key reads: the known one, if nobody else reads it, or a new one."""
    lock_accounts(connection, org_id)
    account = recognise(connection, org_id=org_id, provider=client.name, identity=identity)
    if account is None:
        account = create_account(
            connection,
            org_id=org_id,
            provider=client.name,
            external_id=identity.external_id,
            usage_endpoint=client.usage_endpoints[0],
            now=now,
        )
    first = connection.execute(
        "select label from ops.connections where account_id = %s and deleted_at is null", [account.id]
    ).fetchone()
    if first is not None:
        raise AccountAlreadyConnectedError(first["label"])
    remember_identity(connection, org_id=org_id, account=account, identity=identity, now=now)
    streams = client.streams(account.usage_endpoint)
    begin_streams(connection, org_id=org_id, account_id=account.id, streams=streams)
    return account


def _insert(
    connection: Connection,
    account: ProviderAccount,
    *,
    org_id: int,
    client: UsageProvider,
    label: str,
    arn: str,
    now: datetime,
) -> int:
    row = fetch_one(
        connection,
        "insert into ops.connections (org_id, account_id, provider, label, secret_arn, history_from, last_daily_at,"
        " last_weekly_at, last_monthly_at, created_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning id",
        [org_id, account.id, client.name, label, arn, floor_to_day(now) - FIRST_HISTORY, now, now, now, now],
    )
    return int(row["id"])


def _has_workload(connection: Connection, account: ProviderAccount) -> bool:
    row = connection.execute("select 1 from ops.workloads where account_id = %s limit 1", [account.id]).fetchone()
    return row is not None
