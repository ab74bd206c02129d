"""A paying organization whose usage comes by real polls of providers in memory: raw is never written by hand."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from core.clock import FixedClock
from core.database import Database
from core.secret_store import LocalVault
from ingestion.connect import connect
from ingestion.poll_connection import Poller, poll_connection
from ingestion.usage_row import ProviderName
from ingestion.windows import Cause
from tests.billing.periods.stripe_mirrors import NOVEMBER, Customer
from tests.ingestion.fake_provider import FakeProvider
from tests.ingestion.world import PATIENCE, an_organization
from tests.sandbox_process import admin_key

NAMES = (ProviderName.OPENAI, ProviderName.ANTHROPIC, ProviderName.OPENROUTER)


@dataclass(frozen=True)
class LivePayer:
    """`connections` by provider; each provider's `rows` are all the usage there is."""

    database: Database
    secrets: LocalVault
    customer: Customer
    providers: Mapping[ProviderName, FakeProvider]
    connections: Mapping[ProviderName, int]

    def poll(self, name: ProviderName, *, now: datetime, cause: Cause = "monthly") -> str:
        """The outcome of one poll of the provider's account: `skipped` if somebody else polls it at this moment."""
        provider = self.providers[name]
        provider.asked.clear()
        poller = Poller(self.database, self.providers, self.secrets, FixedClock(now), PATIENCE)
        return asyncio.run(poll_connection(poller, self.connections[name], cause=cause)).outcome

    def query(self, text: str) -> list[dict[str, Any]]:
        """Rows of a query about the organization, which it calls `%(org)s`."""
        with self.database.worker() as connection:
            return connection.execute(text.encode(), {"org": self.customer.org_id}).fetchall()


def a_live_payer(database: Database, folder: Path) -> LivePayer:
    """Subscribed, and connected to each provider, on 1 November 2026, when there was no usage yet."""
    org_id = an_organization(database, now=NOVEMBER)
    providers = {name: FakeProvider(name=name) for name in NAMES}
    secrets = LocalVault(folder / f"vault-{org_id}")
    connections = {
        name: connect(
            database,
            providers,
            secrets,
            org_id=org_id,
            provider=name,
            api_key=SecretStr(admin_key(name)),
            label=None,
            project_id=None,
            now=NOVEMBER,
        ).id
        for name in NAMES
    }
    customer = Customer(database, org_id)
    customer.subscribes(at=NOVEMBER)
    return LivePayer(database, secrets, customer, providers, connections)


SEALED_OF_TRUTH = """
    with said as (
        select distinct on (period.id, usage_hash) period.id as period_id, usage_hash, is_tombstone,
            uncached_input_tokens
        from ops.billing_periods as period
        join raw.usage_observations as observation
            on observation.org_id = period.org_id and period.span @> bucket_started_at
                and observation_id < period.seal_arrival_id
        where period.org_id = %(org)s and period.funding = 'paid'
        order by period.id, usage_hash, revision desc
    )
    select period_id, coalesce(sum(uncached_input_tokens) filter (where not is_tombstone), 0)::bigint as tokens
    from said group by period_id order by period_id
"""
"""Tokens that the provider had told of each sealed period when its seal drew its number: what the close must state."""

SEALED = """
    select period_id, sum(uncached_input_tokens)::bigint as tokens from ops.sealed_usage
    where org_id = %(org)s and disposition = 'billed' and origin_period_id = period_id
    group by period_id order by period_id
"""

STATED = """
    with stated as (
        select usage_hash, uncached_input_tokens from ops.sealed_usage
        where org_id = %(org)s and disposition = 'billed'
        union all
        select usage_hash, uncached_input_tokens from marts.fct_period_usage where org_id = %(org)s
    ), started as (
        select distinct usage_hash, account_id, bucket_started_at from raw.usage_observations where org_id = %(org)s
    )
    select account.provider, started.bucket_started_at, sum(stated.uncached_input_tokens)::bigint as tokens
    from stated join started using (usage_hash)
    join ops.provider_accounts as account on account.id = started.account_id
    group by account.provider, started.bucket_started_at having sum(stated.uncached_input_tokens) <> 0
"""
"""Tokens of each bucket over all closes and what no close has stated yet."""
