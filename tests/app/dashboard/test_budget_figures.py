"""What a budget's card shows of its month."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.dashboard.budget_figures import budget_figure, written_in_units
from app.dashboard.fragments import markup
from budgets.budgets import Budget
from budgets.standing import standing_of
from budgets.terms import Terms, written_limit
from budgets.watched import Told, Watched
from tests.budgets.test_forecast import NOVEMBER, a_month

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
GRAM = 1_000_000


def watched(*, limit: int, days: int, told: tuple[Told, ...] = ()) -> Watched:
    """Ten grams a day."""
    terms = Terms(limit)
    budget = Budget(7, 1, 3, "<b>Search</b>", 1, terms, None, NOON, NOON)
    month = a_month(NOVEMBER, [str(10 * GRAM)] * days)
    return Watched(budget, standing_of(month, terms, data_through=NOON), told)


def test_the_bar_is_as_long_as_the_largest_mass_on_it() -> None:
    figure = budget_figure(watched(limit=240 * GRAM, days=10))
    assert figure.month
    bar = figure.month.bar
    assert (bar.spent, bar.forecast, bar.limit, bar.warning) == (
        Decimal("33.33"),
        Decimal("100.00"),
        Decimal("80.00"),
        Decimal("64.00"),
    )
    assert (figure.month.share, figure.month.forecast_share, figure.month.last_day) == (
        "42 %",
        "125 %",
        date(2026, 11, 30),
    )


def test_the_card_says_all_of_it_in_words_and_escapes_names() -> None:
    told = (Told("forecast", NOON), Told("warning", NOON))
    card = markup("budget_card.html", budget=budget_figure(watched(limit=240 * GRAM, days=20, told=told)), link="/p")
    assert "&lt;b&gt;Search&lt;/b&gt;" in card
    assert 'aria-label="200 g of 240 g CO2e spent, 83 %; forecast 300 g"' in card
    words = " ".join(card.split())
    assert "past it on 25 Nov." in words
    told_of = "the forecast above the limit (22 Nov 2026), the warning share (22 Nov 2026)"
    assert f"Owners were told of {told_of}." in words


def test_without_a_forecast_it_says_what_it_takes() -> None:
    card = markup("budget_card.html", budget=budget_figure(watched(limit=240 * GRAM, days=2)), link=None)
    assert "No forecast yet: it takes three complete days of the month." in card
    assert "cl-budget-forecast" not in card


@pytest.mark.parametrize(
    ("micrograms", "written"),
    [(1, ("0.000001", "g")), (999 * GRAM, ("999", "g")), (2_500 * GRAM, ("2.5", "kg")), (10**12, ("1", "t")),
     (1_234_567_891_234, ("1.234567891234", "t"))],
)  # fmt: skip
def test_a_limit_is_written_back_as_it_is(micrograms: int, written: tuple[str, str]) -> None:
    number, unit = written_in_units(micrograms)
    assert (number, unit) == written
    assert written_limit(number, unit) == micrograms
