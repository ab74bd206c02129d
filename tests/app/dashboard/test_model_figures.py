"""An organization's models with their factors, and our estimates beside published ones."""

from decimal import Decimal

import pytest

from app.dashboard.anchor_figures import anchor_figures
from app.dashboard.factor_table import COUNTERS, class_factors
from app.dashboard.model_figures import used_factors, used_model_figures
from app.telemetry.used_models import UsedModels, used_models
from core.database import Database
from tests.app.world import NOW, World
from warehouse.factor_set import CURRENT_VERSION, build_factors


@pytest.fixture
def used(built_database: Database, world: World) -> UsedModels:
    return used_models(built_database, world.ada.org_id, now=NOW)


@pytest.mark.database
def test_shares_are_written_beside_their_exact_text_and_add_up(used: UsedModels) -> None:
    figures = used_model_figures(used, CURRENT_VERSION)
    assert sum(each.co2e.central for each in figures if each.co2e) * 10**6 == used.central_micrograms
    shares = sum((Decimal(each.share_exact) for each in figures if each.share_exact), Decimal(0))
    assert abs(shares - 100) <= Decimal("0.05")
    llama = next(each for each in figures if "llama" in each.name)
    assert llama.host_names == ["OpenRouter, upstream not named"]
    image = next(each for each in figures if each.name == "gpt-image-1")
    assert (image.share, image.share_exact, image.co2e) == ("", "", None)


@pytest.mark.database
def test_the_factors_are_those_of_each_class_at_each_host_that_is_used(used: UsedModels) -> None:
    found = used_factors(used, CURRENT_VERSION)
    assert {(each.factors.model_class, each.host) for each in found} == {
        (model.model_class, host) for model in used.models for host in model.hosts if model.model_class != "NA"
    }
    factors = {
        (each.model_class, each.host, each.counter, each.bound): each.micrograms_co2e_per_token
        for each in build_factors(CURRENT_VERSION)
    }
    for each in found:
        for counter in COUNTERS:
            shown = each.factors.grams_per_million[counter]
            key = (each.factors.model_class, each.host, counter)
            assert (shown.low, shown.central, shown.high) == (
                factors[*key, "low"], factors[*key, "central"], factors[*key, "high"],
            )  # fmt: skip


def test_a_table_of_a_host_has_every_class() -> None:
    assert [each.model_class for each in class_factors(CURRENT_VERSION, "openai")] == [
        "XS", "S", "M", "L", "XL", "XXL", "OM", "UNK",
    ]  # fmt: skip


def test_published_figures_stand_beside_ours_in_their_own_unit() -> None:
    anchors = {each.number: each for each in anchor_figures(CURRENT_VERSION)}
    assert set(anchors) == {str(number) for number in range(1, 14)}
    google, mistral, deepseek = anchors["1"], anchors["10"], anchors["11"]
    # 500 tokens in at 0.375 J and 300 out at 2.12 J, PUE 1.09: 823.5 J x 1.09 / 3600.
    assert google.ours.central.quantize(Decimal("0.0001")) == Decimal("0.2493")
    assert (google.published_text, google.ratio, google.is_inside_range) == ("240 mWh", "1.04", True)
    assert (mistral.published_text, mistral.is_energy, mistral.is_inside_range) == ("1.14 g CO2e", False, False)
    assert deepseek.published_text == "43.5 MWh IT"
