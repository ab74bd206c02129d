"""Databases with empty marts and one good build, copies of one that was built once."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.database import Database, DatabaseUrls, connect, create_database
from core.ids import random_token
from tests.billing.periods.stripe_mirrors import NOVEMBER, Customer
from tests.ingestion.world import an_organization


@contextmanager
def a_database(server_url: str, template: str) -> Iterator[str]:
    """The connection string of a copy of the template, for the length of the block."""
    name = f"periods_{random_token()[:12].lower().replace('-', '_')}"
    yield create_database(server_url, name, template=template)
    with connect(server_url, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)'.encode())


@pytest.fixture(scope="module")
def built_url(postgres_url: str, template_with_marts: str) -> Iterator[str]:
    """A database of the module's own."""
    with a_database(postgres_url, template_with_marts) as url:
        yield url


@pytest.fixture(scope="module")
def built_database(built_url: str) -> Iterator[Database]:
    with Database(DatabaseUrls(admin=built_url)) as database:
        yield database


@pytest.fixture
def customer(built_database: Database) -> Customer:
    return Customer(built_database, an_organization(built_database, now=NOVEMBER))
