"""Instants are UTC, and a fixed clock moves only when it is told to."""

from datetime import UTC, datetime, timedelta, timezone

from core.clock import FixedClock, SystemClock, floor_to_day, floor_to_hour

KATHMANDU = timezone(timedelta(hours=5, minutes=45))


def test_the_system_clock_tells_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_fixed_clock_stands_still_until_it_is_moved() -> None:
    clock = FixedClock(datetime(2026, 11, 22, 5, 45, tzinfo=KATHMANDU))
    assert clock.now() == clock.now() == datetime(2026, 11, 22, tzinfo=UTC)
    clock.advance(timedelta(minutes=90))
    assert clock.now() == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)


def test_hours_and_days_begin_in_utc_whatever_the_zone_of_the_instant() -> None:
    instant = datetime(2026, 11, 22, 5, 30, 7, 9, tzinfo=KATHMANDU)  # 23:45 UTC, the day before
    assert floor_to_hour(instant) == datetime(2026, 11, 21, 23, tzinfo=UTC)
    assert floor_to_day(instant) == datetime(2026, 11, 21, tzinfo=UTC)
    assert floor_to_hour(instant).tzinfo is UTC
