"""A sandbox for a whole module (starting one takes a second), and a fresh organization for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.clock import FixedClock
from core.database import Database
from tests.conftest import NOON
from tests.ingestion.world import PROVIDERS, World, a_world, an_account_here
from tests.sandbox_process import SandboxHandle, admin_key, start_sandbox


@pytest.fixture(scope="module")
def module_sandbox() -> Iterator[SandboxHandle]:
    """Each provider's account with two admin keys, and a second account of each provider with one."""
    accounts = []
    for provider in PROVIDERS:
        keys = [{"key": admin_key(provider)}, {"key": f"{admin_key(provider)}-second"}]
        accounts.append(an_account_here(provider, keys=keys))
        other = [{"key": f"{admin_key(provider)}-other"}]
        accounts.append(an_account_here(provider, keys=other, organization_id=f"other-{provider}"))
    with start_sandbox({"now": NOON.isoformat(), "accounts": accounts}) as sandbox:
        yield sandbox


@pytest.fixture
def world(database: Database, clock: FixedClock, tmp_path: Path, module_sandbox: SandboxHandle) -> World:
    module_sandbox.clear_faults()
    module_sandbox.set_clock(clock.now())
    module_sandbox.forget_requests()
    return a_world(database, clock, tmp_path, module_sandbox)
