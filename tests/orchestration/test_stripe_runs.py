"""Dagster and the inbox: sensors that may tick twice, jobs that may run twice, against a Stripe sandbox."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from billing.accounts import ensure_account
from billing.stripe_gateway import stripe_gateway
from core.clock import SystemClock
from core.database import Database
from core.settings import Settings
from orchestration.resources import Ledger
from orchestration.stripe_events import stripe_clock, stripe_inbox
from tests.ingestion.world import an_organization
from tests.stripe_process import API_KEY, StripeSandbox, start_stripe_sandbox

pytestmark = [
    pytest.mark.database,
    pytest.mark.filterwarnings("ignore:.*currently in beta"),  # Dagster says it of its own decorators
    pytest.mark.filterwarnings("ignore::DeprecationWarning:dagster"),
]


@pytest.fixture(scope="module")
def stripe() -> Iterator[StripeSandbox]:
    with start_stripe_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def settings(database_url: str, home: Path, stripe: StripeSandbox, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What a process that Dagster starts reads from its environment."""
    monkeypatch.setenv("CARBONLEDGER_HOME", str(home))
    monkeypatch.setenv("CARBONLEDGER_DATABASE_URL", database_url)
    monkeypatch.setenv("CARBONLEDGER_STRIPE_API_BASE", stripe.url)
    monkeypatch.setenv("CARBONLEDGER_STRIPE_SECRET_KEY", API_KEY)
    monkeypatch.setenv("CARBONLEDGER_STRIPE_WEBHOOK_SECRET", stripe.webhook_secret)
    return Settings(_env_file=None)


def ticks(sensor: dg.SensorDefinition) -> int:
    """How many runs a tick asks for."""
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(instance=instance, resources={"ledger": Ledger()}) as context,
    ):
        return len(sensor.evaluate_tick(context).run_requests or [])


def test_what_a_sweep_finds_is_carried_out_once(
    defs: dg.Definitions, settings: Settings, database: Database, stripe: StripeSandbox
) -> None:
    now = SystemClock().now()
    org_id = an_organization(database, now=now)
    gateway = stripe_gateway(settings)
    assert gateway is not None
    customer_id = ensure_account(database, gateway, org_id=org_id, now=now).customer_id
    gateway.close()
    subscribe(stripe, customer_id)
    a_build(database)

    assert (ticks(stripe_inbox), ticks(stripe_clock)) == (0, 1)
    with dg.DagsterInstance.ephemeral() as instance:
        assert defs.resolve_job_def("stripe_sweep").execute_in_process(instance=instance).success
        assert (ticks(stripe_inbox), ticks(stripe_clock)) == (1, 0)
        for _ in range(2):
            assert defs.resolve_job_def("stripe_events").execute_in_process(instance=instance).success
    assert ticks(stripe_inbox) == 0
    with database.worker() as connection:
        states = connection.execute("select state, attempts from ops.stripe_events").fetchall()
        tier = connection.execute("select tier from ops.organizations where id = %s", [org_id]).fetchone()
    assert {row["state"] for row in states} == {"done"}
    assert tier == {"tier": "growth"}


def subscribe(stripe: StripeSandbox, customer_id: str) -> None:
    client = stripe.client.v1
    card = client.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    client.payment_methods.attach(card.id, {"customer": customer_id})
    client.subscriptions.create(
        {
            "customer": customer_id,
            "items": [{"price": stripe.price("carbonledger_growth_monthly").id}],
            "default_payment_method": card.id,
        }
    )


def a_build(database: Database) -> None:
    with database.worker() as connection:
        connection.execute(
            "insert into ops.builds (started_at, finished_at, state, is_full_refresh, from_arrival_id,"
            " through_arrival_id, factor_version, factor_set_sha256, models_sha256)"
            " values (now(), now(), 'succeeded', true, 0, 0, '2026.1', '', '')"
        )
