"""Usage before a provider's API dresses it up: who used what model when, and how many tokens it took."""

from typing import NamedTuple, Protocol

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MINUTE_MS = 60_000


class Labels(NamedTuple):
    """Whose usage it is. `project` is an OpenAI project or a workspace; None: unattributed, or the default one."""

    family: str
    project: str | None
    api_key: str | None
    model: str
    service_tier: str
    is_batch: bool
    inference_geo: str
    upstream: str


class Counts(NamedTuple):
    """Disjoint token counts and requests. `reasoning` is part of `output`, `byok_requests` part of `requests`.

    `cache_write_short` is Anthropic's 5 minutes or OpenAI's 30; `cache_write_long` is one hour or 12.
    """

    uncached_input: int
    cache_read: int
    cache_write_short: int
    cache_write_long: int
    output: int
    requests: int
    reasoning: int = 0
    byok_requests: int = 0

    @property
    def input(self) -> int:
        return self.uncached_input + self.cache_read + self.cache_write_short + self.cache_write_long


class Usage(NamedTuple):
    """Counts of one request (`span_ms` 0), or spread evenly over [started_ms, started_ms + span_ms).

    Instants are Unix milliseconds. `lot` is a number in 0..99 that never changes for this usage: faults draw by it.
    """

    started_ms: int
    span_ms: int
    labels: Labels
    counts: Counts
    lot: int


class UsageSource(Protocol):
    def between(self, start_ms: int, end_ms: int) -> list[Usage]:
        """All usage that overlaps [start_ms, end_ms), oldest first; the same answer however often it is asked."""
        ...


def total(counts: list[Counts]) -> Counts:
    """The sum; `counts` is not empty."""
    return counts[0] if len(counts) == 1 else Counts(*map(sum, zip(*counts, strict=True)))
