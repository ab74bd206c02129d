"""What changed in a window: the provider's answer against the latest revision of each bucket that we hold.

Pure. A bucket is compared by what counts and what it is attributed to, not by its payload: a field that we do not
read may change without making a revision.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ingestion.providers.protocol import UnreadableAnswerError
from ingestion.spans import Span
from ingestion.usage_row import StreamKind, UsageRow


class Facts(NamedTuple):
    """A bucket's columns of raw.usage_observations, in their order there."""

    bucket_started_at: datetime
    bucket_ended_at: datetime
    model: str | None
    upstream: str | None
    provider_project_id: str | None
    api_key_id: str | None
    service_tier: str | None
    inference_geo: str | None
    is_batch: bool | None
    byok_requests: int | None
    uncached_input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_5m_tokens: int | None
    cache_write_1h_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    requests: int | None

    @property
    def tokens(self) -> int:
        """The five disjoint counters together; what is not reported adds nothing."""
        counters = (
            self.uncached_input_tokens,
            self.cache_read_tokens,
            self.cache_write_5m_tokens,
            self.cache_write_1h_tokens,
            self.output_tokens,
        )
        return sum(counter for counter in counters if counter is not None)

    def zeroed(self) -> "Facts":
        """The same bucket with nothing in it; what is not reported stays not reported."""
        zeros = (None if count is None else 0 for count in self[_FIRST_COUNT:])
        return Facts._make([*self[:_FIRST_COUNT], *zeros])


_FIRST_COUNT = Facts._fields.index("byok_requests")


class Latest(NamedTuple):
    """The newest revision of a bucket that is stored."""

    revision: int
    is_tombstone: bool
    facts: Facts


class Change(NamedTuple):
    """One observation to store. A tombstone has no payload."""

    usage_hash: str
    revision: int
    is_tombstone: bool
    facts: Facts
    payload: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Changes:
    new: tuple[Change, ...]
    revised: tuple[Change, ...]
    removed: tuple[Change, ...]
    tokens_before: int
    tokens_removed: int

    def all(self) -> list[Change]:
        return [*self.new, *self.revised, *self.removed]


Seen = Mapping[str, tuple[Facts, Mapping[str, Any]]]


def seen_buckets(rows: Iterable[UsageRow], *, account_id: int, stream: StreamKind, span: Span) -> Seen:
    """The answer's buckets by hash.

    A row that came twice, word for word, counts once (a page moved while it was read). Raises UnreadableAnswerError
    if one bucket came with two contents, or if a row is not of this stream or starts outside the span.
    """
    seen: dict[str, tuple[Facts, Mapping[str, Any]]] = {}
    for row in rows:
        if row.stream != stream or not span.start <= row.bucket_started_at < span.end:
            raise UnreadableAnswerError("The provider answered with usage that was not asked for; nothing was stored.")
        usage_hash, facts = row.usage_hash(account_id), facts_of(row)
        if usage_hash in seen and seen[usage_hash][0] != facts:
            raise UnreadableAnswerError("The provider reported one bucket twice, differently; nothing was stored.")
        seen[usage_hash] = (facts, row.payload)
    return seen


def facts_of(row: UsageRow) -> Facts:
    counters = row.counters
    return Facts(
        bucket_started_at=row.bucket_started_at,
        bucket_ended_at=row.bucket_ended_at,
        model=row.model,
        upstream=row.upstream,
        provider_project_id=row.provider_project_id,
        api_key_id=row.api_key_id,
        service_tier=row.service_tier,
        inference_geo=row.inference_geo,
        is_batch=row.is_batch,
        byok_requests=counters.byok_requests,
        uncached_input_tokens=counters.uncached_input_tokens,
        cache_read_tokens=counters.cache_read_tokens,
        cache_write_5m_tokens=counters.cache_write_5m_tokens,
        cache_write_1h_tokens=counters.cache_write_1h_tokens,
        output_tokens=counters.output_tokens,
        reasoning_tokens=counters.reasoning_tokens,
        requests=counters.requests,
    )


def changes(latest: Mapping[str, Latest], seen: Seen) -> Changes:
    """What to store so that the latest revisions say what was seen: first sights, revisions, tombstones."""
    new, revised, removed = [], [], []
    for usage_hash, (facts, payload) in seen.items():
        held = latest.get(usage_hash)
        if held is None:
            new.append(Change(usage_hash, 1, is_tombstone=False, facts=facts, payload=payload))
        elif held.is_tombstone or held.facts != facts:
            revised.append(Change(usage_hash, held.revision + 1, is_tombstone=False, facts=facts, payload=payload))
    for usage_hash, held in latest.items():
        if usage_hash not in seen and not held.is_tombstone:
            gone = Change(usage_hash, held.revision + 1, is_tombstone=True, facts=held.facts.zeroed(), payload=None)
            removed.append(gone)
    return Changes(
        new=tuple(new),
        revised=tuple(revised),
        removed=tuple(removed),
        tokens_before=sum(held.facts.tokens for held in latest.values()),
        tokens_removed=sum(latest[change.usage_hash].facts.tokens for change in removed),
    )
