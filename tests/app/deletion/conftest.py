"""A second copy of the built world, to compare with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.context import ServerContext
from core.clock import FixedClock
from core.secret_store import secret_store
from core.settings import Settings
from tests.app.conftest import _copy
from tests.app.tenants import PUBLIC_URL
from tests.app.world import World


@pytest.fixture
def other_built_context(
    tmp_path: Path, postgres_url: str, built_template: tuple[str, World], clock: FixedClock
) -> Iterator[ServerContext]:
    settings = Settings(home=tmp_path / "other", public_url=PUBLIC_URL, password_memory_mib=8, _env_file=None)
    with _copy(postgres_url, built_template[0]) as database:
        yield ServerContext(settings, database, secret_store(settings), {}, clock)
