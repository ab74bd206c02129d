"""A story for each test, on a copy of a database that was built once; the Stripe sandbox is that of all billing tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.credits.invariants import broken_invariants
from core.database import Database, DatabaseUrls, connect
from tests.billing.periods.conftest import a_database
from tests.billing.scenarios.story import Story, assert_audited, begin
from tests.billing.shop import Shop
from tests.warehouse.world import build_now


@pytest.fixture(scope="package")
def scenario_template(postgres_url: str, template_database: str) -> Iterator[str]:
    """The name of a migrated database with empty marts, to which nobody is connected."""
    with a_database(postgres_url, template_database) as url:
        with Database(DatabaseUrls(admin=url)) as database:
            build_now(database)
        with connect(url) as connection:
            name = str(connection.info.dbname)
        with connect(postgres_url, autocommit=True) as connection:  # dbt keeps a connection per thread
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        yield name


@pytest.fixture
def database(postgres_url: str, scenario_template: str) -> Iterator[Database]:
    with a_database(postgres_url, scenario_template) as url, Database(DatabaseUrls(admin=url), pool_size=4) as database:
        yield database


@pytest.fixture
def story(shop: Shop, tmp_path: Path) -> Iterator[Story]:
    """Whatever the story was, its audit is whole and the credits add up."""
    story = begin(shop, tmp_path)
    yield story
    assert_audited(story)
    with shop.database.worker() as connection:
        assert [*broken_invariants(connection)] == []
