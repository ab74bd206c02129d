"""What assets and sensors are handed: the ledger, as settings describe it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dagster as dg
from pydantic import PrivateAttr

from billing.stripe_gateway import StripeGateway, stripe_gateway
from core.clock import Clock, SystemClock
from core.database import Database, database_urls
from core.secret_store import SecretStore, secret_store
from core.settings import Settings
from ingestion.providers.protocol import UsageProvider
from ingestion.providers.registry import usage_providers
from ingestion.usage_row import ProviderName


class Ledger(dg.ConfigurableResource["Ledger"]):
    """Database, secrets, providers and clock for the length of one step or tick."""

    _settings: Settings = PrivateAttr()
    _database: Database = PrivateAttr()
    _stripe: StripeGateway | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Ledger"]:  # noqa: ARG002 - Dagster's signature
        self._settings = Settings()
        with Database(database_urls(self._settings), pool_size=4) as database:
            self._database = database
            self._stripe = stripe_gateway(self._settings)
            try:
                yield self
            finally:
                if self._stripe is not None:
                    self._stripe.close()

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def database(self) -> Database:
        return self._database

    @property
    def secrets(self) -> SecretStore:
        return secret_store(self._settings)

    @property
    def providers(self) -> Mapping[ProviderName, UsageProvider]:
        return usage_providers(self._settings)

    @property
    def stripe(self) -> StripeGateway | None:
        """None without a Stripe key."""
        return self._stripe

    @property
    def clock(self) -> Clock:
        return SystemClock()
