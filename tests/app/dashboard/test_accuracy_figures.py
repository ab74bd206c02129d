"""How the Accuracy page writes shares and verdicts."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.dashboard.accuracy_figures import accuracy_figure, signed_percent
from app.telemetry.accuracy import CheckFailure, ConnectionAccuracy
from app.telemetry.costs import ConnectionCosts
from ingestion.usage_row import ProviderName
from warehouse.accuracy import COUNTERS, DayAccuracy, over_days, promised_days

ASKED = datetime(2026, 11, 22, 4, tzinfo=UTC)
NO_COSTS = ConnectionCosts(asked_at=None, failure=None, days=[], promised=None)


def a_day(day: int, *, counted: int | None, provider: int) -> DayAccuracy:
    """Only output tokens are reported."""
    nothing = dict.fromkeys(COUNTERS)
    return DayAccuracy(
        account_id=1,
        usage_date=date(2026, 11, day),
        counted=nothing | {"output_tokens": counted},
        provider=nothing | {"output_tokens": provider},
        asked_at=ASKED,
    )


def a_connection(*days: DayAccuracy, failure: CheckFailure | None = None) -> ConnectionAccuracy:
    promised = over_days(promised_days(days)) if days else None
    return ConnectionAccuracy(7, "Production", ProviderName.OPENAI, ASKED, failure, days, promised, NO_COSTS)


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (None, "–"),
        (Decimal(0), "0 %"),
        (Decimal("-0.0000001"), "< 0.01 %"),
        (Decimal("-0.0416666"), "−4.17 %"),
        (Decimal("0.2"), "+20.00 %"),
    ],
)
def test_a_share_is_written_with_its_sign(share: Decimal | None, written: str) -> None:
    assert signed_percent(share) == written


@pytest.mark.parametrize(
    ("days", "tone", "verdict"),
    [
        ((), "quiet", "not compared yet"),
        ((a_day(21, counted=100, provider=100),), "good", "equal to the provider"),
        ((a_day(21, counted=99, provider=100), a_day(20, counted=1, provider=1)), "warn", "1 day differs"),
        ((a_day(21, counted=85, provider=100),), "warn", "1 day differs"),
        ((a_day(21, counted=84, provider=100),), "bad", "beyond the promise"),
        ((a_day(21, counted=None, provider=100),), "bad", "beyond the promise"),
        ((a_day(21, counted=5, provider=0),), "bad", "beyond the promise"),
        ((a_day(21, counted=None, provider=0),), "good", "equal to the provider"),
    ],
)
def test_the_verdict_follows_the_days_and_the_promise(days: tuple[DayAccuracy, ...], tone: str, verdict: str) -> None:
    figure = accuracy_figure(a_connection(*days))
    assert (figure.tone, figure.verdict) == (tone, verdict)


def test_an_older_day_differs_without_breaking_the_promise_of_the_last_seven() -> None:
    days = [a_day(day, counted=100, provider=100) for day in range(21, 14, -1)]
    figure = accuracy_figure(a_connection(*days, a_day(14, counted=0, provider=100)))
    assert figure.verdict == "1 day differs"
    assert figure.sentence.startswith("0 % over the last 7 closed days")
    assert figure.differing == [date(2026, 11, 14)]
    assert figure.days[-1].parts == "output -100"


def test_a_counter_that_the_provider_does_not_report_is_not_compared() -> None:
    day = a_day(21, counted=100, provider=100)
    unreported = DayAccuracy(1, day.usage_date, {**day.counted, "requests": 9}, day.provider, ASKED)
    assert unreported.is_equal


def test_a_question_without_answer_is_said() -> None:
    figure = accuracy_figure(a_connection(failure=CheckFailure("key-refused", "The key was refused.")))
    assert figure.failure == "The key was refused."
