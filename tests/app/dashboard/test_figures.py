"""What the overview shows of a small world whose numbers are known."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.dashboard.charts import OTHER, daily_parts, legend
from app.dashboard.figures import Figures, Range, central_position, figures, series_name
from app.telemetry.grouping import GroupBy
from app.telemetry.model_classes import model_classes
from app.telemetry.summary import Summary, summary
from app.telemetry.time_span import TimeSpan
from core.database import Database
from tests.app.world import World

pytestmark = pytest.mark.database
SPAN = TimeSpan(datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))


@pytest.fixture
def by_model(built_database: Database, world: World) -> Summary:
    return summary(built_database, world.ada.org_id, span=SPAN, group_by=(GroupBy.PROVIDER, GroupBy.MODEL))


@pytest.fixture
def shown(built_database: Database, world: World, by_model: Summary) -> Figures:
    return figures(by_model, model_classes(built_database, world.ada.org_id), period_text="19 – 22 Nov 2026")


def test_the_parts_are_the_total(shown: Figures) -> None:
    assert shown.co2e is not None
    assert sum(model.co2e.central for model in shown.models if model.co2e) == shown.co2e.central
    assert sum(emitter.co2e.high for emitter in shown.emitters) == shown.co2e.high
    assert (
        sum(counter.tokens or 0 for counter in shown.counters)
        == shown.tokens
        == shown.input_tokens + shown.output_tokens
    )


def test_grams_are_the_summary_s_micrograms_with_the_point_moved(shown: Figures, by_model: Summary) -> None:
    assert shown.co2e is not None
    assert by_model.totals.co2e is not None
    assert shown.co2e.central * 10**6 == by_model.totals.co2e.central


def test_models_come_largest_first_and_those_without_grams_last(shown: Figures) -> None:
    grams = [model.co2e.central if model.co2e else Decimal(-1) for model in shown.models]
    assert grams == sorted(grams, reverse=True)
    assert shown.models[-1].name == "gpt-image-1"
    assert shown.models[-1].note.class_text == "not estimated"


def test_an_unknown_model_is_flagged_and_counted(shown: Figures) -> None:
    unknown = next(model for model in shown.models if model.name == "zorblax-9")
    assert unknown.note.class_text == "unknown model"
    assert unknown.co2e is not None


def test_what_a_provider_does_not_report_is_not_zero(shown: Figures) -> None:
    claude = next(model for model in shown.models if model.name == "claude-sonnet-4-5")
    assert claude.requests is None
    llama = next(model for model in shown.models if "llama" in model.name)
    assert llama.cached_share is None
    assert shown.requests_note.startswith("reported for ")


def test_a_counter_says_of_how_much_usage_it_is_known(shown: Figures) -> None:
    writes = next(counter for counter in shown.counters if counter.field == "cache_write_1h_tokens")
    assert (writes.tokens, writes.note) == (269, "reported for 25 % of usage rows")


def test_one_organization_s_classes_are_not_another_s(built_database: Database, world: World) -> None:
    assert list(model_classes(built_database, world.bob.org_id)) == [("openai", "gpt-5")]


def test_the_central_value_stands_where_its_logarithm_does() -> None:
    assert central_position(Range(Decimal(1), Decimal(10), Decimal(100))) == Decimal("50.0")
    assert central_position(Range(Decimal(0), Decimal(1), Decimal(2))) == Decimal(50)


def test_a_day_s_bars_are_the_day_s_grams(built_database: Database, world: World) -> None:
    by_day = summary(built_database, world.ada.org_id, span=SPAN, group_by=(GroupBy.DAY, GroupBy.PROVIDER))
    parts = daily_parts(by_day, name_of=lambda row: series_name(row, GroupBy.PROVIDER))
    assert by_day.totals.co2e is not None
    assert sum(part.grams for part in parts) * 10**6 == by_day.totals.co2e.central
    assert OTHER not in legend(parts)
