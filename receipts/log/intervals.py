"""Half-open intervals of whole numbers, of which no two may overlap."""

from bisect import bisect_left, insort
from typing import NamedTuple


class Interval(NamedTuple):
    """[start, stop); `owner` says whose it is."""

    start: int
    stop: int
    owner: str


class Taken:
    """What is taken of one thing. Each act looks at neighbours only."""

    def __init__(self) -> None:
        self._sorted: list[Interval] = []

    def take(self, interval: Interval) -> Interval | None:
        """Take it; if a part of it is another's, that one, and nothing is taken."""
        at = bisect_left(self._sorted, interval)
        for neighbour in self._sorted[max(0, at - 1) : at + 1]:
            if neighbour.start < interval.stop and interval.start < neighbour.stop:
                return neighbour
        insort(self._sorted, interval)
        return None

    def give_back(self, interval: Interval) -> None:
        """One that was taken."""
        del self._sorted[bisect_left(self._sorted, interval)]
