"""OpenRouter's pages: rows of an analytics query, rows of the daily activity, the key, the workspaces.

Source: openrouter 1.3.84, operations/queryanalytics.py, components/activityitem.py, operations/getcurrentkey.py.
Prompt tokens hold the cached ones, mostly: for replayed answers of OpenRouter's own cache the two are disjoint, and
cached may exceed prompt. Cache writes are reported nowhere here.
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from ingestion.providers.page import LARGEST_COUNT, Count, Json, ProviderModel, instant
from ingestion.usage_row import Counters, StreamKind

ANALYTICS = StreamKind("generations", "analytics", "1h", group_by_version=1)
ACTIVITY = StreamKind("generations", "activity", "1d", group_by_version=1)

METRICS = (
    "request_count",
    "tokens_prompt",
    "tokens_completion",
    "reasoning_tokens",
    "cached_tokens",
    "byok_request_count",
)
DIMENSIONS = ("model", "provider")  # two at most; a workspace is a filter, because its dimension answers labels


def _whole_number(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20 else value


def _utc(value: object) -> datetime:
    return instant(value, zone_unsaid=UTC)


def _from_milliseconds(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**13:
        raise ValueError("not a Unix time in milliseconds")
    return datetime.fromtimestamp(int(value) // 1000, UTC)


WrittenCount = Annotated[int, BeforeValidator(_whole_number), Field(ge=0, le=LARGEST_COUNT)]
"""A count as a number or as a string of digits: analytics answers both."""

UtcTime = Annotated[datetime, BeforeValidator(_utc)]
"""ISO 8601, a date or a timestamp; UTC where it names no zone, as all of OpenRouter's times are."""

MillisecondTime = Annotated[datetime, BeforeValidator(_from_milliseconds)]


class AnalyticsCounts(ProviderModel):
    request_count: WrittenCount
    tokens_prompt: WrittenCount
    tokens_completion: WrittenCount
    reasoning_tokens: WrittenCount | None = None
    cached_tokens: WrittenCount | None = None
    byok_request_count: WrittenCount | None = None


class AnalyticsRow(AnalyticsCounts):
    date__hour: UtcTime
    model: str | None
    provider: str | None


class AnalyticsDay(AnalyticsCounts):
    date__day: UtcTime


class AnalyticsMetadata(ProviderModel):
    truncated: bool


class AnalyticsData(ProviderModel):
    data: list[Json]
    metadata: AnalyticsMetadata
    cachedAt: MillisecondTime | None = None  # noqa: N815 - the provider's spelling
    warnings: list[str] | None = None


class AnalyticsAnswer(ProviderModel):
    data: AnalyticsData


class ActivityRow(ProviderModel):
    date: UtcTime
    model: str
    model_permaslug: str
    endpoint_id: str
    provider_name: str
    workspace_id: str | None
    requests: Count
    prompt_tokens: Count
    completion_tokens: Count
    reasoning_tokens: Count
    cached_tokens: Count | None = None  # younger than the rest of the row


class ActivityWorkspace(ProviderModel):
    workspace_id: str | None


class ActivityAnswer(ProviderModel):
    data: list[Json]


class Key(ProviderModel):
    is_management_key: bool
    organization_id: str | None
    creator_user_id: str | None
    workspace_id: str | None


class KeyAnswer(ProviderModel):
    data: Key


class Workspace(ProviderModel):
    id: str


class WorkspacesAnswer(ProviderModel):
    data: list[Workspace]


def counters(
    *,
    prompt: int,
    cached: int | None,
    completion: int,
    requests: int,
    reasoning: int | None,
    byok_requests: int | None = None,
) -> Counters:
    """The disjoint counters. Without a cached count the whole prompt is uncached and cache reads are unknown."""
    return Counters(
        uncached_input_tokens=max(0, prompt - (cached or 0)),
        cache_read_tokens=cached,
        cache_write_5m_tokens=None,
        cache_write_1h_tokens=None,
        output_tokens=completion,
        requests=requests,
        reasoning_tokens=reasoning,
        byok_requests=byok_requests,
    )
