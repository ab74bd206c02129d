"""The summary on really built marts: its digits are SQL's, and both marts say the same."""

from datetime import UTC, datetime, timedelta

import pytest

from app.telemetry.summary import summary
from app.telemetry.time_span import TimeSpan
from core.database import Database
from tests.app.world import World

pytestmark = pytest.mark.database

NOVEMBER = TimeSpan(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
# Not whole days, but the same rows: read from fct_usage instead of fct_daily_emissions.
NOVEMBER_IN_PARTS = TimeSpan(NOVEMBER.start + timedelta(minutes=1), NOVEMBER.end)


def test_totals_are_the_sums_of_what_was_observed(built_database: Database, world: World) -> None:
    totals = summary(built_database, world.ada.org_id, span=NOVEMBER).totals
    assert totals.counters == {
        "uncached_input_tokens": 1_000 + 10 + 300 + 900 + 5_000 + 2_000 + 11 + 640,
        "cache_read_tokens": 4_000 + 50 + 30_000 + 13,
        "cache_write_5m_tokens": 1_500 + 17,
        "cache_write_1h_tokens": 250 + 19,
        "output_tokens": 200 + 2 + 70 + 100 + 600 + 900 + 23 + 64,
        "requests": 3 + 1 + 2 + 9 + 4 + 8,
    }
