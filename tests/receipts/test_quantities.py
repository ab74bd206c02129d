import pytest

from receipts import quantities


@pytest.mark.parametrize(
    ("micrograms", "text"),
    [
        (0, "0 g"),
        (1, "1 µg"),
        (-1, "−1 µg"),
        (999, "1.0 mg"),
        (12_345, "12 mg"),
        (1_500_000, "1.5 g"),
        (994_999_999, "990 g"),
        (995_000_001, "1.0 kg"),
        (13_504_172_713, "14 kg"),
        (-45_678_901, "−46 g"),
        (1_250_000_000_000, "1.2 t"),
        (1_234_567_000_000_000, "1,200 t"),
    ],
)
def test_an_estimate_has_two_digits_and_a_unit_that_fits(micrograms: int, text: str) -> None:
    assert quantities.mass(micrograms) == text


@pytest.mark.parametrize(
    ("micro_watt_hours", "text"),
    [(0, "0 Wh"), (3_000_000, "3.0 Wh"), (32_410_014_511, "32 kWh"), (7 * 10**14, "700 MWh")],
)
def test_energy_has_its_own_units(micro_watt_hours: int, text: str) -> None:
    assert quantities.energy(micro_watt_hours) == text


def test_credits_are_counted_to_the_gram() -> None:
    assert quantities.grams(13_504) == "13,504 g"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (9_876, "9,876"), (-12, "−12"), (12_345, "12.3 k"), (999_500, "1.00 M"), (10**9, "1.00 B")],
)
def test_a_count_is_written_out_while_it_is_short(number: int, text: str) -> None:
    assert quantities.count(number) == text
