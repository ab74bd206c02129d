"""What the Billing pages say of a period: names, words for every state, and grams that add up."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from app.billing.periods import PeriodView
from app.dashboard.billing_figures import current_period, period_figure, period_name
from app.dashboard.billing_words import period_words
from app.dashboard.money import money
from app.telemetry.measures import Estimate
from billing.period import PeriodState

DASHBOARD = Path(__file__).parents[3] / "app" / "dashboard"
START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def a_period(**changes: object) -> PeriodView:
    values: dict[str, object] = {
        "id": 7,
        "tier": "starter",
        "funding": "paid",
        "state": "open",
        "failure": None,
        "started_at": START,
        "ended_at": END,
        "factor_version": "2026.1",
        "coverage_grams": 250_000,
        "paid_at": START,
        "close_at": None,
        "frozen_at": None,
        "closed_at": None,
        "has_usage_data": None,
        "carry_in_micrograms": None,
        "carry_out_micrograms": None,
        "not_covered_micrograms": None,
        "retire_grams": None,
        "known_hours": None,
        "missing_hours": None,
        "holes": (),
        "receipt_serial": None,
        "co2e": Estimate(Decimal(100_000_000_000), Decimal(260_000_500_000), Decimal(900_000_000_000)),
    }
    return PeriodView(**(values | changes))  # type: ignore[arg-type] # a builder


@pytest.mark.parametrize(
    ("state", "label", "tone"),
    [
        ("open", "Running", "good"),
        ("awaiting_payment", "Awaiting payment", "warn"),
        ("failed", "Not paid", "bad"),
        ("reconciling", "Reconciling", "good"),
        ("frozen", "Stated", "good"),
        ("awaiting_credits", "Awaiting credits", "warn"),
        ("retiring", "Retiring", "good"),
        ("retired", "Retired", "good"),
        ("closed", "Closed", "good"),
        ("waived", "Trial", ""),
    ],
)
def test_every_state_has_words(state: PeriodState, label: str, tone: str) -> None:
    words = period_words(a_period(state=state), now=NOON, is_on_hold=False)
    assert (words.label, words.tone) == (label, tone)
    assert words.sentence.endswith(".")


def test_the_table_above_has_every_state() -> None:
    (mark,) = test_every_state_has_words.pytestmark  # type: ignore[attr-defined] # what parametrize leaves there
    assert {row[0] for row in mark.args[1]} == set(get_args(PeriodState))


@pytest.mark.parametrize(
    ("failure", "sentence", "to_do"),
    [
        ("payment_failed", "A payment of its invoice failed", "Pay the invoice"),
        ("uncollectible", "Its invoice was given up as uncollectible", "Pay the invoice"),
        ("void", "Its invoice was voided", "If that is a mistake"),
        ("reversed", "Its payment was refunded or is disputed", "If that is a mistake"),
    ],
)
def test_a_failed_period_says_why_and_what_to_do(failure: str, sentence: str, to_do: str) -> None:
    words = period_words(a_period(state="failed", failure=failure), now=NOON, is_on_hold=False)
    assert words.sentence == f"{sentence}, so no credits are retired for it."
    assert words.to_do is not None
    assert words.to_do.startswith(to_do)


@pytest.mark.parametrize("state", ["frozen", "awaiting_credits", "retiring"])
def test_a_hold_is_said_where_it_stops_a_close(state: PeriodState) -> None:
    assert period_words(a_period(state=state), now=NOON, is_on_hold=True).label == "On hold"


def test_what_is_above_the_coverage_of_an_open_period_is_not_covered() -> None:
    figure = period_figure(a_period(), now=NOON, is_on_hold=False)
    assert (figure.covered, figure.not_covered, figure.width) == (Decimal(250_000), Decimal("10000.5"), Decimal(100))
    assert not figure.is_stated


def test_a_stated_period_shows_what_its_close_wrote() -> None:
    stated = a_period(state="closed", retire_grams=250_000, not_covered_micrograms=Decimal(9_999_750_000))
    figure = period_figure(stated, now=NOON, is_on_hold=False)
    assert (figure.covered, figure.not_covered, figure.is_stated) == (Decimal(250_000), Decimal("9999.75"), True)


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        (START, END, "November 2026"),
        (datetime(2026, 11, 10, 9, tzinfo=UTC), END, "10 Nov 2026 – 30 Nov 2026"),
        (None, START, "Until 1 Nov 2026"),
        (END, None, "Since 1 Dec 2026"),
        (None, None, "Free time"),
    ],
)
def test_periods_have_names(start: datetime | None, end: datetime | None, name: str) -> None:
    assert period_name(start, end) == name


def test_the_current_period_is_the_one_that_now_lies_in() -> None:
    before = a_period(id=6, started_at=None, ended_at=START)
    assert current_period([before, a_period()], now=NOON) == a_period()
    assert current_period([before, a_period()], now=END) is None


@pytest.mark.parametrize(
    ("cents", "currency", "text"),
    [(2_900, "usd", "$29"), (2_950, "usd", "$29.50"), (-5, "usd", "−$0.05"), (123_456, "eur", "1,234.56 EUR")],
)
def test_money_is_written_from_cents(cents: int, currency: str, text: str) -> None:
    assert money(cents, currency) == text


def test_nothing_is_called_neutral_net_or_compensated() -> None:
    """One button may speak of offsetting, for people look for that word."""
    claims = re.compile(r"\b(carbon[ -]neutral|net[ -]zero|climate[ -]neutral|compensat\w*|offset\w*)\b", re.IGNORECASE)
    found = [
        (path.name, line.strip())
        for path in sorted([*DASHBOARD.rglob("*.py"), *DASHBOARD.rglob("*.html")])
        for line in path.read_text().splitlines()
        if claims.search(line.replace("Upgrade to offset", ""))
    ]
    assert found == []
