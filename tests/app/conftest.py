"""Fixtures for what serves people: a server context on a fresh database, and one whose marts were built once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.api.application import create_api
from app.context import ServerContext
from core.clock import FixedClock
from core.database import Database, DatabaseUrls, create_database
from core.ids import random_token
from core.secret_store import secret_store
from core.settings import Settings
from tests.app.serving import serving
from tests.app.tenants import PUBLIC_URL
from tests.app.world import World, build_world
from tests.conftest import NOON, _drop


@pytest.fixture
def settings(home: Path) -> Settings:
    return _settings(home)


@pytest.fixture
def context(settings: Settings, database: Database, clock: FixedClock) -> ServerContext:
    """Without a provider: what connects one brings its own."""
    return ServerContext(settings, database, secret_store(settings), {}, clock)


@pytest.fixture
def api(context: ServerContext) -> Iterator[httpx.Client]:
    """A client of a real server on the fresh database."""
    with serving(create_api(context)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def built_template(postgres_url: str, template_with_marts: str) -> Iterator[tuple[str, World]]:
    """A database with the small world of `world.py`, its marts built by the real build; made once a run."""
    name = f"built_{random_token()[:12].lower().replace('-', '_')}"
    with Database(DatabaseUrls(admin=create_database(postgres_url, name, template=template_with_marts))) as database:
        world = build_world(database)
    yield name, world
    _drop(postgres_url, name)


@pytest.fixture
def world(built_template: tuple[str, World]) -> World:
    return built_template[1]


@pytest.fixture(scope="session")
def built_database(postgres_url: str, built_template: tuple[str, World]) -> Iterator[Database]:
    """The built world for tests that only read; one for all of them."""
    with _copy(postgres_url, built_template[0]) as database:
        yield database


@pytest.fixture(scope="session")
def built_context(tmp_path_factory: pytest.TempPathFactory, built_database: Database) -> ServerContext:
    settings = _settings(tmp_path_factory.mktemp("built") / "home")
    return ServerContext(settings, built_database, secret_store(settings), {}, FixedClock(NOON))


@pytest.fixture(scope="session")
def built_api(built_context: ServerContext) -> Iterator[httpx.Client]:
    """A client of a real server on the built world, for tests that only read."""
    with serving(create_api(built_context)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture
def own_built_context(
    settings: Settings, postgres_url: str, built_template: tuple[str, World], clock: FixedClock
) -> Iterator[ServerContext]:
    """The built world of this test alone, to change."""
    with _copy(postgres_url, built_template[0]) as database:
        yield ServerContext(settings, database, secret_store(settings), {}, clock)


def _settings(home: Path) -> Settings:
    return Settings(home=home, public_url=PUBLIC_URL, password_memory_mib=8, _env_file=None)


@contextmanager
def _copy(postgres_url: str, template: str) -> Iterator[Database]:
    name = f"test_{random_token()[:12].lower().replace('-', '_')}"
    with Database(DatabaseUrls(admin=create_database(postgres_url, name, template=template))) as database:
        yield database
    _drop(postgres_url, name)
