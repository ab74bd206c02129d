"""Periods of whole UTC days, and instants in words."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.dashboard.instants import Period, ago, written_instant

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_the_last_days_end_with_today() -> None:
    period = Period.last_days(7, now=NOON)
    assert (period.start, period.end) == (datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
    assert period.text == "16 Nov 2026 – 22 Nov 2026"


def test_a_day_is_a_day_in_utc_wherever_the_clock_is_read() -> None:
    early_in_tokyo = datetime(2026, 11, 23, 1, 0, tzinfo=timezone(timedelta(hours=9)))
    assert Period.last_days(1, now=early_in_tokyo) == Period.of_dates(date(2026, 11, 22), date(2026, 11, 22))


def test_instants_say_that_they_are_utc() -> None:
    assert (
        written_instant(datetime(2026, 11, 22, 9, 5, tzinfo=timezone(timedelta(hours=2)))) == "22 Nov 2026, 07:05 UTC"
    )


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(hours=47), "47 h ago"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_how_long_ago(passed: timedelta, words: str) -> None:
    assert ago(NOON - passed, now=NOON) == words
