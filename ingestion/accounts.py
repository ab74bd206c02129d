"""Provider accounts: the thing whose usage is counted, whatever key reads it.

Recognised by the provider's own organization id where there is one, else by project, key and user ids already seen.
Where nothing was ever seen nothing can be recognised, and the account is a new one.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from core.database import Connection, advisory_key, fetch_one
from ingestion.usage_row import AccountIdentity, ProviderName


class ProviderAccount(NamedTuple):
    id: int
    external_id: str | None
    usage_endpoint: str


def lock_accounts(connection: Connection, org_id: int) -> None:
    """Until this transaction ends nobody else recognises or creates accounts of this organization."""
    connection.execute("select pg_advisory_xact_lock(%s, %s)", advisory_key("accounts", org_id))


def recognise(
    connection: Connection, *, org_id: int, provider: ProviderName, identity: AccountIdentity
) -> ProviderAccount | None:
    """The organization's account that this identity shows, or None if it shows no known one.

    An account with another organization id than the identity's is another account, whatever else they share.
    """
    rows = connection.execute(
        "select account.id, account.external_id, account.usage_endpoint, ("
        "   select count(*) from ops.account_identifiers seen"
        "   join unnest(%(kinds)s::text[], %(values)s::text[]) as shown (kind, value) using (kind, value)"
        "   where seen.account_id = account.id"
        " ) as shared"
        " from ops.provider_accounts account where account.org_id = %(org_id)s and account.provider = %(provider)s"
        " order by shared desc, account.id",
        {
            "org_id": org_id,
            "provider": provider,
            "kinds": [kind for kind, _ in sorted(identity.identifiers)],
            "values": [value for _, value in sorted(identity.identifiers)],
        },
    ).fetchall()
    candidates = [
        (ProviderAccount(row["id"], row["external_id"], row["usage_endpoint"]), row["shared"]) for row in rows
    ]
    if identity.external_id is not None:
        for account, _ in candidates:
            if account.external_id == identity.external_id:
                return account
    for account, shared in candidates:
        if shared > 0 and (account.external_id is None or identity.external_id is None):
            return account
    return None


def is_other_account(connection: Connection, *, account: ProviderAccount, identity: AccountIdentity) -> bool:
    """Whether the identity shows an account that is certainly not this one, though it is not one we know either."""
    if account.external_id is not None and identity.external_id is not None:
        return account.external_id != identity.external_id
    row = fetch_one(
        connection,
        "select count(*) as seen, count(*) filter (where kind || ':' || value = any(%s)) as shared"
        " from ops.account_identifiers where account_id = %s",
        [[f"{kind}:{value}" for kind, value in sorted(identity.identifiers)], account.id],
    )
    return bool(identity.identifiers) and row["seen"] > 0 and row["shared"] == 0


def create_account(
    connection: Connection,
    *,
    org_id: int,
    provider: ProviderName,
    external_id: str | None,
    usage_endpoint: str,
    now: datetime,
) -> ProviderAccount:
    row = fetch_one(
        connection,
        "insert into ops.provider_accounts (org_id, provider, external_id, usage_endpoint, created_at)"
        " values (%s, %s, %s, %s, %s) returning id",
        [org_id, provider, external_id, usage_endpoint, now],
    )
    return ProviderAccount(row["id"], external_id, usage_endpoint)


def remember_identity(
    connection: Connection, *, org_id: int, account: ProviderAccount, identity: AccountIdentity, now: datetime
) -> None:
    """Keep what this identity shows, for the next key that is to be recognised."""
    if account.external_id is None and identity.external_id is not None:
        connection.execute(
            "update ops.provider_accounts set external_id = %s where id = %s", [identity.external_id, account.id]
        )
    remember_identifiers(connection, org_id=org_id, account_id=account.id, identifiers=identity.identifiers, now=now)


def remember_identifiers(
    connection: Connection, *, org_id: int, account_id: int, identifiers: Iterable[tuple[str, str]], now: datetime
) -> None:
    shown = sorted(set(identifiers))
    connection.execute(
        "insert into ops.account_identifiers (org_id, account_id, kind, value, first_seen_at)"
        " select %s, %s, shown.kind, shown.value, %s from unnest(%s::text[], %s::text[]) as shown (kind, value)"
        " on conflict do nothing",
        [org_id, account_id, now, [kind for kind, _ in shown], [value for _, value in shown]],
    )
