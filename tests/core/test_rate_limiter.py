import asyncio
import time
from datetime import timedelta
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from core.rate_limiter import RateLimiter

MINUTE = timedelta(minutes=1)


class Stopwatch:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.elapsed = timedelta(0)

    def __call__(self) -> int:
        return self.elapsed // timedelta(microseconds=1) * 1_000


def test_turns_up_to_the_limit_are_free_and_the_next_waits_for_the_first_to_age() -> None:
    stopwatch = Stopwatch()
    limiter = RateLimiter(starts=2, per=MINUTE, monotonic_ns=stopwatch)
    waits = [limiter.book("key")]
    stopwatch.elapsed = timedelta(seconds=20)
    waits += [limiter.book("key") for _ in range(4)]
    assert waits == [timedelta(seconds=seconds) for seconds in (0, 0, 40, 60, 100)]


def test_subjects_do_not_wait_for_each_other() -> None:
    limiter = RateLimiter(starts=1, per=MINUTE, monotonic_ns=Stopwatch())
    assert [limiter.book(subject) for subject in ("a", "b")] == [timedelta(0), timedelta(0)]


def test_a_subject_that_was_idle_starts_anew() -> None:
    stopwatch = Stopwatch()
    limiter = RateLimiter(starts=1, per=MINUTE, monotonic_ns=stopwatch)
    limiter.book("key")
    stopwatch.elapsed = MINUTE
    assert limiter.book("key") == timedelta(0)


@given(starts=st.integers(1, 4), gaps=st.lists(st.integers(0, 90), max_size=30))
def test_no_minute_ever_holds_more_starts_than_the_limit(starts: int, gaps: list[int]) -> None:
    stopwatch = Stopwatch()
    limiter = RateLimiter(starts=starts, per=MINUTE, monotonic_ns=stopwatch)
    begun: list[timedelta] = []
    for gap in gaps:
        stopwatch.elapsed += timedelta(seconds=gap)
        begun.append(stopwatch.elapsed + limiter.book("key"))
    assert begun == sorted(begun)
    assert all(later - earlier >= MINUTE for earlier, later in zip(begun, begun[starts:], strict=False))


def test_threads_that_book_at_once_share_one_limit() -> None:
    limiter = RateLimiter(starts=2, per=MINUTE, monotonic_ns=Stopwatch())
    waits: list[timedelta] = []
    threads = [Thread(target=lambda: waits.extend(limiter.book("key") for _ in range(50))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [MINUTE * (number // 2) for number in range(200)]


def test_a_turn_is_waited_for_in_whatever_loop_asks() -> None:
    limiter = RateLimiter(starts=1, per=timedelta(milliseconds=20))
    begun = []
    for _ in range(3):
        asyncio.run(limiter.turn("key"))
        begun.append(time.monotonic_ns())
    assert begun[2] - begun[0] >= 30_000_000
