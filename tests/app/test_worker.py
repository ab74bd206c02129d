"""The embedded worker, one act at a time, against sandbox providers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.context import ServerContext
from app.health import health
from app.telemetry.summary import summary
from app.telemetry.time_span import TimeSpan
from app.worker import BETWEEN_LOOKS_FOR_RECEIPTS, Worker
from core.clock import FixedClock, floor_to_hour
from core.database import Database
from core.secret_store import secret_store
from core.settings import Settings
from ingestion.connections import connect, list_connections
from ingestion.providers.registry import usage_providers
from ingestion.usage_row import ProviderName
from tests.app.tenants import Tenant, a_tenant
from tests.billing.credits.ledger import a_block, a_period, an_organization, retire
from tests.conftest import NOON
from tests.receipts.closed_periods import closed_period
from tests.receipts.issued_receipts import ISSUER, issuer_home
from tests.sandbox_process import SandboxHandle, admin_key, an_account, start_sandbox
from warehouse.builds import arrivals_waiting


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxHandle]:
    accounts = [an_account(provider) for provider in ("openai", "anthropic")]
    with start_sandbox({"now": NOON.isoformat(), "accounts": accounts}) as handle:
        yield handle


@pytest.fixture
def context(database: Database, clock: FixedClock, home: Path, sandbox: SandboxHandle) -> ServerContext:
    settings = Settings(
        home=home,
        openai_base_url=sandbox.base_urls.openai,
        anthropic_base_url=sandbox.base_urls.anthropic,
        openrouter_base_url=sandbox.base_urls.openrouter,
        password_memory_mib=8,
        _env_file=None,
    )
    return ServerContext(settings, database, secret_store(settings), usage_providers(settings), clock)


@pytest.fixture
def tenant(context: ServerContext) -> Tenant:
    return a_tenant(context.database, "Ada", now=NOON)


def connect_to(context: ServerContext, tenant: Tenant, provider: ProviderName) -> None:
    connect(
        context.database,
        context.providers,
        context.secrets,
        org_id=tenant.org_id,
        provider=provider,
        api_key=SecretStr(admin_key(provider.value)),
        label=None,
        project_id=None,
        now=NOON,
    )


@pytest.mark.database
def test_all_requests_are_polled_then_built_once_and_one_that_fails_holds_up_no_other(
    context: ServerContext, tenant: Tenant, sandbox: SandboxHandle
) -> None:
    connect_to(context, tenant, ProviderName.OPENAI)
    connect_to(context, tenant, ProviderName.ANTHROPIC)
    sandbox.revoke(admin_key("openai"))
    worker = Worker(context)

    assert worker.sync_and_build() is True

    syncs = {each.provider.value: each.sync for each in list_connections(context.database, tenant.org_id)}
    assert syncs["openai"] is not None
    assert syncs["anthropic"] is not None
    assert (syncs["openai"].state, syncs["openai"].error_code) == ("failed", "key-refused")
    assert syncs["anthropic"].state == "succeeded"
    span = TimeSpan(NOON - timedelta(days=30), NOON + timedelta(days=1))
    totals = summary(context.database, tenant.org_id, span=span).totals
    assert totals.counters["output_tokens"]
    assert totals.co2e is not None

    assert worker.sync_and_build() is False


@pytest.mark.database
def test_the_hour_is_polled_once_from_minute_ten_on(
    context: ServerContext, tenant: Tenant, clock: FixedClock, sandbox: SandboxHandle
) -> None:
    sandbox.restore(admin_key("openai"))
    connect_to(context, tenant, ProviderName.OPENAI)
    worker = Worker(context)
    assert worker.poll() is False, "somebody may be waiting for a first sync"
    worker.sync_and_build()
    assert worker.poll() is True, "the history that is older than the first thirty days"
    assert worker.poll() is False
    clock.advance(timedelta(hours=1, minutes=10))
    assert worker.poll() is True
    assert worker.poll() is False
    (connection,) = list_connections(context.database, tenant.org_id)
    assert connection.last_polled_at == clock.now()


@pytest.mark.database
def test_the_poll_of_monday_two_oclock_reads_the_week_again(
    context: ServerContext, tenant: Tenant, clock: FixedClock
) -> None:
    connect_to(context, tenant, ProviderName.ANTHROPIC)
    worker = Worker(context)
    worker.sync_and_build()
    clock.advance(timedelta(hours=14, minutes=10))
    assert f"{clock.now():%A %H:%M}" == "Monday 02:10"
    assert worker.poll() is True
    with context.database.worker() as connection:
        reads = connection.execute(
            "select cause, min(window_started_at) as since from raw.polls where started_at = %s and cause <> 'backfill'"
            " group by cause",
            [clock.now()],
        ).fetchall()
    assert reads == [{"cause": "weekly", "since": floor_to_hour(clock.now()) - timedelta(days=7)}]


@pytest.mark.database
def test_a_polled_hour_is_built_though_nothing_arrived_so_that_a_quiet_night_stays_healthy(
    context: ServerContext, tenant: Tenant, clock: FixedClock
) -> None:
    connect_to(context, tenant, ProviderName.ANTHROPIC)
    worker = Worker(context)
    assert worker.sync_and_build() is True
    clock.advance(timedelta(hours=4, minutes=10))
    assert worker.poll() is True
    assert not arrivals_waiting(context.database)
    assert worker.sync_and_build() is True
    assert worker.sync_and_build() is False
    assert health(context.database, now=clock.now()).warehouse.status == "ok"


@pytest.mark.database
def test_due_periods_are_taken_on_in_the_order_of_the_settings(context: ServerContext, database: Database) -> None:
    dear = a_block(database, issuance_scope="dear", vintage_year=2019, cost_cents=90_000)
    cheap = a_block(database, issuance_scope="cheap", vintage_year=2022, cost_cents=10)
    for block in (dear, cheap):
        retire(database, block, units=1)
    period = a_period(database, an_organization(database), grams=600)
    worker = Worker(replace(context, settings=context.settings.model_copy(update={"credits_policy": "cheapest"})))
    assert worker.close() is False
    with database.worker() as connection:
        connection.execute("update ops.billing_periods set next_attempt_at = %s where id = %s", [NOON, period])
    assert (worker.close(), worker.close()) == (True, False)
    with database.worker() as connection:
        rows = connection.execute(
            "select state, block_id from ops.billing_periods as period join ops.allocations on period_id = period.id"
        ).fetchall()
    assert rows == [{"state": "closed", "block_id": cheap}]


@pytest.mark.database
def test_a_closed_period_gets_its_receipt_and_then_nothing_is_looked_for_in_vain(
    context: ServerContext, database: Database, home: Path, clock: FixedClock
) -> None:
    settings = context.settings.model_copy(update={"issuer": ISSUER.did})
    issuer = issuer_home(database, home)
    worker = Worker(replace(context, settings=settings, secrets=issuer.secrets))
    assert worker.issue_receipts() is False
    period = closed_period(database)
    assert worker.issue_receipts() is False
    clock.advance(BETWEEN_LOOKS_FOR_RECEIPTS)
    assert (worker.issue_receipts(), worker.issue_receipts()) == (True, False)
    assert issuer.row(period)["state"] == "issued"


@pytest.mark.database
def test_owners_are_told_of_stale_data_only_after_a_poll_had_its_chance(
    context: ServerContext, tenant: Tenant, clock: FixedClock, sandbox: SandboxHandle
) -> None:
    connect_to(context, tenant, ProviderName.ANTHROPIC)
    sandbox.faults([{"provider": "anthropic", "kind": "rate_limited", "parameters": {"retry_after": 7200}}])
    try:
        assert Worker(context).sync_and_build() is True
        clock.advance(timedelta(hours=5, minutes=10))
        worker = Worker(context)  # started after hours in which none ran
        assert worker.sync_and_build() is False
        assert worker.tell_of_stale_data() is False
        assert worker.poll() is True
    finally:
        sandbox.clear_faults()
    assert [worker.tell_of_stale_data(), worker.tell_of_stale_data()] == [True, False]
    with context.database.worker() as connection:
        told = connection.execute("select channel from ops.outbox where title like '%no data%' order by id").fetchall()
    assert [row["channel"] for row in told] == ["in_app", "email"]
