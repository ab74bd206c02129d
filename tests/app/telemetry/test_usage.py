"""Usage rows in pages, on really built marts."""

from itertools import pairwise

import pytest

from app.telemetry.usage import Position, Usage, usage_page
from app.telemetry.usage_filter import UsageFilter
from core.database import Database
from tests.app.telemetry.test_summary import NOVEMBER
from tests.app.world import World, hour

pytestmark = pytest.mark.database


def all_rows(database: Database, org_id: int, *, limit: int) -> list[Usage]:
    rows: list[Usage] = []
    after: Position | None = None
    while True:
        page = usage_page(database, org_id, span=NOVEMBER, limit=limit, after=after)
        assert len(page.rows) <= limit
        rows += page.rows
        if page.next_after is None:
            return rows
        after = page.next_after


@pytest.mark.parametrize("limit", [1, 2, 3, 9, 100])
def test_pages_of_any_size_hold_each_row_once(built_database: Database, world: World, limit: int) -> None:
    rows = all_rows(built_database, world.ada.org_id, limit=limit)
    assert len({row.facts["usage_hash"] for row in rows}) == len(rows) == 9
    places = [(row.facts["bucket_started_at"], row.facts["usage_hash"]) for row in rows]
    assert all(earlier < later for earlier, later in pairwise(places))


def test_a_row_is_what_was_observed(built_database: Database, world: World) -> None:
    only = UsageFilter(model="claude-opus-4-1")
    (row,) = usage_page(built_database, world.ada.org_id, span=NOVEMBER, limit=10, only=only).rows
    assert row.counters == {
        "uncached_input_tokens": 11,
        "cache_read_tokens": 13,
        "cache_write_5m_tokens": 17,
        "cache_write_1h_tokens": 19,
        "output_tokens": 23,
        "requests": None,
    }
    assert (row.connection_id, row.connection_label) == (world.ada_anthropic.connection_id, "Ada Claude")
    assert (row.project_name, row.facts["project_id"]) == ("Search", world.ada_search_project)
    assert row.facts["provider_project_id"] == "wrkspc_1"
    assert row.facts["bucket_started_at"] == hour(22, 8)


def test_rows_that_totals_leave_out_say_why(built_database: Database, world: World) -> None:
    rows = all_rows(built_database, world.ada.org_id, limit=100)
    left_out = [(row.facts["model"], row.facts["left_out_reason"]) for row in rows if not row.facts["is_counted"]]
    assert left_out == [("openai/gpt-5", "byok_counted_at_provider")]


def test_before_the_first_build_there_are_no_rows(database: Database) -> None:
    assert usage_page(database, 1, span=NOVEMBER, limit=10).rows == []
