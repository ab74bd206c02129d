"""Period boundaries and prorated cents, on paper."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.stripe.billing_cycle import boundary, period_at
from sandbox.stripe.proration import Span, prorated_cents
from tests.sandbox.stripe.subscriber import instant, seconds, utc

INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone follows


def a_price(interval: str, count: int = 1) -> dict[str, Any]:
    return {"recurring": {"interval": interval, "interval_count": count}}


@pytest.mark.parametrize(
    ("anchor", "interval", "count", "expected"),
    [
        (utc(2027, 1, 31, 8), "month", 1, utc(2027, 2, 28, 8)),
        (utc(2027, 1, 31, 8), "month", 2, utc(2027, 3, 31, 8)),
        (utc(2028, 1, 31, 8), "month", 1, utc(2028, 2, 29, 8)),
        (utc(2026, 12, 1), "month", -1, utc(2026, 11, 1)),
        (utc(2026, 12, 31), "month", -1, utc(2026, 11, 30)),
        (utc(2028, 2, 29), "year", 1, utc(2029, 2, 28)),
        (utc(2028, 2, 29), "year", 4, utc(2032, 2, 29)),
        (utc(2026, 12, 1), "week", 2, utc(2026, 12, 15)),
        (utc(2026, 12, 1), "day", -1, utc(2026, 11, 30)),
    ],
)
def test_boundaries(anchor: datetime, interval: str, count: int, expected: datetime) -> None:
    assert instant(boundary(seconds(anchor), a_price(interval), count)) == expected


@given(
    anchor=INSTANTS,
    at=INSTANTS,
    interval=st.sampled_from(["day", "week", "month", "year"]),
    count=st.integers(1, 3),
)
def test_every_instant_lies_in_one_period(anchor: datetime, at: datetime, interval: str, count: int) -> None:
    price = a_price(interval, count)
    period = period_at(seconds(anchor), price, seconds(at))
    assert period.start <= seconds(at) < period.end
    assert period_at(seconds(anchor), price, period.start) == period
    assert period_at(seconds(anchor), price, period.end).start == period.end


@pytest.mark.parametrize(
    ("cents", "part", "whole", "expected"),
    [(2_900, 15, 30, 1_450), (100, 1, 3, 33), (100, 2, 3, 67), (1, 1, 2, 1), (1, 1, 3, 0), (9_900, 30, 30, 9_900)],
)
def test_parts_of_a_price_round_half_up(cents: int, part: int, whole: int, expected: int) -> None:
    assert prorated_cents(cents, part=Span(0, part), whole=Span(0, whole)) == expected
