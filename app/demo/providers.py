"""The demo's provider accounts: what the sandbox is told to play, and the keys to it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.demo.home import DemoFacts
from ingestion.usage_row import ProviderName


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account at a provider. `fails`: its key is revoked once its history has been read."""

    provider: ProviderName
    label: str
    key: str
    requests_per_hour: int
    growth_percent: int
    fails: bool = False


ACCOUNTS = (
    DemoAccount(ProviderName.OPENAI, "OpenAI production", "sk-admin-demo-openai-production", 900, 9),
    DemoAccount(ProviderName.ANTHROPIC, "Anthropic assistants", "sk-ant-admin01-demo-anthropic", 520, 14),
    DemoAccount(ProviderName.OPENROUTER, "OpenRouter experiments", "sk-or-v1-demo-openrouter", 160, 4),
    DemoAccount(ProviderName.OPENAI, "OpenAI prototype (old)", "sk-admin-demo-openai-prototype", 60, -10, fails=True),
)
PAID_ACCOUNT = DemoAccount(ProviderName.ANTHROPIC, "Anthropic production", "sk-ant-admin01-demo-paid", 240, 6)
"""Of the second organization, which pays."""
SPARE_KEY = "sk-admin-demo-openai-prototype-2"
"""A second, good key of the account whose first one is revoked: re-authenticating with it repairs the connection."""


def write_sandbox_config(file: Path, facts: DemoFacts) -> None:
    """The same accounts with the same usage at every run."""
    accounts = [_account(account, facts, since=facts.usage_from) for account in ACCOUNTS]
    accounts.append(_account(PAID_ACCOUNT, facts, since=facts.paid_from))
    file.write_text(json.dumps({"accounts": accounts}, indent=1))


def _account(account: DemoAccount, facts: DemoFacts, *, since: str) -> dict[str, Any]:
    number = (*ACCOUNTS, PAID_ACCOUNT).index(account)
    keys = [account.key, SPARE_KEY] if account.fails else [account.key]
    return {
        "provider": account.provider.value,
        "organization_id": f"org-demo-{number}",
        "organization_name": account.label,
        "keys": [{"key": key} for key in keys],
        "projects": 2,
        "api_keys": 1,
        "requests_per_minute": None,
        "usage": {
            "generate": {
                "seed": facts.seed + number,
                "starts_at": since,
                "requests_per_hour": account.requests_per_hour,
                "growth_percent": account.growth_percent,
            }
        },
    }
