"""An empty log that has its key."""

import pytest

from core.database import Database
from tests.receipts.log.logbook import Log, lay_key


@pytest.fixture
def log(database: Database) -> Log:
    lay_key(database)
    return Log(database)
