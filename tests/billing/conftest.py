"""A Stripe sandbox for all tests of billing, emptied for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.database import Database
from core.settings import Settings
from tests.app.tenants import PUBLIC_URL, Tenant
from tests.billing.shop import OPENED_ON, Shop, an_owner, open_shop
from tests.stripe_process import StripeSandbox, start_stripe_sandbox


@pytest.fixture(scope="package")
def stripe_sandbox() -> Iterator[StripeSandbox]:
    with start_stripe_sandbox(now=OPENED_ON) as sandbox:
        yield sandbox


@pytest.fixture
def shop(home: Path, database: Database, stripe_sandbox: StripeSandbox) -> Iterator[Shop]:
    settings = Settings(home=home, public_url=PUBLIC_URL, password_memory_mib=8, _env_file=None)
    with open_shop(settings, database, stripe_sandbox) as shop:
        yield shop


@pytest.fixture
def ada(shop: Shop) -> Tenant:
    return an_owner(shop.database, "Ada")
