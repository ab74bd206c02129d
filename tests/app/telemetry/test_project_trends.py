"""All projects' emissions and their course in one scan, held against the summary."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from app.telemetry.grouping import GroupBy
from app.telemetry.project_trends import MOST_PARTS, project_trends
from app.telemetry.summary import summary
from app.telemetry.time_span import InvalidTimeRangeError, TimeSpan
from app.telemetry.usage_filter import UsageFilter
from core.database import Database
from tests.app.world import World, hour

pytestmark = pytest.mark.database
SPAN = TimeSpan(hour(19, 0), hour(23, 0))


def test_a_project_s_trend_is_its_part_of_the_summary_day_by_day(built_database: Database, world: World) -> None:
    trends = project_trends(built_database, world.ada.org_id, span=SPAN)
    by_project = summary(built_database, world.ada.org_id, span=SPAN, group_by=(GroupBy.PROJECT,))
    assert {key: trend.co2e for key, trend in trends.items()} == {
        row.group["project_id"]: row.measures.co2e for row in by_project.rows
    }
    assert set(trends) == {world.ada.project_id, world.ada_search_project}
    by_day = summary(
        built_database,
        world.ada.org_id,
        span=SPAN,
        group_by=(GroupBy.DAY,),
        only=UsageFilter(project_id=world.ada_search_project),
    )
    days = [SPAN.start + number * timedelta(days=1) for number in range(4)]
    grams = {row.group["day"]: row.measures.co2e.central for row in by_day.rows if row.measures.co2e}
    assert trends[world.ada_search_project].course == tuple(grams.get(day.date(), Decimal(0)) for day in days)
    assert trends[world.ada_search_project].tokens == 34_650 + 83 + 704


def test_a_filter_counts_and_another_organization_has_nothing(built_database: Database, world: World) -> None:
    trends = project_trends(built_database, world.ada.org_id, span=SPAN, only=UsageFilter(provider="openai"))
    assert set(trends) == {world.ada.project_id}
    assert set(project_trends(built_database, world.bob.org_id, span=SPAN)) == {world.bob.project_id}


@pytest.mark.parametrize(("days", "parts"), [(46, 46), (47, 24), (90, 45), (1100, 46)])
def test_a_long_span_has_few_parts_and_loses_nothing(
    built_database: Database, world: World, days: int, parts: int
) -> None:
    span = TimeSpan(SPAN.end - timedelta(days=days), SPAN.end)
    trend = project_trends(built_database, world.ada.org_id, span=span)[world.ada.project_id]
    assert len(trend.course) == parts <= MOST_PARTS
    assert trend.co2e is not None
    assert sum(trend.course) == trend.co2e.central


def test_parts_of_days_are_refused(built_database: Database, world: World) -> None:
    span = TimeSpan(datetime.fromisoformat("2026-11-19T00:30:00Z"), SPAN.end)
    with pytest.raises(InvalidTimeRangeError, match="whole UTC days"):
        project_trends(built_database, world.ada.org_id, span=span)


def test_before_the_first_build_there_is_no_trend(database: Database) -> None:
    assert project_trends(database, 1, span=SPAN) == {}
