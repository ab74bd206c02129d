"""How the Accuracy page writes costs: verdicts, amounts, and what has no price."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.dashboard.cost_figures import cost_figure, dollars
from app.telemetry.costs import ConnectionCosts, CostFailure
from warehouse.costs import DayCosts, over_days, promised_days
from warehouse.model_prices import PRICE_LIST

ASKED = datetime(2026, 11, 22, 4, tzinfo=UTC)


def a_day(day: int, *, priced: str, provider: str | None, unpriced_tokens: int = 0, currency: str = "USD") -> DayCosts:
    """Amounts in dollars."""
    return DayCosts(
        account_id=1,
        usage_date=date(2026, 11, day),
        currency=None if provider is None and currency == "USD" else currency,
        priced_micro_usd=Decimal(priced) * 10**6,
        priced_tokens=1_000,
        unpriced_tokens=unpriced_tokens,
        provider_micro_usd=None if provider is None else Decimal(provider) * 10**6,
        other_micro_usd=None if provider is None else Decimal(0),
        asked_at=ASKED,
    )


def costs_of(*days: DayCosts, failure: CostFailure | None = None) -> ConnectionCosts:
    return ConnectionCosts(ASKED, failure, days, over_days(promised_days(days)) if days else None)


@pytest.mark.parametrize(
    ("days", "tone", "verdict", "sentence"),
    [
        (
            [a_day(21, priced="10", provider="10"), a_day(20, priced="9.8", provider="10")],
            "good",
            "within ±5 %",
            f"$19.80 by list price ({PRICE_LIST}) for the last 2 closed days, $20.00 by the provider: −1.00 %;"
            " tolerance is ±5 %.",
        ),
        (
            [a_day(21, priced="11", provider="10")],
            "warn",
            "beyond ±5 %",
            f"$11.00 by list price ({PRICE_LIST}) for the last closed day, $10.00 by the provider: +10.00 %; tolerance"
            " is ±5 %.",
        ),
        (
            [a_day(21, priced="5", provider="10", unpriced_tokens=2_000)],
            "quiet",
            "part has no price",
            f"$5.00 by list price ({PRICE_LIST}) for the last closed day, $10.00 by the provider: −50.00 %; tolerance"
            " is ±5 %. 2,000 of 3,000 tokens have no price.",
        ),
        (
            [a_day(21, priced="0.01234", provider=None)],
            "quiet",
            "not known",
            f"$0.0123 by list price ({PRICE_LIST}) for the last closed day; the provider has not said what they cost in"
            " US dollars.",
        ),
        (
            [a_day(21, priced="3", provider="3"), a_day(14, priced="9", provider="1")],  # eight days ago: not promised
            "good",
            "within ±5 %",
            f"$3.00 by list price ({PRICE_LIST}) for the last closed day, $3.00 by the provider: 0 %; tolerance is"
            " ±5 %.",
        ),
    ],
)
def test_a_week_is_judged_in_words(days: list[DayCosts], tone: str, verdict: str, sentence: str) -> None:
    figure = cost_figure(costs_of(*days))
    assert (figure.tone, figure.verdict, figure.sentence) == (tone, verdict, sentence)


def test_a_bill_in_another_currency_and_a_refusal_are_said() -> None:
    failure = CostFailure("costs-refused", "The provider does not let this key read costs.")
    figure = cost_figure(costs_of(a_day(21, priced="1", provider=None, currency="EUR"), failure=failure))
    (day,) = figure.days
    assert (day.state, day.notes, day.provider, day.share) == ("unknown", "billed in EUR, and not compared", "–", "–")
    assert figure.failure == failure.sentence


def test_nothing_yet_is_no_failure() -> None:
    figure = cost_figure(costs_of())
    assert (figure.verdict, figure.failure, figure.days) == ("not compared yet", None, [])


@pytest.mark.parametrize(
    ("usd", "written"),
    [
        ("0", "$0"),
        ("0.00001", "$0.0000"),
        ("0.99995", "$1.0000"),
        ("-12.345", "−$12.34"),
        ("1234567.891", "$1,234,567.89"),
    ],
)
def test_dollars_are_written_with_two_digits_or_four(usd: str, written: str) -> None:
    assert dollars(Decimal(usd) * 10**6) == written
