"""A story for each test, on a copy of a database that was built once, at the Stripe sandbox of all billing tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.credits.invariants import broken_invariants
from core.database import Database
from tests.billing.scenarios.story import Story, assert_audited, assert_heard, begin
from tests.billing.shop import Shop


@pytest.fixture
def database(database_with_marts: Database) -> Database:
    return database_with_marts


@pytest.fixture
def story(shop: Shop, tmp_path: Path) -> Iterator[Story]:
    """Whatever the story was, all webhooks were carried out, its audit is whole and the credits add up."""
    story = begin(shop, tmp_path)
    yield story
    assert_heard(story)
    assert_audited(story)
    with shop.database.worker() as connection:
        assert [*broken_invariants(connection)] == []
