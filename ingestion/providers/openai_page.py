"""OpenAI's usage pages: buckets of results, and the counters in each result.

Source: openai 3.54.0, types/admin/organization/usage_completions_response.py and usage_embeddings_response.py.
`input_tokens` holds all input: uncached, cache reads and cache writes of every modality. The modality fields are parts
of those and are never added.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from ingestion.providers.page import Count, Json, Origin, ProviderModel, read
from ingestion.usage_row import Counters, StreamKind, UsageRow

COMPLETIONS = StreamKind("completions", "completions", "1h", group_by_version=1)
EMBEDDINGS = StreamKind("embeddings", "embeddings", "1h", group_by_version=1)

GROUP_BY: Mapping[StreamKind, tuple[str, ...]] = {
    COMPLETIONS: ("project_id", "api_key_id", "model", "batch", "service_tier"),
    EMBEDDINGS: ("project_id", "api_key_id", "model"),
}

_EpochSecond = Annotated[int, Field(ge=0, lt=253_402_300_800)]  # up to the year 9999


class Bucket(ProviderModel):
    object: Literal["bucket"]
    start_time: _EpochSecond
    end_time: _EpochSecond
    results: list[Json]


class OpenAIPage(ProviderModel):
    object: Literal["page"]
    data: list[Bucket]
    has_more: bool
    next_page: str | None


class EmbeddingsResult(ProviderModel):
    object: Literal["organization.usage.embeddings.result"]
    input_tokens: Count
    num_model_requests: Count
    project_id: str | None
    api_key_id: str | None
    model: str | None


class CompletionsResult(ProviderModel):
    object: Literal["organization.usage.completions.result"]
    input_tokens: Count
    input_uncached_tokens: Count | None = None
    input_cached_tokens: Count | None = None
    input_cache_write_tokens: Count | None = None
    input_cache_write_30m_tokens: Count | None = None
    input_cache_write_12h_tokens: Count | None = None
    output_tokens: Count
    num_model_requests: Count
    project_id: str | None
    api_key_id: str | None
    model: str | None
    batch: bool | Literal["true", "false"] | None  # seen as a string: foxdalas/openai-exporter
    service_tier: str | None


def usage_rows(stream: StreamKind, page: OpenAIPage, *, origin: Origin) -> Iterator[UsageRow]:
    """The rows of a page, in its order. UnreadableAnswerError if a result is not of the stream or does not add up."""
    for bucket in page.data:
        for payload in bucket.results:
            if stream == COMPLETIONS:
                yield _completions_row(bucket, payload, origin=origin)
            else:
                yield _embeddings_row(bucket, payload, origin=origin)


def completion_counters(result: CompletionsResult, *, origin: Origin) -> Counters:
    """The disjoint counters. Cache writes of 12 h count as 1h, those of 30 min and of unsaid duration as 5m.

    What OpenAI left out stays None; input that no other field explains is uncached. UnreadableAnswerError, with the
    field, if the parts do not add up to `input_tokens`: some input would otherwise be lost or counted twice.
    """
    writes_30m, writes_12h = result.input_cache_write_30m_tokens, result.input_cache_write_12h_tokens
    writes = result.input_cache_write_tokens
    if writes is None and (writes_30m is not None or writes_12h is not None):
        writes = (writes_30m or 0) + (writes_12h or 0)
    if writes is not None and writes < (writes_30m or 0) + (writes_12h or 0):
        raise origin.unreadable("input_cache_write_tokens", "is less than its 30m and 12h parts")
    uncached = result.input_tokens - (result.input_cached_tokens or 0) - (writes or 0)
    if uncached < 0:
        raise origin.unreadable("input_tokens", "is less than its cached and cache-write parts")
    if result.input_uncached_tokens not in {None, uncached}:
        raise origin.unreadable("input_uncached_tokens", "is not what the cached and cache-write parts leave over")
    return Counters(
        uncached_input_tokens=uncached,
        cache_read_tokens=result.input_cached_tokens,
        cache_write_5m_tokens=None if writes is None else writes - (writes_12h or 0),
        cache_write_1h_tokens=writes_12h,
        output_tokens=result.output_tokens,
        requests=result.num_model_requests,
    )


def _completions_row(bucket: Bucket, payload: Json, *, origin: Origin) -> UsageRow:
    result = read(CompletionsResult, payload, origin=origin)
    batch = None if result.batch is None else result.batch in {True, "true"}
    return UsageRow(
        stream=COMPLETIONS,
        bucket_started_at=datetime.fromtimestamp(bucket.start_time, UTC),
        bucket_ended_at=datetime.fromtimestamp(bucket.end_time, UTC),
        dimensions={
            "project_id": result.project_id,
            "api_key_id": result.api_key_id,
            "model": result.model,
            "batch": None if batch is None else str(batch).lower(),
            "service_tier": result.service_tier,
        },
        model=result.model,
        upstream=None,
        provider_project_id=result.project_id,
        api_key_id=result.api_key_id,
        service_tier=result.service_tier,
        inference_geo=None,
        is_batch=batch,
        counters=completion_counters(result, origin=origin),
        payload=payload,
    )


def _embeddings_row(bucket: Bucket, payload: Json, *, origin: Origin) -> UsageRow:
    result = read(EmbeddingsResult, payload, origin=origin)
    return UsageRow(
        stream=EMBEDDINGS,
        bucket_started_at=datetime.fromtimestamp(bucket.start_time, UTC),
        bucket_ended_at=datetime.fromtimestamp(bucket.end_time, UTC),
        dimensions={"project_id": result.project_id, "api_key_id": result.api_key_id, "model": result.model},
        model=result.model,
        upstream=None,
        provider_project_id=result.project_id,
        api_key_id=result.api_key_id,
        service_tier=None,
        inference_geo=None,
        is_batch=None,
        # An embedding has neither output tokens nor a prompt cache, but OpenAI does not say so in the row: a counter
        # holds what the provider reported, so those are None and not 0.
        counters=Counters(
            uncached_input_tokens=result.input_tokens,
            cache_read_tokens=None,
            cache_write_5m_tokens=None,
            cache_write_1h_tokens=None,
            output_tokens=None,
            requests=result.num_model_requests,
        ),
        payload=payload,
    )
