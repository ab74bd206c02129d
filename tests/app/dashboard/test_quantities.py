"""Numbers as people read them."""

from decimal import Decimal

import pytest

from app.dashboard import quantities


@pytest.mark.parametrize(
    ("grams", "written"),
    [
        ("0", "0 g"),
        ("0.00005", "< 0.1 mg"),
        ("0.0001", "0.100 mg"),
        ("0.0425", "42.5 mg"),
        ("1", "1.00 g"),
        ("12.345", "12.3 g"),
        ("999.4", "999 g"),
        ("999.6", "1.00 kg"),
        ("168432.119", "168 kg"),
        ("1234567", "1.23 t"),
        ("1234567890", "1,230 t"),
    ],
)
def test_a_mass_has_three_digits_and_a_unit_that_fits(grams: str, written: str) -> None:
    assert quantities.mass(Decimal(grams)) == written


def test_energy_is_written_the_same_way() -> None:
    assert [quantities.energy(Decimal(text)) for text in ("0.5", "400123", "1470000")] == [
        "500 mWh",
        "400 kWh",
        "1.47 MWh",
    ]


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0"),
        (9_999, "9,999"),
        (10_000, "10.0 k"),
        (32_849, "32.8 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (144_793_823, "145 M"),
        (2_910_000_000, "2.91 B"),
    ],
)
def test_a_count_is_written_out_below_ten_thousand(number: int, written: str) -> None:
    assert quantities.count(number) == written


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [("0", "0", "–"), ("0", "5", "0.0 %"), ("1", "3", "33 %"), ("1", "30", "3.3 %"), ("1", "100000", "< 0.1 %")],
)
def test_a_small_share_is_never_a_false_zero(part: str, whole: str, written: str) -> None:
    assert quantities.percent(Decimal(part), Decimal(whole)) == written
