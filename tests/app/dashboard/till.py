"""A server that sells, as a process with its worker, and a Stripe sandbox that sends it webhooks."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.accounts.operators import grant_operator
from app.demo.addresses import free_port
from billing.stripe_events import EVENT_TYPES
from core.clock import SystemClock
from core.database import Database, fetch_one
from core.settings import Settings, child_environment
from tests.app.tenants import Tenant, a_tenant
from tests.stripe_process import API_KEY, StripeSandbox, start_stripe_sandbox

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Till:
    """`payer` owns the organization that buys."""

    url: str
    database: Database
    stripe: StripeSandbox
    payer: Tenant

    def row(self, query: str) -> dict[str, Any]:
        """Of the payer's organization, which the query names %s."""
        with self.database.worker() as connection:
            return fetch_one(connection, query.encode(), [self.payer.org_id])  # type: ignore[arg-type] # a test's text


@contextmanager
def served(settings: Settings, *, worker: bool) -> Iterator[str]:
    """The URL of `carbonledger-server serve` as a process; it has ended well when the block does."""
    port = settings.public_url.rpartition(":")[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", port, "--worker" if worker else "--no-worker"],
        cwd=ROOT,
        env=child_environment(settings),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == f"CarbonLedger listens on {settings.public_url}\n"
            yield settings.public_url
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(60)
    assert code == 0


@contextmanager
def open_till(database: Database, settings: Settings) -> Iterator[Till]:
    """On a fresh database where a build has been, as on every server minutes old. The payer runs the server too."""
    now = SystemClock().now()
    payer = a_tenant(database, "Payer", now=now)
    grant_operator(database, "payer@example.com", now=now)
    with database.worker() as connection:
        connection.execute(
            "insert into ops.builds (started_at, finished_at, state, is_full_refresh, from_arrival_id,"
            " through_arrival_id, factor_version, factor_set_sha256, models_sha256)"
            " values (%(now)s, %(now)s, 'succeeded', true, 0, 0, '2026.1', '', '')",
            {"now": now},
        )
    url = settings.public_url
    with start_stripe_sandbox() as stripe:
        secret = stripe.add_endpoint(f"{url}/webhooks/stripe", EVENT_TYPES)
        selling = {
            "stripe_api_base": stripe.url,
            "stripe_secret_key": SecretStr(API_KEY),
            "stripe_webhook_secret": SecretStr(secret),
        }
        with served(settings.model_copy(update=selling), worker=True):
            yield Till(url, database, stripe, payer)


def settings_on(database_url: str, home: Path) -> Settings:
    """Of a server on a free port."""
    return Settings(
        home=home,
        database_url=SecretStr(database_url),
        public_url=f"http://127.0.0.1:{free_port(0)}",
        password_memory_mib=8,
        _env_file=None,
    )
