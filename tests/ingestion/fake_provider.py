"""A provider in memory: answers what a test lays out, where the sandbox cannot be made to say it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from core.clock import floor_to_day, floor_to_hour
from ingestion.providers.protocol import UnreadableAnswerError
from ingestion.usage_row import (
    WIDTHS,
    AccountIdentity,
    Counters,
    DayCost,
    DayTotals,
    FetchedWindow,
    ProviderName,
    StreamKind,
    UsageRow,
    UsageWindow,
    summed,
)

FIRST = StreamKind("completions", "completions", "1h", 1)
SECOND = StreamKind("completions", "completions", "1h", 2)

MOST_ASKED = 200
"""No test asks for so many windows: a poll that does goes round in a circle."""


def a_row(
    started_at: datetime,
    *,
    tokens: int,
    stream: StreamKind = FIRST,
    project: str | None = "proj_1",
    model: str = "gpt-5",
) -> UsageRow:
    """A bucket with `tokens` uncached input tokens and nothing else."""
    return UsageRow(
        stream=stream,
        bucket_started_at=started_at,
        bucket_ended_at=started_at + WIDTHS[stream.bucket_width],
        dimensions={"project_id": project, "model": model},
        model=model,
        upstream=None,
        provider_project_id=project,
        api_key_id=None,
        service_tier=None,
        inference_geo=None,
        is_batch=False,
        counters=Counters(tokens, 0, 0, None, 0, 1),
        payload={"input_tokens": tokens},
    )


@dataclass
class FakeProvider:
    """`rows` is all usage there is; `external_id` and `identifiers` are what a key shows; the rest bends answers."""

    name: ProviderName = ProviderName.OPENAI
    usage_endpoints: Sequence[str] = ("first", "second")
    rows: list[UsageRow] = field(default_factory=list)
    external_id: str | None = None
    identifiers: frozenset[tuple[str, str]] = frozenset()
    warnings: tuple[str, ...] = ()
    oldest: datetime | None = None
    """What is older is refused, as a provider does that keeps less than it says."""
    counted_through: datetime | None = None
    refuses_what_it_lost: bool = False
    """Whether a range that begins before `history` is an error, as at OpenRouter, and not clamped."""
    withdrawn: frozenset[StreamKind] = frozenset()
    asked: list[tuple[StreamKind, UsageWindow]] = field(default_factory=list)

    def streams(self, usage_endpoint: str) -> Sequence[StreamKind]:
        return (FIRST,) if usage_endpoint == "first" else (SECOND,)

    async def identify(self, key: SecretStr, *, usage_endpoint: str, now: datetime) -> AccountIdentity:
        return AccountIdentity(self.external_id, self.identifiers)

    async def fetch(self, key: SecretStr, *, stream: StreamKind, window: UsageWindow, now: datetime) -> FetchedWindow:
        self.asked.append((stream, window))
        assert len(self.asked) < MOST_ASKED
        if self.refuses_what_it_lost and window.start < self.history(stream, now=now):
            raise UnreadableAnswerError("The range starts too early.")
        if stream in self.withdrawn:
            raise UnreadableAnswerError("There is no such endpoint any more.")
        if self.oldest is not None and window.end <= self.oldest:
            return FetchedWindow(rows=(), pages=0, provider_has_none=True)
        start = max(window.start, self.oldest or window.start)
        rows = tuple(r for r in self.rows if r.stream == stream and start <= r.bucket_started_at < window.end)
        return FetchedWindow(
            rows=rows,
            pages=1,
            clamped_to=UsageWindow(start, window.end) if start > window.start else None,
            warnings=self.warnings,
            counted_through=self.counted_through,
        )

    async def day_totals(
        self, key: SecretStr, *, usage_endpoint: str, window: UsageWindow, now: datetime
    ) -> Sequence[DayTotals]:
        counted = [r for r in self.rows if r.stream in self.streams(usage_endpoint)]
        days = [window.start.date() + timedelta(days=number) for number in range((window.end - window.start).days)]
        return [
            DayTotals(day, summed(r.counters for r in counted if r.bucket_started_at.date() == day)) for day in days
        ]

    async def day_costs(self, key: SecretStr, *, window: UsageWindow, now: datetime) -> Sequence[DayCost]:
        return []

    def history(self, stream: StreamKind, *, now: datetime) -> datetime:
        return max(floor_to_day(now) - timedelta(days=90), datetime(2026, 1, 1, tzinfo=UTC))

    def settled_before(self, stream: StreamKind, *, now: datetime) -> datetime:
        return floor_to_hour(now) if stream.bucket_width == "1h" else floor_to_day(now)

    def longest_window(self, stream: StreamKind) -> timedelta:
        return timedelta(days=7)
