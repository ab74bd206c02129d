"""One organization with two accounts, whose people and providers act at random: each act through the product's own
functions, and beside it in the model. What the product refuses, the model refuses for the same reason.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from core.clock import FixedClock, floor_to_hour
from core.database import Database
from core.secret_store import LocalVault
from ingestion.corrections import correct_usage, withdraw_correction
from ingestion.errors import DefaultProjectError, ProjectArchivedError, ProjectInUseError
from ingestion.mapping import MappingChange, change_mapping, read_mapping
from ingestion.poll_connection import Poller, poll_connection
from ingestion.projects import change_project, create_project
from ingestion.usage_row import Counters, ProviderName, UsageRow
from ingestion.workloads import WHOLE_ACCOUNT, Selector
from tests.ingestion.fake_provider import FIRST, FakeProvider
from tests.ingestion.world import PATIENCE, QuietWorld, an_organization
from tests.warehouse.mapping_model import Bucket, Change, Correction, MappingModel

ACTOR = "user_someone"
MODEL_NAME = "gpt-4o"
PROVIDERS = (ProviderName.OPENAI, ProviderName.ANTHROPIC)
PROVIDER_PROJECTS = (None, "alpha", "beta")
KEYS = (None, "key_1", "key_2")
SELECTORS = (
    WHOLE_ACCOUNT,
    Selector("project", "alpha"),
    Selector("project", "(none)"),
    Selector("api_key", "key_1"),
    Selector("api_key", "(none)"),
)
BEGIN = datetime.fromisoformat("2026-11-18T09:17:23.000007+00:00")


def usage(bucket: Bucket, tokens: int) -> UsageRow:
    return UsageRow(
        stream=FIRST,
        bucket_started_at=bucket.started_at,
        bucket_ended_at=bucket.started_at + timedelta(hours=1),
        dimensions={"project_id": bucket.provider_project, "api_key_id": bucket.api_key},
        model=MODEL_NAME,
        upstream=None,
        provider_project_id=bucket.provider_project,
        api_key_id=bucket.api_key,
        service_tier=None,
        inference_geo=None,
        is_batch=False,
        counters=Counters(tokens, 0, 0, None, 0, 1),
        payload={"input_tokens": tokens},
    )


@dataclass
class Acting:
    """The organization. `happened` counts what came about, so that a test can say that it was about something."""

    world: QuietWorld
    providers: tuple[FakeProvider, ...]
    connections: tuple[int, ...]
    accounts: tuple[int, ...]
    projects: list[int]
    model: MappingModel
    happened: Counter[str] = field(default_factory=Counter)

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def wait(self, span: timedelta) -> None:
        self.world.advance(span)

    def create(self) -> None:
        name = f"Projekt № {len(self.projects)} ✓"
        made = create_project(self.world.database, org_id=self.world.org_id, name=name, actor=ACTOR, now=self.now)
        self.projects.append(made.id)

    def map(self, account: int, selector: int, project: int | None, delay: timedelta) -> None:
        """From `delay` on the selector's usage goes to the project; None takes the selector away."""
        chosen, since = SELECTORS[selector], self.now + delay
        target = None if project is None else self._project(project)
        if chosen == WHOLE_ACCOUNT and target is None:
            return
        change = MappingChange(chosen, target)
        try:
            self._change_mapping(self.connections[account], change, since)
        except ProjectArchivedError:
            assert target in self.model.archived
            self.happened["mapping to an archived project refused"] += 1
            return
        assert target not in self.model.archived
        self.model.changes.append(Change(self.accounts[account], chosen, since, target))
        self.happened["planned" if delay else "re-mapped"] += 1
        self.happened["re-mapped inside a bucket"] += since != floor_to_hour(since)

    def archive(self, project: int) -> None:
        chosen = self._project(project)
        try:
            self._change_project(chosen, is_archived=True)
        except DefaultProjectError:
            assert chosen == self.model.default_project
        except ProjectInUseError:
            assert self.model.is_in_use(chosen, list(self.accounts), now=self.now)
            self.happened["archiving refused"] += 1
        else:
            assert not self.model.is_in_use(chosen, list(self.accounts), now=self.now)
            self.model.archived.add(chosen)
            self.happened["archived"] += 1

    def restore(self, project: int) -> None:
        self._change_project(self._project(project), is_archived=False)
        self.model.archived.discard(self._project(project))

    def correct(self, account: int, selector: int, project: int, since: timedelta | None, length: timedelta) -> None:
        """A correction of [now − since, … + length), now at the latest; `since` None: from the first usage on."""
        start = None if since is None else self.now - since
        end = self.now if start is None else min(start + length, self.now)
        made = correct_usage(
            self.world.database,
            org_id=self.world.org_id,
            connection_id=self.connections[account],
            selector=SELECTORS[selector],
            start=start,
            end=end,
            project_id=self._project(project),
            reason="It was another project's.",
            actor=ACTOR,
            now=self.now,
        )
        correction = Correction(
            made.id, self.accounts[account], SELECTORS[selector], start, end, self._project(project)
        )
        self.model.corrections.append(correction)
        self.happened["corrected"] += 1

    def withdraw(self, correction: int) -> None:
        if not self.model.corrections:
            return
        chosen = self.model.corrections[correction % len(self.model.corrections)]
        withdraw_correction(
            self.world.database, org_id=self.world.org_id, correction_id=chosen.id, actor=ACTOR, now=self.now
        )
        chosen.stands = False
        self.happened["withdrawn"] += 1

    def use(self, account: int, hours_ago: int, hours: int, tokens: int) -> None:
        """The provider counts tokens in closed hours up to `hours_ago`, in every project and key of its own: in buckets
        that it did not tell of before, or in those that it did.
        """
        told = {self._bucket(account, row): row for row in self.providers[account].rows}
        for ago in range(hours_ago, hours_ago + hours):
            started_at = floor_to_hour(self.now) - timedelta(hours=1 + ago)
            for number, (provider_project, key) in enumerate(product(PROVIDER_PROJECTS, KEYS)):
                bucket = Bucket(self.accounts[account], started_at, provider_project, key)
                self.happened["revised" if bucket in told else "late" if ago else "used"] += 1
                told[bucket] = usage(bucket, tokens + number)
        self.providers[account].rows = list(told.values())

    def forget(self, account: int, row: int) -> None:
        """The provider takes one of its buckets back."""
        rows = self.providers[account].rows
        if rows:
            del rows[row % len(rows)]
            self.happened["taken back"] += 1

    def poll(self) -> None:
        poller = Poller(self.world.database, self.world.providers, self.world.secrets, self.world.clock, PATIENCE)
        for connection_id in self.connections:
            polled = asyncio.run(poll_connection(poller, connection_id, cause="weekly"))
            assert polled.outcome == "polled", polled.error

    def _bucket(self, account: int, row: UsageRow) -> Bucket:
        return Bucket(self.accounts[account], row.bucket_started_at, row.provider_project_id, row.api_key_id)

    def _project(self, number: int) -> int:
        return self.projects[number % len(self.projects)]

    def _change_project(self, project_id: int, **changes: Any) -> None:
        change_project(
            self.world.database, org_id=self.world.org_id, project_id=project_id, actor=ACTOR, now=self.now, **changes
        )

    def _change_mapping(self, connection_id: int, change: MappingChange, since: datetime) -> None:
        database, org_id = self.world.database, self.world.org_id
        change_mapping(
            database,
            org_id=org_id,
            connection_id=connection_id,
            version=read_mapping(database, org_id, connection_id).version,
            changes=[change],
            effective_at=None if since == self.now else since,
            actor=ACTOR,
            now=self.now,
        )


def an_acting_organization(database: Database, folder: Path) -> Acting:
    """A new organization in the database, with an account at each of two providers and three projects."""
    clock = FixedClock(BEGIN)
    providers = tuple(FakeProvider(name=name) for name in PROVIDERS)
    world = QuietWorld(
        database=database,
        secrets=LocalVault(folder / "vault"),
        clock=clock,
        providers={provider.name: provider for provider in providers},
        org_id=an_organization(database, now=clock.now()),
    )
    connected = [world.connect(name) for name in PROVIDERS]
    with database.tenant(world.org_id) as connection:
        (default,) = connection.execute("select id from ops.projects").fetchall()
    acting = Acting(
        world=world,
        providers=providers,
        connections=tuple(view.id for view in connected),
        accounts=tuple(view.account_id for view in connected),
        projects=[default["id"]],
        model=MappingModel(default["id"]),
    )
    acting.create()
    acting.create()
    return acting
