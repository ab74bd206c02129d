"""Fixtures that every test may use. Sockets are shut but for loopback (see pyproject.toml)."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from core.clock import FixedClock
from core.database import Database, DatabaseUrls, connect, create_database
from core.embedded_postgres import start_embedded_postgres
from core.ids import random_token
from core.migrations.migrate import migrate

for _name in [name for name in os.environ if name.startswith("CARBONLEDGER_") and "_TEST_" not in name]:
    del os.environ[_name]  # what a developer has set for a server of their own is not for tests

hypothesis_settings.register_profile("steady", deadline=None)  # a busy machine is no failure
hypothesis_settings.load_profile("steady")

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The server that database tests speak to: an embedded one, or that of CARBONLEDGER_TEST_DATABASE_URL."""
    given = os.environ.get("CARBONLEDGER_TEST_DATABASE_URL")
    if given:
        return given
    # Not among pytest's folders: a second run closes those to every other user, and a server started by root is one.
    home = tempfile.mkdtemp(prefix="carbonledger-tests-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)  # registered first, so it runs after the server's end
    url = start_embedded_postgres(Path(home))
    with connect(url, autocommit=True) as connection:
        connection.execute("alter system set fsync = off")
        connection.execute("select pg_reload_conf()")
    return url


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> Iterator[str]:
    name = f"template_{random_token()[:12].lower().replace('-', '_')}"
    migrate(DatabaseUrls(admin=create_database(postgres_url, name)))
    yield name
    _drop(postgres_url, name)


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """The administrator's connection string of a fresh, migrated database; dropped afterwards."""
    name = f"test_{random_token()[:12].lower().replace('-', '_')}"
    yield create_database(postgres_url, name, template=template_database)
    _drop(postgres_url, name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(DatabaseUrls(admin=database_url), pool_size=4) as database:
        yield database


@pytest.fixture(scope="session")
def template_with_marts(postgres_url: str, template_database: str) -> Iterator[str]:
    """The template after its first build, which takes as long as ten later ones: seeds, views and empty marts."""
    from warehouse.build import build  # here: dbt takes seconds to import, which most tests have no need of

    name = f"{template_database}_marts"
    url = create_database(postgres_url, name, template=template_database)
    with Database(DatabaseUrls(admin=url), pool_size=2) as database:
        build(database, clock=FixedClock(LONG_AGO))
    with connect(postgres_url, autocommit=True) as connection:  # dbt keeps a connection per thread
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
    yield name
    _drop(postgres_url, name)


@pytest.fixture
def url_with_marts(postgres_url: str, template_with_marts: str) -> Iterator[str]:
    """Of a database of the same name for each test: dbt reads its whole project anew when its connection changes."""
    name = f"{template_with_marts}_copy"
    yield create_database(postgres_url, name, template=template_with_marts)
    _drop(postgres_url, name)


@pytest.fixture
def database_with_marts(url_with_marts: str) -> Iterator[Database]:
    """Fresh, migrated and built once of nothing, for tests that build."""
    with Database(DatabaseUrls(admin=url_with_marts), pool_size=4) as database:
        yield database


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def _drop(server: str, name: str) -> None:
    with connect(server, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)'.encode())
