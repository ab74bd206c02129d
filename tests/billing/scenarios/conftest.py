"""A story for each test, on a copy of a database that was built once, at the Stripe sandbox of all billing tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.credits.invariants import broken_invariants
from core.database import Connection, Database, DatabaseUrls, connect, create_database
from tests.billing.periods.conftest import a_database
from tests.billing.scenarios.story import Story, assert_audited, assert_heard, begin
from tests.billing.shop import Shop
from tests.warehouse.world import build_now


@pytest.fixture(scope="package")
def scenario_template(postgres_url: str, template_database: str) -> Iterator[str]:
    """The name of a migrated database with empty marts, to which nobody is connected."""
    with a_database(postgres_url, template_database) as url:
        with Database(DatabaseUrls(admin=url)) as database:
            build_now(database)
        with connect(url) as connection:
            built = str(connection.info.dbname)
        template = f"{built}_built"
        with connect(postgres_url, autocommit=True) as connection:
            _disconnect(connection, built)
            connection.execute(f'alter database "{built}" rename to "{template}"'.encode())
        yield template
        _drop(postgres_url, template)


@pytest.fixture
def database(postgres_url: str, scenario_template: str) -> Iterator[Database]:
    """Of the same name for each test: dbt reads its whole project anew, for seconds, when its connection changes."""
    name = scenario_template.removesuffix("_built")
    with Database(DatabaseUrls(admin=create_database(postgres_url, name, template=scenario_template))) as database:
        yield database
    _drop(postgres_url, name)


def _disconnect(connection: Connection, name: str) -> None:
    """dbt keeps a connection per thread."""
    connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])


def _drop(server_url: str, name: str) -> None:
    with connect(server_url, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)'.encode())


@pytest.fixture
def story(shop: Shop, tmp_path: Path) -> Iterator[Story]:
    """Whatever the story was, all webhooks were carried out, its audit is whole and the credits add up."""
    story = begin(shop, tmp_path)
    yield story
    assert_heard(story)
    assert_audited(story)
    with shop.database.worker() as connection:
        assert [*broken_invariants(connection)] == []
