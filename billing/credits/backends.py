"""The retirement back ends that settings set up; those refuse a stand-in for the broker beside a live Stripe key."""

from billing.credits.backend import RetirementBackend
from billing.credits.broker_backend import BrokerBackend
from billing.credits.manual_backend import ManualBackend
from core.http_client import HttpClient
from core.settings import Settings


def retirement_backends(settings: Settings) -> list[RetirementBackend]:
    """The manual one always; the broker's with a key of it."""
    backends: list[RetirementBackend] = [ManualBackend()]
    if settings.broker_api_key is not None:
        http = HttpClient(user_agent=f"CarbonLedger (+{settings.public_url})")
        backends.append(BrokerBackend(http, base_url=settings.broker_base_url, key=settings.broker_api_key))
    return backends
