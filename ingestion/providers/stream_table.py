"""The half of a UsageProvider that is a table: its streams, how far back they go, how much is read at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.clock import floor_to_day, floor_to_hour
from ingestion.providers.page import is_on_grid
from ingestion.usage_row import StreamKind, UsageWindow

_NO_FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reach:
    """`back`: whole days before the last midnight UTC. `at_once`: the longest span of one fetch."""

    back: timedelta
    at_once: timedelta
    first_day: datetime = _NO_FIRST_DAY


class StreamTable:
    """Answers UsageProvider's questions about streams from `choices` (the default first) and `reach`."""

    def __init__(self, *, choices: Mapping[str, Sequence[StreamKind]], reach: Mapping[StreamKind, Reach]) -> None:
        self.usage_endpoints: Sequence[str] = tuple(choices)
        self._choices = choices
        self._reach = reach

    def streams(self, usage_endpoint: str) -> Sequence[StreamKind]:
        return self._choices[usage_endpoint]

    def history(self, stream: StreamKind, *, now: datetime) -> datetime:
        reach = self._reach[stream]
        return max(floor_to_day(now) - reach.back, reach.first_day)

    def settled_before(self, stream: StreamKind, *, now: datetime) -> datetime:
        return floor_to_hour(now) if stream.bucket_width == "1h" else floor_to_day(now)

    def longest_window(self, stream: StreamKind) -> timedelta:
        return self._reach[stream].at_once

    def require_readable(self, stream: StreamKind, window: UsageWindow) -> None:
        """ValueError for a window that is longer than `longest_window`, or that cuts through a bucket."""
        if window.end - window.start > self.longest_window(stream):
            raise ValueError(f"a window of {stream.endpoint} is at most {self.longest_window(stream)} long")
        if not (is_on_grid(window.start, stream.bucket_width) and is_on_grid(window.end, stream.bucket_width)):
            raise ValueError(f"a window of {stream.endpoint} begins and ends with a bucket of {stream.bucket_width}")
