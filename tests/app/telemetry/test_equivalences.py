"""Everyday things that emit the same mass, worked out by hand from the published factors."""

from decimal import Decimal

import pytest

from app.dashboard.equivalence_figures import amount_text, equivalence_figures
from app.dashboard.figures import Range
from app.telemetry.equivalences import equivalences

# 1,000 g: 1,000 / 393 miles of 1.609344 km; 1,000 / 12.4 charges; 1,000 / 8,887 gallons of 3.785411784 l.
OF_A_KILOGRAM = {
    "car_km": Decimal("4.095023"),  # 2.544529… miles
    "phone_charge": Decimal("80.645161"),
    "petrol_litre": Decimal("0.425949"),  # 0.112523… gallons
}


@pytest.mark.parametrize(("key", "amount"), OF_A_KILOGRAM.items())
def test_a_kilogram_is_what_the_published_factor_makes_of_it(key: str, amount: Decimal) -> None:
    (equivalence,) = [each for each in equivalences() if each.key == key]
    assert equivalence.of_grams(Decimal(1000)) == amount


def test_a_published_unit_s_grams_are_the_units_that_it_has() -> None:
    found = {each.key: each.of_grams(each.published_grams) for each in equivalences()}
    assert found == {"car_km": Decimal("1.609344"), "phone_charge": Decimal(1), "petrol_litre": Decimal("3.785412")}


def test_each_names_its_source_with_an_address_and_how_it_was_read() -> None:
    for each in equivalences():
        assert each.url.startswith("https://")
        assert all([each.source, each.edition, each.licence, each.how_read, each.note])


def test_low_central_and_high_are_each_converted() -> None:
    co2e = Range(Decimal("12.4"), Decimal(124), Decimal("1240.62"))
    (phone,) = [each for each in equivalence_figures(co2e) if each.equivalence.key == "phone_charge"]
    assert phone.amount == Range(Decimal(1), Decimal(10), Decimal("100.050000"))
    assert (phone.low_text, phone.central_text, phone.high_text) == ("1.0", "10", "100")


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "0"), ("0.000001", "0.000001"), ("0.04567", "0.046"), ("4.56", "4.6"), ("456", "460"), ("45678", "46,000")],
)
def test_two_digits_are_written(amount: str, text: str) -> None:
    assert amount_text(Decimal(amount)) == text
