"""The sandbox's clock: the real one, or an instant that tests set."""

from datetime import UTC, datetime


class SandboxClock:
    def __init__(self, standing_at: datetime | None) -> None:
        self._standing_at = standing_at

    def set(self, instant: datetime | None) -> None:
        """Stand at this instant from now on; None: follow the real clock."""
        self._standing_at = instant

    def now(self) -> datetime:
        if self._standing_at is not None:
            return self._standing_at.astimezone(UTC)
        return datetime.now(UTC)  # noqa: TID251 - a process of its own, which may not import core.clock

    def now_ms(self) -> int:
        return int(self.now().timestamp() * 1000)
