"""What ingestion knows of one usage bucket, once parsed: a UsageRow, and the windows and streams it belongs to."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

BucketWidth = Literal["1h", "1d"]
WIDTHS: Mapping[BucketWidth, timedelta] = {"1h": timedelta(hours=1), "1d": timedelta(days=1)}


class ProviderName(StrEnum):
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    OPENROUTER = "openrouter"


@dataclass(frozen=True, slots=True)
class UsageWindow:
    """A half-open span [start, end) of event time, aligned to the bucket width of the stream that it is read from."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None or self.start >= self.end:
            raise ValueError(f"a usage window needs aware instants and start < end, not {self.start} to {self.end}")


@dataclass(frozen=True, slots=True)
class StreamKind:
    """An identity space of buckets: an endpoint read at one width with one set of group-by dimensions.

    Two kinds of one `endpoint_family` count the same usage, so only one is in force at a time. `group_by_version` grows
    whenever the dimensions change: other dimensions are other identities.
    """

    endpoint_family: str
    endpoint: str
    bucket_width: BucketWidth
    group_by_version: int


@dataclass(frozen=True, slots=True)
class Counters:
    """Disjoint token counts of one bucket. None: the provider does not report it; never 0 for unknown.

    `reasoning_tokens` is a part of `output_tokens`, `byok_requests` a part of `requests`; neither is added to anything.
    """

    uncached_input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_5m_tokens: int | None
    cache_write_1h_tokens: int | None
    output_tokens: int | None
    requests: int | None
    reasoning_tokens: int | None = None
    byok_requests: int | None = None


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One row of a provider's answer. `dimensions` are the grouped values as the provider spells them; null is null."""

    stream: StreamKind
    bucket_started_at: datetime
    bucket_ended_at: datetime
    dimensions: Mapping[str, str | None]
    model: str | None
    upstream: str | None
    provider_project_id: str | None
    api_key_id: str | None
    service_tier: str | None
    inference_geo: str | None
    is_batch: bool | None
    counters: Counters
    payload: Mapping[str, Any]

    def usage_hash(self, account_id: int) -> str:
        """The bucket's identity: SHA-256 (hex) over account, stream, bucket start and dimensions; never over counts.

        JSON keeps null apart from the empty string. The account, not the connection, is hashed: a key that is deleted
        and added again sees the same buckets.
        """
        stream = self.stream
        identity = [
            account_id,
            stream.endpoint,
            stream.bucket_width,
            stream.group_by_version,
            int(self.bucket_started_at.astimezone(UTC).timestamp()),
            sorted(self.dimensions.items()),
        ]
        return hashlib.sha256(json.dumps(identity, separators=(",", ":"), ensure_ascii=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FetchedWindow:
    """All rows of one window, whole: a window that cannot be read to its last page raises instead.

    `clamped_to` is the part that the provider still has, if it refused the rest as too old; `provider_has_none` says
    that it refused all of it. `warnings` are the provider's (already in our words): the reader treats such a window as
    suspect. `counted_through` is how far the provider says that it has counted (Anthropic analytics only): what ends
    later may still grow.
    """

    rows: tuple[UsageRow, ...]
    pages: int
    clamped_to: UsageWindow | None = None
    provider_has_none: bool = False
    warnings: tuple[str, ...] = ()
    counted_through: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountIdentity:
    """What recognises a provider account: the provider's own organization id where it has one, and ids seen in use.

    `identifiers` are pairs of kind ('project', 'api_key', 'user') and the provider's id; a workspace is a 'project'.
    """

    external_id: str | None
    identifiers: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DayTotals:
    """What a provider says that an account used on one UTC day, over all models, keys and projects.

    Asked for at a width of its own and without any grouping, so that it can be held against the sum of usage rows.
    """

    day: date
    counters: Counters


@dataclass(frozen=True, slots=True)
class DayCost:
    """What a provider says that an account's UTC day cost, in millionths of a currency (ISO 4217), with six decimals.

    `token_micros` is for the tokens of usage, as far as the provider tells it apart; `other_micros` for all else.
    """

    day: date
    currency: str
    token_micros: Decimal
    other_micros: Decimal


def summed(counters: Iterable[Counters]) -> Counters:
    """Counter by counter, of what is known; None where nobody reports it."""
    rows = list(counters)

    def total(name: str) -> int | None:
        known = [count for row in rows if (count := getattr(row, name)) is not None]
        return sum(known) if known else None

    return Counters(**{field.name: total(field.name) for field in fields(Counters)})
