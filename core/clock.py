"""The clock: the only place that reads the time of day. Everything else is handed a Clock or an instant."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - this is the one clock


class FixedClock:
    """A clock that stands still until it is moved; for replays, sandboxes and tests."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        return self._instant

    def advance(self, by: timedelta) -> None:
        self._instant += by


def floor_to_hour(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def floor_to_day(instant: datetime) -> datetime:
    """Midnight UTC of the instant's UTC day."""
    return floor_to_hour(instant).replace(hour=0)
