"""Anthropic's legacy usage report, GET /v1/organizations/usage_report/messages, in pages of buckets.

The range is rounded down to buckets; a bucket that ends exactly at `ending_at` is included. The default
workspace is null.
"""

from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from sandbox.usage.anthropic_errors import AnthropicErrors
from sandbox.usage.buckets import roll_up
from sandbox.usage.desk import Desk, Visit, bearer
from sandbox.usage.page import mint_token, read_token
from sandbox.usage.query import BUCKET_LIMITS, WIDTH_MS, Filters, instant_ms, many, rfc3339, whole_number
from sandbox.usage.records import Counts, Labels

NO = AnthropicErrors()
_VERSIONS = ("2023-06-01", "2026-10-21")
_DIMENSIONS = (
    "account_id",
    "api_key_id",
    "context_window",
    "inference_geo",
    "model",
    "service_account_id",
    "service_tier",
    "workspace_id",
)
_FILTERS = (
    "account_ids",
    "api_key_ids",
    "context_window",
    "inference_geos",
    "models",
    "service_account_ids",
    "service_tiers",
    "workspace_ids",
)
MOST_DIMENSIONS = 5


def anthropic_messages_router(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/anthropic/v1/organizations")

    @router.get("/me")
    async def me(request: Request) -> Response:
        visit = await admit(desk, "me", request)
        config = visit.account.config
        return visit.answer({"id": config.organization_id, "type": "organization", "name": config.organization_name})

    @router.get("/usage_report/messages")
    async def messages(request: Request) -> Response:
        return _page(await admit(desk, "messages", request), request.query_params)

    return router


async def admit(desk: Desk, endpoint: str, request: Request) -> Visit:
    """Either header may carry the key; a version is required, the first or the one of the 1.0 SDK."""
    headers = request.headers
    visit = await desk.admit(NO, endpoint, headers.get("x-api-key") or bearer(headers.get("authorization")))
    version = headers.get("anthropic-version")
    if version is None:
        raise NO.bad_request("anthropic-version: header is required")
    if version not in _VERSIONS:
        raise NO.bad_request(f'anthropic-version: "{version}" is not a valid version')
    return visit


def _page(visit: Visit, query: QueryParams) -> Response:
    width = query.get("bucket_width", "1d")
    if width not in WIDTH_MS:
        raise NO.bad_request("bucket_width: Input should be '1d', '1h' or '1m'")
    width_ms = WIDTH_MS[width]
    group_by = grouped(query, _DIMENSIONS)
    limit = limit_of(query, width)
    start_ms, end_ms = span_of(visit, query, width_ms)
    if (page := query.get("page")) is not None:
        position = read_token(page, query)
        if position is None:
            raise NO.bad_request("page: Invalid page token")
        start_ms = position
    stop_ms = min(end_ms, start_ms + limit * width_ms)
    filters = Filters(query, _FILTERS)
    buckets = roll_up(
        [usage for usage in visit.usage(start_ms, stop_ms) if _is_wanted(usage.labels, filters)],
        width_ms=width_ms,
        start_ms=start_ms,
        end_ms=min(stop_ms, visit.now_ms),
        group=lambda labels: _group(visit, labels, group_by),
    )
    data = [
        {
            "starting_at": rfc3339(bucket_ms),
            "ending_at": rfc3339(bucket_ms + width_ms),
            "results": [_row(group, counts) for group, counts in buckets.get(bucket_ms, {}).items()],
        }
        for bucket_ms in range(start_ms, stop_ms, width_ms)
        if bucket_ms in buckets or not visit.has("no_empty_buckets")
    ]
    has_more = stop_ms < end_ms
    next_page = mint_token(stop_ms, query) if has_more else None
    return visit.answer(
        {"data": data, "has_more": has_more, "next_page": next_page}, own_token=mint_token(start_ms, query)
    )


def grouped(query: QueryParams, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """The group_by[] dimensions, in their given order. Raises the 400 of an unknown dimension, and of a sixth one."""
    given = tuple(dict.fromkeys(many(query, "group_by")))
    for name in given:
        if name not in allowed:
            raise NO.bad_request(f"group_by[]: Input should be one of {', '.join(allowed)}")
    if len(given) > MOST_DIMENSIONS:
        raise NO.bad_request(f"Cannot specify more than {MOST_DIMENSIONS} group_by[] dimensions.")
    return given


def span_of(visit: Visit, query: QueryParams, width_ms: int) -> tuple[int, int]:
    start_ms = instant_ms(query.get("starting_at"))
    if start_ms is None:
        raise NO.bad_request("starting_at: Field required, an RFC 3339 instant with a time zone")
    end_ms = instant_ms(query.get("ending_at"))
    if "ending_at" in query and end_ms is None:
        raise NO.bad_request("ending_at: Input should be an RFC 3339 instant with a time zone")
    if end_ms is not None and end_ms <= start_ms:
        raise NO.bad_request("ending_at: must be after starting_at")
    first_ms = start_ms // width_ms * width_ms
    present_end = (visit.now_ms // width_ms + 1) * width_ms
    last_ms = present_end if end_ms is None else min(present_end, end_ms // width_ms * width_ms)
    return first_ms, max(first_ms, last_ms)


def limit_of(query: QueryParams, width: str) -> int:
    default, most = BUCKET_LIMITS[width]
    if "limit" not in query:
        return default
    limit = whole_number(query["limit"])
    if limit is None or not 1 <= limit <= most:
        raise NO.bad_request(f"limit: must be between 1 and {most} for bucket_width {width}")
    return limit


def _is_wanted(labels: Labels, filters: Filters) -> bool:
    return not filters or filters.let_through(
        {
            "account_ids": None,
            "api_key_ids": labels.api_key,
            "context_window": "0-200k",
            "inference_geos": labels.inference_geo,
            "models": labels.model,
            "service_account_ids": None,
            "service_tiers": labels.service_tier,
            "workspace_ids": labels.project,
        }
    )


def _group(visit: Visit, labels: Labels, group_by: tuple[str, ...]) -> tuple[tuple[str, str | None], ...]:
    default_workspace = visit.account.names.default_workspace() if visit.has("default_workspace") else None
    values: dict[str, str | None] = {
        "account_id": None,
        "api_key_id": labels.api_key,
        "service_account_id": None,
        "workspace_id": labels.project or default_workspace,
        "model": labels.model,
        "service_tier": labels.service_tier,
        "context_window": "0-200k",
        "inference_geo": labels.inference_geo,
    }
    if visit.has("absent_new_fields"):
        values = {name: values[name] for name in values if name not in {"account_id", "service_account_id"}}
    return tuple((name, value if name in group_by else None) for name, value in values.items())


def _row(group: tuple[tuple[str, str | None], ...], counts: Counts) -> dict[str, Any]:
    return counted(counts) | {"server_tool_use": {"web_search_requests": 0}} | dict(group)


def counted(counts: Counts) -> dict[str, Any]:
    """Anthropic's disjoint counts, as both of its endpoints spell them."""
    return {
        "uncached_input_tokens": counts.uncached_input,
        "cache_creation": {
            "ephemeral_5m_input_tokens": counts.cache_write_short,
            "ephemeral_1h_input_tokens": counts.cache_write_long,
        },
        "cache_read_input_tokens": counts.cache_read,
        "output_tokens": counts.output,
    }
