"""An organization, a vault, a clock and the three providers' clients against a sandbox: what a poll is handed."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from core.clock import FixedClock
from core.database import Database, fetch_one
from core.secret_store import LocalVault
from core.settings import Settings
from ingestion.connections import ConnectionView, connect
from ingestion.patience import Patience
from ingestion.poll import PollSummary, poll_due, poll_sync_request
from ingestion.poll_connection import ConnectionPoll
from ingestion.projects import create_default_project
from ingestion.providers.protocol import UsageProvider
from ingestion.providers.registry import usage_providers
from ingestion.sync_requests import claim_sync_request, finish_sync
from ingestion.usage_row import ProviderName
from ingestion.windows import Cause
from tests.ingestion.raw_truth import raw_cells
from tests.sandbox_process import BaseUrls, SandboxHandle, admin_key, an_account

PROVIDERS = ("openai", "anthropic", "openrouter")
OWNER = "owner@example.com"


async def no_sleep(_seconds: float) -> None:
    """A pause that takes no time."""


PATIENCE = Patience(sleep=no_sleep, jitter=lambda: 0.0)


def an_organization(database: Database, *, name: str = "Example", owner: str = OWNER, now: datetime) -> int:
    """The id of an organization with an owner and a default project."""
    with database.owner() as connection:
        org_id = int(
            fetch_one(
                connection,
                "insert into ops.organizations (name, created_at) values (%s, %s) returning id",
                [name, now],
            )["id"]
        )
        connection.execute(
            "with person as (insert into ops.users (email, password_hash, created_at) values (%s, 'none', %s)"
            " on conflict (email) do update set password_hash = 'none' returning id)"
            " insert into ops.memberships (org_id, user_id, role, created_at)"
            " select %s, id, 'owner', %s from person",
            [owner, now, org_id, now],
        )
    with database.tenant(org_id) as connection:
        create_default_project(connection, org_id, now)
    return org_id


@dataclass(kw_only=True)
class QuietWorld:
    """Without a sandbox: the providers are what the test hands over."""

    database: Database
    secrets: LocalVault
    clock: FixedClock
    providers: Mapping[ProviderName, UsageProvider]
    org_id: int
    patience: Patience = PATIENCE

    def connect(self, provider: str, *, key: str | None = None, **changes: Any) -> ConnectionView:
        arguments: dict[str, Any] = {"label": None, "project_id": None} | changes
        return connect(
            self.database,
            self.providers,
            self.secrets,
            org_id=self.org_id,
            provider=ProviderName(provider),
            api_key=SecretStr(key or admin_key(provider)),
            now=self.clock.now(),
            **arguments,
        )

    def sync(self) -> list[ConnectionPoll]:
        """Carry out every queued request, as a worker does."""
        polls = []
        while request := claim_sync_request(self.database, now=self.clock.now()):
            polls.append(
                poll_sync_request(
                    self.database, self.providers, self.secrets, self.clock, request, patience=self.patience
                )
            )
            finish_sync(self.database, request.id, now=self.clock.now())
        return polls

    def poll(self, cause: Cause = "hourly", **changes: Any) -> PollSummary:
        return poll_due(
            self.database, self.providers, self.secrets, self.clock, cause=cause, patience=self.patience, **changes
        )

    def advance(self, by: timedelta) -> None:
        self.clock.advance(by)

    def totals_unchanged(self, connection: ConnectionView, act: Callable[[], object]) -> bool:
        """Whether the act left every counted bucket of the connection's account as it was."""
        before = raw_cells(self.database, connection.account_id)
        act()
        after = raw_cells(self.database, connection.account_id)
        return bool(before) and before == after


@dataclass(kw_only=True)
class World(QuietWorld):
    """With a sandbox, whose clock is ours."""

    sandbox: SandboxHandle

    def advance(self, by: timedelta) -> None:
        """Time passes, here and at the providers; a rate limit of calls a minute is forgotten with the old clients."""
        super().advance(by)
        self.sandbox.set_clock(self.clock.now())
        self.providers = clients_at(self.sandbox.base_urls)


def an_account_here(provider: str, **changes: Any) -> dict[str, Any]:
    """The sandbox's account on the small trace, or on the one that CARBONLEDGER_TEST_TRACE names."""
    account = an_account(provider)
    trace = os.environ.get("CARBONLEDGER_TEST_TRACE")
    if trace is not None:
        account["usage"] = account["usage"] | {"trace": trace}
    return account | changes


def clients_at(urls: BaseUrls) -> Mapping[ProviderName, UsageProvider]:
    return usage_providers(
        Settings(
            openai_base_url=urls.openai,
            anthropic_base_url=urls.anthropic,
            openrouter_base_url=urls.openrouter,
        )
    )


def a_quiet_world(database: Database, clock: FixedClock, folder: Path, provider: UsageProvider) -> QuietWorld:
    """Without a sandbox: this one provider stands for all."""
    return QuietWorld(
        database=database,
        secrets=LocalVault(folder / "vault"),
        clock=clock,
        providers={provider.name: provider},
        org_id=an_organization(database, now=clock.now()),
    )


def a_world(database: Database, clock: FixedClock, folder: Path, sandbox: SandboxHandle) -> World:
    return World(
        database=database,
        secrets=LocalVault(folder / "vault"),
        clock=clock,
        providers=clients_at(sandbox.base_urls),
        org_id=an_organization(database, now=clock.now()),
        sandbox=sandbox,
    )
