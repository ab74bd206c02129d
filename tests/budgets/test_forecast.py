"""Forecasts, worked out by hand: masses in micrograms, one a day."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from budgets.forecast import Day, day_of_excess, forecast
from budgets.month import days_of


def a_month(first: date, seen: Sequence[str | None], *, partly: Sequence[str] = ()) -> list[Day]:
    """Complete days from the first on (None: a hole), then days that are not complete, then nothing known."""
    complete = [(text is not None, Decimal(text or 0)) for text in seen]
    given = [*complete, *((False, Decimal(text)) for text in partly)]
    days = days_of(first)
    given += [(False, Decimal())] * (len(days) - len(given))
    return [Day(day, mass, is_complete=known) for day, (known, mass) in zip(days, given, strict=True)]


NOVEMBER = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("month", "days", "total"),
    [
        (date(2026, 11, 1), 30, 300),
        (date(2026, 12, 1), 31, 310),
        (date(2027, 2, 1), 28, 280),
        (date(2028, 2, 1), 29, 290),
        (date(2100, 2, 1), 28, 280),
    ],
)
def test_three_days_of_a_mean_of_ten_are_ten_a_day_of_the_month(month: date, days: int, total: int) -> None:
    found = forecast(a_month(month, ["8", "10", "12"]))
    assert found
    assert (len(found.cumulative), found.total) == (days, Fraction(total))
    assert found.cumulative[:4] == [
        (month, Fraction(8)),
        (month.replace(day=2), Fraction(18)),
        (month.replace(day=3), Fraction(30)),
        (month.replace(day=4), Fraction(40)),
    ]


@pytest.mark.parametrize("seen", [[], ["5"], ["5", "5"], ["5", None, "5"], [None] * 20])
def test_there_is_none_before_three_days_are_complete(seen: Sequence[str | None]) -> None:
    assert forecast(a_month(NOVEMBER, seen, partly=["900"])) is None


def test_a_quotient_is_not_rounded_on_the_way() -> None:
    """10 in three days is 10/3 a day; thirty days of that are exactly 100."""
    found = forecast(a_month(NOVEMBER, ["3", "3", "4"]))
    assert found
    assert found.cumulative[3] == (date(2026, 11, 4), Fraction(40, 3))
    assert found.total == 100


def test_six_decimals_stay_exact() -> None:
    found = forecast(a_month(NOVEMBER, ["0.000001", "0.000001", "0.000002"]))
    assert found
    assert found.total == Fraction(4, 100_000)


def test_a_hole_counts_as_the_mean_and_not_as_nothing() -> None:
    """Mean of 6, 9 and 12 is 9; the hole on the second and 26 days to come add 27 times 9 to 27."""
    found = forecast(a_month(NOVEMBER, ["6", None, "9", "12"]))
    assert found
    assert found.total == 27 + 27 * 9
    assert found.cumulative[1] == (date(2026, 11, 2), Fraction(15))


def test_a_day_that_is_known_in_part_counts_as_what_is_seen_if_that_is_more_than_the_mean() -> None:
    busy, quiet = (forecast(a_month(NOVEMBER, ["10", "10", "10"], partly=[today])) for today in ("25", "4"))
    assert busy
    assert quiet
    assert [busy.total, quiet.total] == [30 + 25 + 26 * 10, 300]


def test_a_month_that_is_over_is_its_sum() -> None:
    found = forecast(a_month(date(2027, 2, 1), ["1.5"] * 28))
    assert found
    assert found.total == 42


def test_days_of_nothing_are_known_to_be_nothing() -> None:
    found = forecast(a_month(NOVEMBER, ["0", "0", "0"]))
    assert found
    assert found.total == 0
    assert found.first_day_above(1) is None


@pytest.mark.parametrize(
    ("limit", "day"),
    [(95, date(2026, 11, 10)), (99, date(2026, 11, 10)), (100, date(2026, 11, 11)), (299, date(2026, 11, 30)),
     (300, None)],
)  # fmt: skip
def test_the_limit_is_passed_on_the_day_whose_end_lies_above_it(limit: int, day: date | None) -> None:
    """Ten a day: the tenth ends at exactly 100, which is within a limit of 100."""
    found = forecast(a_month(NOVEMBER, ["10", "10", "10"]))
    assert found
    assert found.first_day_above(limit) == day


def test_what_was_seen_passed_the_limit_on_the_day_that_it_did() -> None:
    days = a_month(NOVEMBER, ["10", "10", None, "10"], partly=["5"])
    assert [day_of_excess(days, limit) for limit in (9, 10, 29, 30, 34, 35)] == [
        date(2026, 11, 1),
        date(2026, 11, 2),
        date(2026, 11, 4),
        date(2026, 11, 5),
        date(2026, 11, 5),
        None,
    ]
