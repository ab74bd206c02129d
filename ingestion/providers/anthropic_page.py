"""Anthropic's usage pages, of the Messages usage report (legacy) and of usage analytics (beta), and their counters.

Sources: anthropic 2.12.0, types/beta/organization/analytics/beta_analytics_usage_*.py;
https://platform.claude.com/docs/en/manage-claude/usage-cost-api for the legacy report.
The input counters are disjoint on both. The default workspace is null on the report and an id on analytics, so the two
never share an identity space.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from ingestion.providers.page import Count, Instant, Json, Origin, ProviderModel, read
from ingestion.usage_row import Counters, StreamKind, UsageRow

MESSAGES = StreamKind("messages", "messages", "1h", group_by_version=1)
ANALYTICS = StreamKind("messages", "analytics", "1h", group_by_version=1)

# At most five may be asked for; these decide on carbon (geo, model, batch) and on attribution (workspace, key).
GROUP_BY = ("model", "workspace_id", "api_key_id", "service_tier", "inference_geo")


class Dimensions(ProviderModel):
    model: str | None
    workspace_id: str | None
    api_key_id: str | None
    service_tier: str | None
    inference_geo: str | None


class CacheCreation(ProviderModel):
    ephemeral_5m_input_tokens: Count
    ephemeral_1h_input_tokens: Count


class Tokens(ProviderModel):
    uncached_input_tokens: Count
    cache_creation: CacheCreation
    cache_read_input_tokens: Count
    output_tokens: Count


class MessagesBucket(ProviderModel):
    starting_at: Instant
    ending_at: Instant
    results: list[Json]


class MessagesPage(ProviderModel):
    data: list[MessagesBucket]
    has_more: bool
    next_page: str | None


class AnalyticsUsage(Tokens):
    total_tokens: Count
    requests: Count | None  # null where Anthropic does not know it


class AnalyticsRow(ProviderModel):
    starting_at: Instant
    ending_at: Instant
    group: Json
    usage: Json


class AnalyticsPage(ProviderModel):
    data: list[Json]
    has_more: bool
    next_page: str | None
    data_refreshed_at: Instant | None = None


def messages_rows(page: MessagesPage, *, origin: Origin) -> Iterator[UsageRow]:
    """The rows of a page of the usage report, in its order. It counts no requests: that counter is None."""
    for bucket in page.data:
        for payload in bucket.results:
            yield _usage_row(
                MESSAGES,
                (bucket.starting_at, bucket.ending_at),
                read(Dimensions, payload, origin=origin),
                _counters(read(Tokens, payload, origin=origin), requests=None),
                payload,
            )


def analytics_rows(page: AnalyticsPage, *, origin: Origin) -> Iterator[UsageRow]:
    """The rows of a page of usage analytics, in its order. UnreadableAnswerError if a row's parts miss its total."""
    for payload in page.data:
        row = read(AnalyticsRow, payload, origin=origin)
        usage = read(AnalyticsUsage, row.usage, origin=origin)
        if usage.total_tokens != _total(usage):
            raise origin.unreadable("total_tokens", "is not the sum of input, cache and output tokens")
        yield _usage_row(
            ANALYTICS,
            (row.starting_at, row.ending_at),
            read(Dimensions, row.group, origin=origin),
            _counters(usage, requests=usage.requests),
            payload,
        )


def _total(tokens: Tokens) -> int:
    writes = tokens.cache_creation
    return (
        tokens.uncached_input_tokens
        + tokens.cache_read_input_tokens
        + writes.ephemeral_5m_input_tokens
        + writes.ephemeral_1h_input_tokens
        + tokens.output_tokens
    )


def _counters(tokens: Tokens, *, requests: int | None) -> Counters:
    return Counters(
        uncached_input_tokens=tokens.uncached_input_tokens,
        cache_read_tokens=tokens.cache_read_input_tokens,
        cache_write_5m_tokens=tokens.cache_creation.ephemeral_5m_input_tokens,
        cache_write_1h_tokens=tokens.cache_creation.ephemeral_1h_input_tokens,
        output_tokens=tokens.output_tokens,
        requests=requests,
    )


def _usage_row(
    stream: StreamKind,
    bucket: tuple[datetime, datetime],
    group: Dimensions,
    counters: Counters,
    payload: Mapping[str, object],
) -> UsageRow:
    return UsageRow(
        stream=stream,
        bucket_started_at=bucket[0],
        bucket_ended_at=bucket[1],
        dimensions={
            "model": group.model,
            "workspace_id": group.workspace_id,
            "api_key_id": group.api_key_id,
            "service_tier": group.service_tier,
            "inference_geo": group.inference_geo,
        },
        model=group.model,
        upstream=None,
        provider_project_id=group.workspace_id,
        api_key_id=group.api_key_id,
        service_tier=group.service_tier,
        inference_geo=group.inference_geo,
        is_batch=None if group.service_tier is None else group.service_tier == "batch",
        counters=counters,
        payload=payload,
    )
