"""The mapped world, built once a run for tests that only read it."""

from collections.abc import Iterator

import pytest

from core.database import Database, DatabaseUrls, create_database
from core.ids import random_token
from tests.app.telemetry.mapped_world import MappedWorld, build_mapped_world
from tests.conftest import _drop


@pytest.fixture(scope="session")
def mapped(postgres_url: str, template_with_marts: str) -> Iterator[tuple[Database, MappedWorld]]:
    name = f"mapped_{random_token()[:12].lower().replace('-', '_')}"
    with Database(DatabaseUrls(admin=create_database(postgres_url, name, template=template_with_marts))) as database:
        yield database, build_mapped_world(database)
    _drop(postgres_url, name)
