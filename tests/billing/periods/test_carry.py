"""What is retired and what is carried, exactly; coverage by days; months from an anchor."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.carry import retirable
from billing.period_spans import add_months, months, prorated_grams

MASSES = st.decimals(-(10**15), 10**15, places=6)


@pytest.mark.parametrize(
    ("central", "carry_in", "coverage", "grams", "carry_out", "not_covered"),
    [
        ("0", "0", 250_000, 0, "0", "0"),
        ("0.000001", "0", 250_000, 1, "999999.999999", "0"),
        ("1000000", "0", 250_000, 1, "0", "0"),
        ("1000000.000001", "0", 250_000, 2, "999999.999999", "0"),
        ("1000000", "400000", 250_000, 1, "400000", "0"),
        ("1000000", "1000000", 250_000, 0, "0", "0"),
        ("-5", "0", 250_000, 0, "5", "0"),
        ("-5", "7", 250_000, 0, "12", "0"),
        ("10000000", "0", 10, 10, "0", "0"),
        ("10000000.000001", "0", 10, 10, "0", "0.000001"),
        ("25000000", "1000000", 10, 10, "0", "14000000"),
        ("5", "0", 0, 0, "0", "5"),
    ],
)
def test_grams_are_rounded_up_once_and_the_rest_is_carried(
    central: str, carry_in: str, coverage: int, grams: int, carry_out: str, not_covered: str
) -> None:
    stated = retirable(Decimal(central), carry_in_micrograms=Decimal(carry_in), coverage_grams=coverage)
    assert (stated.grams, stated.carry_out_micrograms, stated.not_covered_micrograms) == (
        grams,
        Decimal(carry_out),
        Decimal(not_covered),
    )


@given(st.lists(MASSES, max_size=12))
def test_over_many_closes_less_than_a_gram_too_much_is_retired(totals: list[Decimal]) -> None:
    carry, grams = Decimal(0), 0
    for total in totals:
        stated = retirable(total, carry_in_micrograms=carry, coverage_grams=10**12)
        carry, grams = stated.carry_out_micrograms, grams + stated.grams
    assert grams * 10**6 == sum(totals) + carry
    assert carry >= 0


@given(MASSES, MASSES, st.integers(0, 10**9))
def test_nothing_is_lost_between_grams_carry_and_what_is_not_covered(
    central: Decimal, carry_in: Decimal, coverage: int
) -> None:
    stated = retirable(central, carry_in_micrograms=carry_in, coverage_grams=coverage)
    assert stated.grams * 10**6 == central - carry_in + stated.carry_out_micrograms - stated.not_covered_micrograms
    assert 0 <= stated.grams <= coverage
    assert stated.carry_out_micrograms == 0 or stated.not_covered_micrograms == 0


@pytest.mark.parametrize(
    ("start", "end", "grams"),
    [
        ("2026-11-01T00:00", "2026-12-01T00:00", 300_000),
        ("2026-11-30T23:59:59", "2026-12-01T00:00", 10_000),
        ("2026-11-16T00:00", "2026-12-01T00:00", 150_000),
        ("2026-11-15T23:00", "2026-12-01T00:00", 160_000),
        ("2027-01-31T00:00", "2027-02-28T00:00", 300_000),
        ("2027-02-28T00:00", "2027-03-31T00:00", 300_000),
    ],
)
def test_coverage_is_prorated_by_days_begun(start: str, end: str, grams: int) -> None:
    assert prorated_grams(300_000, instant(start), instant(end)) == grams


def test_months_of_a_year_are_counted_from_its_start() -> None:
    start = instant("2027-01-31T12:00")
    found = list(months(start, instant("2028-01-31T12:00")))
    assert [f"{end:%m-%d}" for _, end in found] == [
        "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30", "12-31", "01-31",
    ]  # fmt: skip
    assert add_months(start, 25) == instant("2029-02-28T12:00")
    assert list(months(start, start + timedelta(days=1))) == [(start, start + timedelta(days=1))]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
