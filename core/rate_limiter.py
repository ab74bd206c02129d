"""A rate limit that any number of threads and event loops keep together: at most N starts in any span of time."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta


class RateLimiter:
    """At most `starts` turns of one subject within any span of length `per`; turns are given in order of asking.

    Slots are booked under a thread lock and waited for in the caller's own loop, so nothing here belongs to a loop.
    """

    def __init__(self, *, starts: int, per: timedelta, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._starts = starts
        self._per_ns = per // timedelta(microseconds=1) * 1_000
        self._monotonic_ns = monotonic_ns
        self._lock = threading.Lock()
        self._booked: dict[str, deque[int]] = {}

    async def turn(self, subject: str) -> None:
        """Return when `subject` may start its next call."""
        if wait := self.book(subject):
            await asyncio.sleep(wait.total_seconds())

    def book(self, subject: str) -> timedelta:
        """Take the next free slot of `subject`; how long it is until it begins."""
        now = self._monotonic_ns()
        with self._lock:
            self._forget_idle(now)
            booked = self._booked.setdefault(subject, deque(maxlen=self._starts))
            start = max(now, booked[0] + self._per_ns) if len(booked) == self._starts else now
            booked.append(start)
        return timedelta(microseconds=(start - now + 999) // 1_000)

    def _forget_idle(self, now: int) -> None:
        idle = [subject for subject, booked in self._booked.items() if booked[-1] + self._per_ns <= now]
        for subject in idle:
            del self._booked[subject]
