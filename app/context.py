"""What every request, page and command of the server is handed instead of looking it up."""

from collections.abc import Mapping
from dataclasses import dataclass

from billing.stripe_gateway import StripeGateway
from core.clock import Clock
from core.database import Database
from core.secret_store import SecretStore
from core.settings import Settings
from ingestion.providers.protocol import UsageProvider
from ingestion.usage_row import ProviderName


@dataclass(frozen=True, slots=True)
class ServerContext:
    settings: Settings
    database: Database
    secrets: SecretStore
    providers: Mapping[ProviderName, UsageProvider]
    clock: Clock
    stripe: StripeGateway | None = None
