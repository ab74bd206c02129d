"""OpenAI's organization usage API: completions and embeddings, in pages of buckets.

Buckets come oldest first and empty ones are there; the present bucket is there while it fills. `start_time` is rounded
down to a bucket (what OpenAI does with an unaligned one is not known).
"""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from sandbox.usage.buckets import roll_up
from sandbox.usage.desk import Desk, Visit, bearer
from sandbox.usage.openai_errors import OpenAiErrors
from sandbox.usage.page import mint_token, read_token
from sandbox.usage.query import BUCKET_LIMITS, WIDTH_MS, Filters, many, utc, whole_number
from sandbox.usage.records import Counts, Labels, Usage

NO = OpenAiErrors()
_DIMENSIONS = {
    "completions": ("project_id", "user_id", "api_key_id", "model", "batch", "service_tier", "api_source"),
    "embeddings": ("project_id", "user_id", "api_key_id", "model"),
}

_NO_AUDIO_AND_IMAGES = {
    f"{direction}_{modality}_tokens": 0
    for direction in ("input", "input_cached", "output")
    for modality in ("audio", "image")
}


def openai_router(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/openai/v1/organization/usage")

    @router.get("/{endpoint}")
    async def usage(endpoint: str, request: Request, authorization: Annotated[str | None, Header()] = None) -> Response:
        if endpoint not in _DIMENSIONS:
            raise NO.not_found(request)
        visit = await desk.admit(NO, endpoint, bearer(authorization))
        return _page(visit, endpoint, request.query_params)

    return router


def _page(visit: Visit, endpoint: str, query: QueryParams) -> Response:
    width = query.get("bucket_width", "1d")
    if width not in WIDTH_MS:
        raise NO.invalid("bucket_width", f"Invalid value: '{width}'. Supported values are: '1m', '1h', and '1d'.")
    width_ms = WIDTH_MS[width]
    start_ms, end_ms = span_of(visit, query, width_ms)
    limit = _limit(query, width)
    if (page := query.get("page")) is not None:
        position = read_token(page, query)
        if position is None:
            raise NO.invalid("page", "Invalid page token.")
        start_ms = position
    stop_ms = min(end_ms, start_ms + limit * width_ms)
    group_by = _group_by(query, endpoint)
    usages = _wanted(visit.usage(start_ms, stop_ms), endpoint, query)
    buckets = roll_up(
        usages,
        width_ms=width_ms,
        start_ms=start_ms,
        end_ms=min(stop_ms, visit.now_ms),
        group=lambda labels: _group(labels, group_by),
    )
    data = [
        {
            "object": "bucket",
            "start_time": bucket_ms // 1000,
            "end_time": (bucket_ms + width_ms) // 1000,
            "results": [
                _row(visit, endpoint, dict(group), counts) for group, counts in buckets.get(bucket_ms, {}).items()
            ],
        }
        for bucket_ms in range(start_ms, stop_ms, width_ms)
    ]
    has_more = stop_ms < end_ms
    body = {
        "object": "page",
        "data": data,
        "has_more": has_more,
        "next_page": mint_token(stop_ms, query) if has_more else None,
    }
    return visit.answer(body, own_token=mint_token(start_ms, query))


def span_of(visit: Visit, query: QueryParams, width_ms: int) -> tuple[int, int]:
    start = whole_number(query.get("start_time"))
    if start is None:
        raise NO.missing("start_time")
    earliest = _a_year_before(visit.now_ms)
    if start * 1000 < earliest:
        raise NO.too_old(utc(earliest))
    end = whole_number(query.get("end_time"))
    if "end_time" in query and end is None:
        raise NO.invalid("end_time", "Invalid type for 'end_time': expected an integer.")
    # Buckets that have not begun are not there, whatever end_time asks for.
    end_ms = min(visit.now_ms, end * 1000) if end is not None else visit.now_ms
    if end is not None and end <= start:
        raise NO.invalid("end_time", "'end_time' must be greater than 'start_time'.")
    start_ms = start * 1000 // width_ms * width_ms
    return start_ms, max(start_ms, -(-end_ms // width_ms) * width_ms)


def _a_year_before(now_ms: int) -> int:
    today = utc(now_ms).replace(hour=0, minute=0, second=0)
    leap_day = (today.month, today.day) == (2, 29)
    earliest = today.replace(year=today.year - 1, day=28 if leap_day else today.day)
    return int(earliest.timestamp() * 1000)


def _limit(query: QueryParams, width: str) -> int:
    default, most = BUCKET_LIMITS[width]
    if "limit" not in query:
        return default
    limit = whole_number(query["limit"])
    if limit is None or not 1 <= limit <= most:
        raise NO.invalid("limit", f"Invalid 'limit': expected an integer from 1 to {most} for bucket_width {width}.")
    return limit


def _group_by(query: QueryParams, endpoint: str) -> tuple[str, ...]:
    given = tuple(dict.fromkeys(many(query, "group_by")))
    for name in given:
        if name not in _DIMENSIONS[endpoint]:
            raise NO.invalid("group_by", f"Invalid value: '{name}' for 'group_by'.")
    return given


def _wanted(usages: Iterable[Usage], endpoint: str, query: QueryParams) -> list[Usage]:
    filters = Filters(query, ("project_ids", "user_ids", "api_key_ids", "models", "batch"))
    return [usage for usage in usages if usage.labels.family == endpoint and _is_wanted(usage.labels, filters)]


def _is_wanted(labels: Labels, filters: Filters) -> bool:
    return not filters or filters.let_through(
        {
            "project_ids": labels.project,
            "user_ids": None,
            "api_key_ids": labels.api_key,
            "models": labels.model,
            "batch": str(labels.is_batch).lower(),
        }
    )


def _group(labels: Labels, group_by: tuple[str, ...]) -> tuple[tuple[str, Any], ...]:
    """The values of the dimensions that are grouped by; the others are null."""
    values = {
        "project_id": labels.project,
        "user_id": None,
        "api_key_id": labels.api_key,
        "model": labels.model,
        "batch": labels.is_batch,
        "service_tier": labels.service_tier,
        "api_source": "unlabeled",
    }
    return tuple((name, value if name in group_by else None) for name, value in values.items())


def _row(visit: Visit, endpoint: str, group: dict[str, Any], counts: Counts) -> dict[str, Any]:
    if endpoint == "embeddings":
        return {
            "object": "organization.usage.embeddings.result",
            "input_tokens": counts.input,
            "num_model_requests": counts.requests,
        } | {name: group[name] for name in _DIMENSIONS["embeddings"]}
    cached = counts.input + 512 if visit.has("cached_exceeds_prompt") else counts.cache_read
    old = {
        "object": "organization.usage.completions.result",
        "input_tokens": counts.input,
        "input_cached_tokens": cached,
        "output_tokens": counts.output,
        "num_model_requests": counts.requests,
    }
    if visit.has("absent_new_fields"):
        return old | {name: value for name, value in group.items() if name != "api_source"}
    return (
        old
        | {
            "input_uncached_tokens": counts.uncached_input,
            "input_cache_write_tokens": counts.cache_write_short + counts.cache_write_long,
            "input_cache_write_30m_tokens": counts.cache_write_short,
            "input_cache_write_12h_tokens": counts.cache_write_long,
            "input_text_tokens": counts.uncached_input,
            "input_cached_text_tokens": cached,
            "output_text_tokens": counts.output,
        }
        | _NO_AUDIO_AND_IMAGES
        | group
    )
