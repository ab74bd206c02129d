"""A database with marts for all tests of periods, built once; each test brings an organization of its own."""

from collections.abc import Iterator

import pytest

from core.database import Database, DatabaseUrls, connect, create_database
from core.ids import random_token
from tests.billing.periods.stripe_mirrors import NOVEMBER, Customer
from tests.ingestion.world import an_organization
from tests.warehouse.world import build_now


@pytest.fixture(scope="package")
def built_database(postgres_url: str, template_database: str) -> Iterator[Database]:
    """Migrated, with empty marts and one good build."""
    name = f"periods_{random_token()[:12].lower().replace('-', '_')}"
    with Database(DatabaseUrls(admin=create_database(postgres_url, name, template=template_database))) as database:
        build_now(database)
        yield database
    with connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)'.encode())


@pytest.fixture
def customer(built_database: Database) -> Customer:
    return Customer(built_database, an_organization(built_database, now=NOVEMBER))
