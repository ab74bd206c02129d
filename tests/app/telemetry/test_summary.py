"""The summary on really built marts: its digits are SQL's, and both marts say the same."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest

from app.context import ServerContext
from app.telemetry.grouping import GroupBy
from app.telemetry.measures import NOTHING
from app.telemetry.sorting import sort_of
from app.telemetry.summary import Summary, summary
from app.telemetry.time_span import LONGEST_SPAN_BY_HOUR, InvalidTimeRangeError, TimeSpan
from app.telemetry.usage_filter import UsageFilter
from core.database import Database, fetch_one
from core.errors import NotFoundError
from tests.app.world import COMPLETE, NOW, World, hour

pytestmark = pytest.mark.database

NOVEMBER = TimeSpan(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
# Not whole days, yet the same rows: answered from fct_usage instead of fct_daily_emissions.
NOVEMBER_IN_PARTS = TimeSpan(NOVEMBER.start + timedelta(minutes=1), NOVEMBER.end)
DAILY_DIMENSIONS = (GroupBy.MODEL, GroupBy.DAY, GroupBy.PROJECT, GroupBy.CONNECTION, GroupBy.PROVIDER)


def test_totals_are_what_was_observed(built_database: Database, world: World) -> None:
    totals = summary(built_database, world.ada.org_id, span=NOVEMBER).totals
    assert totals.counters == {
        "uncached_input_tokens": 1_000 + 10 + 300 + 900 + 5_000 + 2_000 + 11 + 640,
        "cache_read_tokens": 4_000 + 50 + 30_000 + 13,
        "cache_write_5m_tokens": 1_500 + 17,
        "cache_write_1h_tokens": 250 + 19,
        "output_tokens": 200 + 2 + 70 + 100 + 600 + 900 + 23 + 64,
        "requests": 3 + 1 + 2 + 9 + 4 + 8,
    }
    assert totals.usage_rows == 8
    assert totals.known_rows == {
        "uncached_input_tokens": 8,
        "cache_read_tokens": 7,  # OpenRouter's activity tells no cache reads
        "cache_write_5m_tokens": 2,
        "cache_write_1h_tokens": 2,
        "output_tokens": 8,
        "requests": 6,  # Anthropic tells none
    }


@pytest.mark.parametrize("span", [NOVEMBER, NOVEMBER_IN_PARTS], ids=["daily mart", "usage mart"])
def test_emissions_are_the_exact_sums_of_the_rows(built_database: Database, world: World, span: TimeSpan) -> None:
    totals = summary(built_database, world.ada.org_id, span=span).totals
    with built_database.worker() as connection:
        for estimate, column in (
            (totals.co2e, "co2e_micrograms"),
            (totals.energy, "energy_micro_wh"),
            (totals.avoided_by_cache, "avoided_by_cache_micrograms"),
            (totals.co2e_by_counter["cache_write"], "cache_write_co2e_micrograms"),
        ):
            expected = fetch_one(
                connection,
                f"select sum({column}_low) as low, sum({column}_central) as central, sum({column}_high) as high"
                " from marts.fct_usage where org_id = %s and is_counted",
                [world.ada.org_id],
            )
            assert estimate is not None
            assert {"low": estimate.low, "central": estimate.central, "high": estimate.high} == expected
            assert 0 < estimate.low < estimate.central < estimate.high


def test_emissions_by_counter_add_up_to_all_emissions(built_database: Database, world: World) -> None:
    totals = summary(built_database, world.ada.org_id, span=NOVEMBER).totals
    parts = [estimate for estimate in totals.co2e_by_counter.values() if estimate]
    assert totals.co2e is not None
    assert sum(part.central for part in parts) == totals.co2e.central
    assert sum(part.high for part in parts) == totals.co2e.high


@pytest.mark.parametrize(
    "group_by",
    [chosen for size in range(len(DAILY_DIMENSIONS) + 1) for chosen in combinations(DAILY_DIMENSIONS, size)],
    ids=lambda chosen: "-".join(chosen) or "nothing",
)
def test_both_marts_answer_the_same(built_database: Database, world: World, group_by: tuple[GroupBy, ...]) -> None:
    daily = summary(built_database, world.ada.org_id, span=NOVEMBER, group_by=group_by)
    hourly = summary(built_database, world.ada.org_id, span=NOVEMBER_IN_PARTS, group_by=group_by)
    assert (daily.rows, daily.totals, daily.left_out) == (hourly.rows, hourly.totals, hourly.left_out)
    assert (daily.unknown_models, daily.unestimated_models) == (hourly.unknown_models, hourly.unestimated_models)
    assert_rows_add_up(daily)


def assert_rows_add_up(found: Summary) -> None:
    if not found.group_by:
        assert found.rows == []
        return
    assert sum(row.measures.usage_rows for row in found.rows) == found.totals.usage_rows
    assert found.totals.co2e is not None
    assert sum(row.measures.co2e.low for row in found.rows if row.measures.co2e) == found.totals.co2e.low
    for counter, total in found.totals.counters.items():
        assert sum(row.measures.counters[counter] or 0 for row in found.rows) == total


def test_rows_come_in_the_order_of_their_dimensions(built_database: Database, world: World) -> None:
    found = summary(built_database, world.ada.org_id, span=NOVEMBER, group_by=(GroupBy.DAY, GroupBy.MODEL))
    assert [(row.group["day"], row.group["model"], row.measures.usage_rows) for row in found.rows] == [
        (date(2026, 11, 19), "meta-llama/llama-3.3-70b-instruct", 1),
        (date(2026, 11, 20), "claude-sonnet-4-5", 1),
        (date(2026, 11, 20), "gpt-5", 2),
        (date(2026, 11, 21), "gpt-4o-mini", 1),
        (date(2026, 11, 21), "gpt-image-1", 1),
        (date(2026, 11, 22), "claude-opus-4-1", 1),
        (date(2026, 11, 22), "zorblax-9", 1),
    ]


def test_hours_are_utc_hours(built_database: Database, world: World) -> None:
    only = UsageFilter(provider="openai")
    found = summary(built_database, world.ada.org_id, span=NOVEMBER, group_by=(GroupBy.HOUR,), only=only)
    assert [(row.group["hour"], row.measures.counters["output_tokens"]) for row in found.rows] == [
        (hour(20, 9), 200),
        (hour(20, 10), 2),
        (hour(21, 23), 170),
        (hour(22, 0), 600),
    ]


def test_projects_and_connections_carry_their_names_of_today(own_built_context: ServerContext, world: World) -> None:
    database = own_built_context.database
    with database.worker() as connection:
        connection.execute("update ops.connections set label = 'Renamed' where label = 'Ada Claude'")
    found = summary(database, world.ada.org_id, span=NOVEMBER, group_by=(GroupBy.CONNECTION, GroupBy.PROJECT))
    search = {"project_id": world.ada_search_project, "project_name": "Search"}
    assert [row.group for row in found.rows] == [
        {
            "connection_id": world.ada_openai.connection_id,
            "connection_label": "Ada OpenAI",
            "project_id": world.ada.project_id,
            "project_name": "Default",
        },
        {"connection_id": world.ada_anthropic.connection_id, "connection_label": "Renamed"} | search,
        {"connection_id": world.ada_openrouter.connection_id, "connection_label": "Ada Router"} | search,
    ]


def test_keys_are_the_providers_and_null_where_none_is_told(built_database: Database, world: World) -> None:
    found = summary(built_database, world.ada.org_id, span=NOVEMBER, group_by=(GroupBy.KEY,))
    assert [(row.group, row.measures.usage_rows) for row in found.rows] == [
        ({"api_key_id": "key_1"}, 1),
        ({"api_key_id": "key_2"}, 1),
        ({"api_key_id": None}, 6),
    ]
    assert_rows_add_up(found)


@pytest.mark.parametrize(
    ("sort", "outputs"),
    [
        (None, [64, 900, 202, 70, 100, 23, 600]),
        ("-output_tokens", [900, 600, 202, 100, 70, 64, 23]),
        ("output_tokens", [23, 64, 70, 100, 202, 600, 900]),
        ("-day", [23, 600, 70, 100, 900, 202, 64]),
        ("requests", [70, 202, 600, 64, 100, 900, 23]),  # Anthropic tells none: last either way
        ("-requests", [100, 64, 202, 600, 70, 900, 23]),
        ("co2e_grams_high", None),
        ("-tokens", [900, 600, 202, 100, 64, 70, 23]),
    ],
)
def test_rows_can_be_sorted_by_a_column(
    built_database: Database, world: World, sort: str | None, outputs: list[int] | None
) -> None:
    group_by = (GroupBy.DAY, GroupBy.MODEL)
    found = summary(
        built_database, world.ada.org_id, span=NOVEMBER, group_by=group_by, sort=sort_of(sort, group_by)
    ).rows
    if outputs is None:  # estimates: what has none is last
        highs = [row.measures.co2e and row.measures.co2e.high for row in found]
        assert highs == [*sorted(high for high in highs if high), None]
    else:
        assert [row.measures.counters["output_tokens"] for row in found] == outputs


def test_projects_and_connections_sort_by_their_names_of_today(built_database: Database, world: World) -> None:
    group_by = (GroupBy.PROJECT, GroupBy.CONNECTION)
    found = summary(
        built_database, world.ada.org_id, span=NOVEMBER, group_by=group_by, sort=sort_of("connection", group_by)
    ).rows
    assert [row.group["connection_label"] for row in found] == ["Ada Claude", "Ada OpenAI", "Ada Router"]
    found = summary(
        built_database, world.ada.org_id, span=NOVEMBER, group_by=group_by, sort=sort_of("-project", group_by)
    ).rows
    assert [row.group["project_name"] for row in found] == ["Search", "Search", "Default"]


def test_a_model_without_text_tokens_has_no_estimate_and_is_shown(built_database: Database, world: World) -> None:
    only = UsageFilter(model="gpt-image-1")
    found = summary(built_database, world.ada.org_id, span=NOVEMBER, only=only)
    assert (found.totals.co2e, found.totals.energy) == (None, None)
    assert (found.totals.usage_rows, found.totals.unestimated_usage_rows) == (1, 1)
    assert found.unestimated_models == [("openai", "gpt-image-1")]


def test_an_unknown_model_is_counted_and_shown(built_database: Database, world: World) -> None:
    found = summary(built_database, world.ada.org_id, span=NOVEMBER)
    assert found.totals.unknown_model_usage_rows == 1
    assert found.unknown_models == [("openai", "zorblax-9")]


def test_usage_on_a_connected_providers_own_key_is_left_out_and_shown(built_database: Database, world: World) -> None:
    left_out = summary(built_database, world.ada.org_id, span=NOVEMBER).left_out
    assert (left_out.usage_rows, left_out.counters["uncached_input_tokens"], left_out.counters["requests"]) == (
        1,
        5_555,
        5,
    )


def test_a_span_is_half_open(built_database: Database, world: World) -> None:
    one_hour = TimeSpan(hour(20, 9), hour(20, 10))
    totals = summary(built_database, world.ada.org_id, span=one_hour).totals
    assert (totals.usage_rows, totals.counters["uncached_input_tokens"]) == (2, 3_000)


def test_a_span_without_usage_knows_nothing(built_database: Database, world: World) -> None:
    october = TimeSpan(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    found = summary(built_database, world.ada.org_id, span=october, group_by=(GroupBy.MODEL,))
    assert (found.rows, found.totals, found.left_out) == ([], NOTHING, NOTHING)


def test_before_the_first_build_there_is_nothing_to_show(database: Database) -> None:
    found = summary(database, 1, span=NOVEMBER, group_by=(GroupBy.DAY,))
    assert (found.rows, found.totals, found.freshness.built_at) == ([], NOTHING, None)


def test_filters_choose_rows(built_database: Database, world: World) -> None:
    def requests(only: UsageFilter) -> int | None:
        return summary(built_database, world.ada.org_id, span=NOVEMBER, only=only).totals.counters["requests"]

    assert requests(UsageFilter(provider="openai")) == 19
    assert requests(UsageFilter(model="gpt-5")) == 4
    assert requests(UsageFilter(project_id=world.ada_search_project)) == 8
    assert requests(UsageFilter(connection_id=world.ada_openrouter.connection_id)) == 8
    assert requests(UsageFilter(provider="openai", model="claude-opus-4-1")) is None


def test_another_organizations_ids_filter_nothing_out(built_database: Database, world: World) -> None:
    for only in (
        UsageFilter(project_id=world.bob.project_id),
        UsageFilter(connection_id=world.bob_openai.connection_id),
    ):
        with pytest.raises(NotFoundError):
            summary(built_database, world.ada.org_id, span=NOVEMBER, only=only)


def test_numbers_reach_as_far_as_every_polled_connection(built_database: Database, world: World) -> None:
    freshness = summary(built_database, world.ada.org_id, span=NOVEMBER).freshness
    assert (freshness.data_through, freshness.built_at) == (hour(22, 10), NOW)
    assert [(each.label, each.status, each.data_through) for each in freshness.stalled] == [
        ("Ada Router", "error", hour(20, 0))
    ]
    assert summary(built_database, world.bob.org_id, span=NOVEMBER).freshness.data_through == COMPLETE


def test_hours_of_many_months_are_refused(built_database: Database, world: World) -> None:
    span = TimeSpan(NOVEMBER.end - LONGEST_SPAN_BY_HOUR - timedelta(hours=1), NOVEMBER.end)
    with pytest.raises(InvalidTimeRangeError, match="62 days"):
        summary(built_database, world.ada.org_id, span=span, group_by=(GroupBy.HOUR,))
