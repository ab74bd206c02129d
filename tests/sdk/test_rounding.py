"""A whole is rounded once, and its parts add up to it."""

from decimal import Decimal

import pytest
from carbonledger.verify.rounding import exact_sum, nearest, parts_of
from hypothesis import given
from hypothesis import strategies as st

EXACT = st.decimals(-(10**30), 10**30, places=6)


@pytest.mark.parametrize(
    ("exact", "whole"), [("0.5", 1), ("-0.5", -1), ("0.499999", 0), ("1.5", 2), ("-2.5", -3), ("2", 2)]
)
def test_halves_go_away_from_zero(exact: str, whole: int) -> None:
    assert nearest(Decimal(exact)) == whole


def test_a_missing_unit_goes_to_the_largest_remainder_and_on_a_tie_to_the_earlier_part() -> None:
    assert parts_of(4, [Decimal("1.2"), Decimal("1.5"), Decimal("1.3")]) == [1, 2, 1]
    assert parts_of(3, [Decimal("1.5"), Decimal("1.5")]) == [2, 1]
    assert parts_of(-1, [Decimal("-0.5"), Decimal("-0.5")]) == [0, -1]


@given(st.lists(EXACT, max_size=12))
def test_parts_add_up_and_none_is_off_by_a_whole_unit(exact: list[Decimal]) -> None:
    whole = nearest(exact_sum(exact))
    parts = parts_of(whole, exact)
    assert sum(parts) == whole
    assert all(abs(Decimal(part) - amount) < 1 for part, amount in zip(parts, exact, strict=True))


@given(st.lists(st.lists(EXACT, max_size=4), max_size=4))
def test_parts_of_parts_add_up_too(groups: list[list[Decimal]]) -> None:
    wholes = parts_of(
        nearest(exact_sum([exact_sum(group) for group in groups])), [exact_sum(group) for group in groups]
    )
    for group, whole in zip(groups, wholes, strict=True):
        assert sum(parts_of(whole, group)) == whole


def test_another_number_than_the_rounded_sum_has_no_parts() -> None:
    with pytest.raises(ValueError, match="not the rounded sum"):
        parts_of(4, [Decimal("1.5"), Decimal("1.5")])
