"""Dagster runs the real thing: the sandbox's usage, a real database, dbt as Dagster starts it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import dagster as dg
import pytest
from pydantic import SecretStr

from core.clock import SystemClock, floor_to_day, floor_to_hour
from core.database import Database, fetch_one
from core.secret_store import secret_store
from core.settings import Settings
from ingestion.connections import connect
from ingestion.providers.registry import usage_providers
from ingestion.sync_requests import LEASE, claim_sync_request, requeue_sync
from ingestion.usage_row import ProviderName
from tests.ingestion.world import an_organization
from tests.sandbox_process import SandboxHandle, admin_key, an_account, start_sandbox

pytestmark = [
    pytest.mark.database,
    pytest.mark.filterwarnings("ignore:.*currently in beta"),  # Dagster says it of its own decorators
    pytest.mark.filterwarnings("ignore::DeprecationWarning:dagster"),
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxHandle]:
    starts_at = floor_to_day(datetime.now(UTC)) - timedelta(days=3)
    usage = {"generate": {"seed": 11, "starts_at": starts_at.isoformat()}}
    with start_sandbox({"now": None, "accounts": [an_account("openai", usage=usage)]}) as sandbox:
        yield sandbox


@pytest.fixture
def settings(url_with_marts: str, home: Path, sandbox: SandboxHandle, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What a process that Dagster starts reads from its environment."""
    monkeypatch.setenv("CARBONLEDGER_HOME", str(home))
    monkeypatch.setenv("CARBONLEDGER_DATABASE_URL", url_with_marts)
    monkeypatch.setenv("CARBONLEDGER_OPENAI_BASE_URL", sandbox.base_urls.openai)
    return Settings(_env_file=None)


@pytest.fixture
def connected(settings: Settings, database_with_marts: Database) -> Settings:
    """An organization with one OpenAI connection, whose first sync waits."""
    org_id = an_organization(database_with_marts, now=SystemClock().now())
    connect(
        database_with_marts,
        usage_providers(settings),
        secret_store(settings),
        org_id=org_id,
        provider=ProviderName.OPENAI,
        api_key=SecretStr(admin_key("openai")),
        label=None,
        project_id=None,
        now=SystemClock().now(),
    )
    return settings


def test_a_sync_request_is_seen_carried_out_and_built_and_the_next_hour_passes_every_check(
    defs: dg.Definitions, connected: Settings, database_with_marts: Database
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert _run_keys() == ["sync-1"]
        assert defs.resolve_job_def("sync").execute_in_process(instance=instance).success
        assert _marts(database_with_marts)["counted_tokens"] == _marts(database_with_marts)["raw_tokens"] > 0

        hour = floor_to_hour(datetime.now(UTC)) - timedelta(hours=1)
        run = defs.resolve_job_def("hourly").execute_in_process(
            instance=instance, partition_key=hour.strftime("%Y-%m-%d-%H:%M")
        )
        assert run.success
        checks = run.get_asset_check_evaluations()
        assert {check.asset_check_key.name for check in checks} >= {"coverage"}
        assert [check.asset_check_key for check in checks if not check.passed] == []
        assert _marts(database_with_marts)["counted_tokens"] == _marts(database_with_marts)["raw_tokens"]

        events = "".join(str(event) for event in instance.all_logs(run.run_id))
        assert admin_key("openai") not in events


def test_a_request_that_its_run_gave_back_or_lost_gets_another_run(
    defs: dg.Definitions, connected: Settings, database_with_marts: Database
) -> None:
    begun = SystemClock().now() - 3 * LEASE
    first = _run_keys()
    claim_sync_request(database_with_marts, now=begun)
    requeue_sync(database_with_marts, 1, now=begun)
    given_back = _run_keys()
    claim_sync_request(database_with_marts, now=begun + LEASE)
    lost = _run_keys()
    assert len({*first, *given_back, *lost}) == 3
    assert _run_keys() == lost


def _run_keys() -> list[str | None]:
    from orchestration.resources import Ledger
    from orchestration.syncs import sync_requests

    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(instance, resources={"ledger": Ledger()}) as tick,
    ):
        return [request.run_key for request in cast("Iterator[dg.RunRequest]", sync_requests(tick))]


def _marts(database: Database) -> dict[str, int]:
    with database.worker() as connection:
        return dict(
            fetch_one(
                connection,
                "select (select coalesce(sum(output_tokens), 0) from marts.fct_daily_emissions)::bigint counted_tokens,"
                " (select coalesce(sum(output_tokens), 0) from (select distinct on (usage_hash) output_tokens"
                "  from raw.usage_observations order by usage_hash, revision desc) latest)::bigint raw_tokens",
            )
        )
