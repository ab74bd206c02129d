"""The smallest mart that can answer, and the same answers from the larger ones."""

import pytest

from app.context import ServerContext
from app.telemetry.freshness import read_freshness
from app.telemetry.grouping import GroupBy, Mart
from app.telemetry.mart_choice import smallest_mart
from app.telemetry.model_classes import model_classes
from app.telemetry.project_trends import project_trends
from app.telemetry.summary import summary
from app.telemetry.usage_filter import EVERYTHING, UsageFilter
from tests.app.telemetry.test_summary import NOVEMBER
from tests.app.world import World

DAY, MODEL, PROJECT = GroupBy.DAY, GroupBy.MODEL, GroupBy.PROJECT
QUESTIONS: list[tuple[tuple[GroupBy, ...], UsageFilter, Mart]] = [
    ((), EVERYTHING, "fct_daily_models"),
    ((DAY, MODEL), EVERYTHING, "fct_daily_models"),
    ((DAY, GroupBy.PROVIDER, GroupBy.CONNECTION), UsageFilter(connection_id=1), "fct_daily_models"),
    ((DAY,), UsageFilter(model="gpt-5"), "fct_daily_models"),
    ((PROJECT, DAY), EVERYTHING, "fct_daily_projects"),
    ((DAY,), UsageFilter(project_id=1, provider="openai"), "fct_daily_projects"),
    ((MODEL,), UsageFilter(project_id=1), "fct_daily_emissions"),
    ((PROJECT,), UsageFilter(model="gpt-5"), "fct_daily_emissions"),
    ((GroupBy.HOUR,), EVERYTHING, "fct_usage"),
]


@pytest.mark.parametrize(("group_by", "only", "mart"), QUESTIONS)
def test_the_smallest_mart_that_tells_apart_what_is_asked(
    group_by: tuple[GroupBy, ...], only: UsageFilter, mart: Mart
) -> None:
    assert smallest_mart(group_by, only, is_whole_days=True, has_rollups=True) == mart
    assert smallest_mart(group_by, only, is_whole_days=False, has_rollups=True) == "fct_usage"
    without = smallest_mart(group_by, only, is_whole_days=True, has_rollups=False)
    assert without == ("fct_usage" if mart == "fct_usage" else "fct_daily_emissions")


@pytest.mark.database
def test_until_the_first_build_of_a_new_release_the_days_themselves_answer(
    own_built_context: ServerContext, world: World
) -> None:
    database, org_id = own_built_context.database, world.ada.org_id

    def answers() -> list[object]:
        found: list[object] = [model_classes(database, org_id), project_trends(database, org_id, span=NOVEMBER)]
        for group_by in ((), (DAY, MODEL), (PROJECT,)):
            one = summary(database, org_id, span=NOVEMBER, group_by=group_by)
            found.append((one.rows, one.totals, one.left_out, one.unknown_models, one.unestimated_models))
        return found

    from_rollups = answers()
    for mart in (b"fct_daily_models", b"fct_daily_projects"):  # two threads make them: either may be there alone
        with database.worker() as connection:
            connection.execute(b"drop table marts." + mart)
        with database.tenant(org_id) as connection:
            assert not read_freshness(connection).has_rollups
        assert answers() == from_rollups
