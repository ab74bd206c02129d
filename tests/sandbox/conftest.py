"""One sandbox process for this folder's tests, with the clock and the faults reset before each."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.sandbox_process import SandboxHandle, admin_key, an_account, start_sandbox

NOON = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
"""Half an hour into the hour after the replay, and half a day after its last event."""

GENERATED = {"generate": {"seed": 7, "starts_at": "2026-08-01T00:00:00Z", "growth_percent": 10}}


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[SandboxHandle]:
    accounts = [
        an_account("openai", keys=_keys("openai")),
        an_account("anthropic", keys=_keys("anthropic")),
        an_account("openrouter", keys=_keys("openrouter")),
    ]
    accounts += [
        an_account(
            provider,
            organization_id=f"org-{provider}-generated",
            keys=[{"key": generated_key(provider)}],
            usage=GENERATED,
            byok_percent=20,
        )
        for provider in ("openai", "anthropic", "openrouter")
    ]
    accounts.append(
        an_account("openrouter", organization_id="org-limited", keys=[{"key": limited_key()}], requests_per_minute=64)
    )
    with start_sandbox({"now": NOON.isoformat(), "accounts": accounts}) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: SandboxHandle) -> SandboxHandle:
    running_sandbox.set_clock(NOON)
    running_sandbox.clear_faults()
    running_sandbox.forget_requests()
    return running_sandbox


def generated_key(provider: str) -> str:
    return admin_key(provider) + "-generated"


def limited_key() -> str:
    return admin_key("openrouter") + "-limited"


def _keys(provider: str) -> list[dict[str, str]]:
    key = admin_key(provider)
    others = [{"key": f"{key}-{kind}", "kind": kind} for kind in ("project", "no_scope", "revoked")]
    return [{"key": key, "kind": "admin"}, *others]
