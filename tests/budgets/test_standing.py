"""A month against its limit: exactly the limit is within it, exactly the share is the warning."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from budgets.errors import InvalidBudgetError
from budgets.forecast import Day
from budgets.month import days_of, month_of
from budgets.standing import Standing, standing_of
from budgets.terms import Terms, limit_in_micrograms
from budgets.words import mass
from tests.budgets.test_forecast import NOVEMBER, a_month


def standing(days: list[Day], *, limit: int, warning_percent: int = 80) -> Standing:
    return standing_of(days, Terms(limit, warning_percent), data_through=None)


@pytest.mark.parametrize(
    ("limit", "judgement", "alerts"),
    [
        (1000, "within", ()),
        (300, "within", ()),  # the forecast is exactly the limit
        (299, "overrun-expected", ("forecast",)),
        (41, "overrun-expected", ("forecast",)),
        (38, "overrun-expected", ("forecast",)),  # 80 % of 38 are 30.4
        (37, "overrun-expected", ("forecast", "warning")),  # and of 37 are 29.6
        (30, "overrun-expected", ("forecast", "warning")),
        (29, "exceeded", ("exceeded", "forecast", "warning")),
    ],
)
def test_thirty_in_three_days(limit: int, judgement: str, alerts: tuple[str, ...]) -> None:
    found = standing(a_month(NOVEMBER, ["10", "10", "10"]), limit=limit)
    assert (found.judgement, found.alerts) == (judgement, alerts)


def test_before_there_is_a_forecast_the_share_alone_warns() -> None:
    days = a_month(NOVEMBER, ["40"], partly=["39.999999"])
    assert standing(days, limit=100).alerts == ()
    found = standing(a_month(NOVEMBER, ["40"], partly=["40"]), limit=100)
    assert (found.alerts, found.judgement, found.forecast_micrograms) == (("warning",), "warning", None)


def test_an_excess_has_its_day_and_no_other_to_come() -> None:
    found = standing(a_month(NOVEMBER, ["10", "10", "10"]), limit=15)
    assert (found.exceeded_date, found.overrun_date) == (date(2026, 11, 2), None)


def test_what_is_said_of_the_data() -> None:
    found = standing(a_month(NOVEMBER, ["1", None, "1.5", "1"], partly=["0.25"]), limit=1000)
    assert (found.month, found.spent, found.days, found.complete_days) == (NOVEMBER, Decimal("3.75"), 30, 3)
    assert found.complete_through == date(2026, 11, 4)
    # (1 + 1.5 + 1) / 3 on 27 days, and the three themselves: 35, to the microgram
    assert found.forecast_micrograms == 35


def test_the_forecast_is_rounded_half_even_to_whole_micrograms() -> None:
    found = [standing(a_month(NOVEMBER, [text] * 3), limit=9).forecast_micrograms for text in ("0.083333", "0.05")]
    assert found == [2, 2]  # of 2.49999 and 1.5


def test_months_begin_at_midnight_utc() -> None:
    assert month_of(datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)) == NOVEMBER
    assert month_of(datetime(2026, 12, 1, tzinfo=UTC)) == date(2026, 12, 1)
    assert days_of(date(2028, 2, 1))[-1] == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("grams", "micrograms"), [("0.000001", 1), ("2500", 2_500_000_000), ("1e3", 10**9), ("1000000000000", 10**18)]
)
def test_a_limit_is_kept_in_whole_micrograms(grams: str, micrograms: int) -> None:
    assert limit_in_micrograms(Decimal(grams)) == micrograms


@pytest.mark.parametrize("grams", ["0", "-1", "0.0000001", "1000000000001", "1e999999", "nan", "inf"])
def test_what_is_no_limit_is_refused(grams: str) -> None:
    with pytest.raises(InvalidBudgetError):
        limit_in_micrograms(Decimal(grams))


@pytest.mark.parametrize("percent", [0, 101, -5])
def test_a_share_to_warn_at_is_between_one_and_a_hundred(percent: int) -> None:
    with pytest.raises(InvalidBudgetError):
        Terms(1, percent)


@pytest.mark.parametrize(
    ("micrograms", "written"),
    [("0", "0 g"), ("0.4", "0.400 µg"), ("999", "999 µg"), ("999.96", "1.00 mg"), ("12345678", "12.3 g"),
     ("999999999", "1.00 kg"), ("1234567890000", "1.23 t"), ("123456789000000000", "123,000 t")],
)  # fmt: skip
def test_masses_of_notices_have_three_digits(micrograms: str, written: str) -> None:
    assert mass(Decimal(micrograms)) == written
