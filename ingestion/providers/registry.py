"""The providers that the product speaks to, at the addresses of the settings."""

from collections.abc import Mapping

from core.http_client import HttpClient
from core.settings import Settings
from ingestion.providers.anthropic_usage import AnthropicUsage
from ingestion.providers.openai_usage import OpenAIUsage
from ingestion.providers.openrouter_usage import OpenRouterUsage
from ingestion.providers.protocol import UsageProvider
from ingestion.usage_row import ProviderName

VERSION = "0.1"


def usage_providers(settings: Settings) -> Mapping[ProviderName, UsageProvider]:
    """A client for each provider. They hold rate limits: a process makes them once, for all its threads and loops."""
    http = HttpClient(user_agent=f"CarbonLedger/{VERSION} (+{settings.public_url})")
    return {
        ProviderName.OPENAI: OpenAIUsage(settings.openai_base_url, http=http),
        ProviderName.ANTHROPIC: AnthropicUsage(settings.anthropic_base_url, http=http),
        ProviderName.OPENROUTER: OpenRouterUsage(settings.openrouter_base_url, http=http),
    }
