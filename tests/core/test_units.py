"""Exact masses: what is refused, how a whole is divided, and the text that people read."""

from decimal import Decimal, Inexact
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.units import Mass, scaled_by_a_millionth

WEIGHTS = st.dictionaries(st.text(max_size=3), st.integers(0, 10**12), min_size=1, max_size=8).filter(
    lambda weights: sum(weights.values()) > 0
)
MASSES = st.integers(-(10**18), 10**18)


@pytest.mark.parametrize("not_whole", [1.0, Decimal(1), True, "1", None])
def test_a_mass_is_whole_micrograms(not_whole: object) -> None:
    with pytest.raises(TypeError, match="whole micrograms"):
        Mass(not_whole)  # type: ignore[arg-type]


@pytest.mark.parametrize("not_decimal", [1.5, 2, True, "1"])
def test_only_a_decimal_is_rounded_to_a_mass(not_decimal: object) -> None:
    with pytest.raises(TypeError, match="takes a Decimal"):
        Mass.from_micrograms(not_decimal)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("exact", "micrograms"),
    [
        ("0.5", 0),
        ("1.5", 2),
        ("2.5", 2),
        ("2.500001", 3),
        ("-1.5", -2),
        ("99999999999999999999999999999999.500001", 10**32),
    ],
)
def test_a_mass_is_rounded_half_even(exact: str, micrograms: int) -> None:
    assert Mass.from_micrograms(Decimal(exact)) == Mass(micrograms)


def test_masses_add_and_subtract() -> None:
    assert Mass(7) + Mass(5) - Mass(2) == Mass(10)


def test_the_largest_remainder_gets_the_rest_and_ties_go_by_key() -> None:
    assert Mass(100).allocate({"b": 1, "c": 1, "a": 1}) == {"a": Mass(34), "b": Mass(33), "c": Mass(33)}


def test_what_weighs_nothing_gets_nothing() -> None:
    assert Mass(5).allocate({"a": 0, "b": 3}) == {"a": Mass(0), "b": Mass(5)}


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": 2, "b": -1}])
def test_weights_that_divide_nothing_are_refused(weights: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Mass(1).allocate(weights)


@given(MASSES, WEIGHTS)
def test_parts_add_up_to_the_whole(micrograms: int, weights: dict[str, int]) -> None:
    parts = Mass(micrograms).allocate(weights)
    assert parts.keys() == weights.keys()
    assert sum(part.micrograms for part in parts.values()) == micrograms


@given(MASSES, WEIGHTS)
def test_no_part_is_a_microgram_away_from_its_exact_share(micrograms: int, weights: dict[str, int]) -> None:
    whole = sum(weights.values())
    for key, part in Mass(micrograms).allocate(weights).items():
        assert abs(part.micrograms * whole - micrograms * weights[key]) < whole


@given(MASSES, WEIGHTS)
def test_the_order_of_the_weights_changes_nothing(micrograms: int, weights: dict[str, int]) -> None:
    assert Mass(micrograms).allocate(weights) == Mass(micrograms).allocate(dict(reversed(weights.items())))


@pytest.mark.parametrize(
    ("micro", "text"),
    [
        ("0.000000", "0"),
        ("1500000.000000", "1.5"),
        ("0.000001", "0.000000000001"),
        ("100000000.000000", "100"),
        ("-2500.120000", "-0.00250012"),
        ("99999999999999999999999999999999.999999", "99999999999999999999999999.999999999999"),
    ],
)
def test_a_millionth_is_told_exactly(micro: str, text: str) -> None:
    assert scaled_by_a_millionth(Decimal(micro)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**32), max_value=10**32))
def test_the_text_of_a_millionth_reads_back_as_the_same_number(micro: Decimal) -> None:
    assert Fraction(scaled_by_a_millionth(micro)) * 10**6 == Fraction(micro)


def test_digits_that_would_be_lost_are_refused() -> None:
    with pytest.raises(Inexact):
        scaled_by_a_millionth(Decimal("1" * 61))
