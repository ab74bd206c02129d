"""The factor set: rebuilt bit by bit, rounded once, 8 % for cache reads of every class on every host."""

import hashlib
from decimal import Decimal
from fractions import Fraction

import pytest

from warehouse.factor_set import BOUNDS, COUNTER_COLUMNS, CURRENT_VERSION, build_factors, read_table, round_once
from warehouse.seeds import SEEDS_DIR, seed_files

# The factor set as it was released. It never changes: other factors are another version.
EMISSION_FACTORS_SHA256 = "b1bc9900afbec447441ef8ca96de0f2cf250cd92979ffcd126e92a0f98c72134"


@pytest.mark.parametrize("name", ["emission_factors.csv", "factor_sets.csv", "upstream_hosts.csv"])
def test_a_seed_is_what_its_input_tables_build(name: str) -> None:
    assert (SEEDS_DIR / name).read_bytes() == seed_files(CURRENT_VERSION)[name].encode()


def test_the_released_factors_do_not_change() -> None:
    seed = seed_files(CURRENT_VERSION)["emission_factors.csv"].encode()
    assert hashlib.sha256(seed).hexdigest() == EMISSION_FACTORS_SHA256


def test_every_class_host_counter_and_bound_has_one_factor() -> None:
    factors = build_factors(CURRENT_VERSION)
    keys = {(factor.model_class, factor.host, factor.counter, factor.bound) for factor in factors}
    assert len(keys) == len(factors) == 8 * 17 * len(COUNTER_COLUMNS) * len(BOUNDS)
    assert "NA" not in {factor.model_class for factor in factors}


def test_a_factor_is_worked_out_on_paper() -> None:
    # Class L on openai: 0.375 J x (1.17 x 384 + 40) / 3.6 = 50.9666..., and 0.375 J x 1.17 / 3600 = 121.875e-6 Wh.
    (factor,) = [
        factor
        for factor in build_factors(CURRENT_VERSION)
        if (factor.model_class, factor.host, factor.counter, factor.bound)
        == ("L", "openai", "uncached_input", "central")
    ]
    assert factor.micrograms_co2e_per_token == Decimal("50.966667")
    assert factor.micro_wh_per_token == Decimal("121.875000")


def test_bounds_are_in_order() -> None:
    by_key: dict[tuple[str, str, str], dict[str, Decimal]] = {}
    for factor in build_factors(CURRENT_VERSION):
        key = (factor.model_class, factor.host, factor.counter)
        by_key.setdefault(key, {})[factor.bound] = factor.micrograms_co2e_per_token
    assert all(bounds["low"] < bounds["central"] < bounds["high"] for bounds in by_key.values())


def test_a_cache_read_is_eight_percent_of_an_uncached_token() -> None:
    for row in read_table(CURRENT_VERSION, "model_classes"):
        assert Fraction(row["j_cache_read"]) == Fraction("0.08") * Fraction(row["j_in"]), row["class"]
    central = {
        (factor.model_class, factor.host, factor.counter): factor.micrograms_co2e_per_token
        for factor in build_factors(CURRENT_VERSION)
        if factor.bound == "central"
    }
    # Before rounding the ratio is exact; afterwards each side is off by half a millionth at most.
    worst = Decimal("0.0000005") + Decimal("0.08") * Decimal("0.0000005")
    for (model_class, host, counter), factor in central.items():
        if counter == "cache_read":
            assert abs(factor - Decimal("0.08") * central[model_class, host, "uncached_input"]) <= worst


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("1/3", "0.333333"),
        ("5/10000000", "0.000000"),
        ("15/10000000", "0.000002"),
        ("123456789.0000005", "123456789.000000"),
    ],
)
def test_rounding_is_half_even_at_six_decimals(value: str, rounded: str) -> None:
    assert f"{round_once(Fraction(value)):f}" == rounded
