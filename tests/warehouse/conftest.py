"""One database for all tests of the warehouse, built once: each test brings an organization of its own."""

from collections.abc import Iterator

import pytest

from core.database import Database, DatabaseUrls, connect, create_database
from core.ids import random_token
from tests.warehouse.world import Tenant, a_tenant


@pytest.fixture(scope="session")
def shared_database(postgres_url: str, template_with_marts: str) -> Iterator[Database]:
    """A migrated database whose marts exist, empty at first."""
    name = f"warehouse_{random_token()[:12].lower().replace('-', '_')}"
    with Database(DatabaseUrls(admin=create_database(postgres_url, name, template=template_with_marts))) as database:
        yield database
    with connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)'.encode())


@pytest.fixture
def tenant(shared_database: Database) -> Tenant:
    return a_tenant(shared_database)
