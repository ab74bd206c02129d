"""Anthropic's current usage endpoint (beta), GET /v1/organizations/analytics/usage, in pages of rows.

Unlike the legacy one: at most so many rows a page, only combinations with usage, requests counted, a tagged id for the
default workspace, and `data_refreshed_at`, up to which usage is known (here: the last full minute).
"""

from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from sandbox.usage.anthropic_messages_api import NO, admit, counted, grouped
from sandbox.usage.buckets import roll_up
from sandbox.usage.desk import Desk, Visit
from sandbox.usage.page import mint_token, read_token
from sandbox.usage.query import WIDTH_MS, Filters, instant_ms, rfc3339, whole_number
from sandbox.usage.records import DAY_MS, HOUR_MS, MINUTE_MS, Counts, Labels

BETA = "analytics-usage-cost-2026-08-24"
_OLDEST_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z, where Anthropic's data begins
_DIMENSIONS = (
    "actor", "actor_type", "agent_id", "api_key_id", "claude_tag_category", "claude_tag_user_id", "context_window",
    "deployment_id", "environment_id", "inference_geo", "model", "organization_id", "product", "rbac_group_id",
    "service_tier", "session_id", "slack_channel_id", "speed", "user_profile_id", "workspace_id",
)  # fmt: skip
_FILTERS = ("api_key_ids", "inference_geos", "models", "products", "service_tiers", "workspace_ids")
_ORDERS = ("output_tokens", "requests", "time", "total_tokens", "uncached_input_tokens")


def anthropic_analytics_router(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/anthropic/v1/organizations")

    @router.get("/analytics/usage")
    async def usage(request: Request) -> Response:
        visit = await admit(desk, "analytics", request)
        betas = [beta.strip() for header in request.headers.getlist("anthropic-beta") for beta in header.split(",")]
        if BETA not in betas:
            raise NO.bad_request(f"This endpoint is in beta: send the header anthropic-beta: {BETA}")
        return _page(visit, request.query_params)

    return router


def _page(visit: Visit, query: QueryParams) -> Response:
    width_ms = _width(query)
    start_ms, end_ms = _range(visit, query, width_ms)
    group_by = grouped(query, _DIMENSIONS)
    refreshed_ms = visit.now_ms // MINUTE_MS * MINUTE_MS
    filters = Filters(query, _FILTERS)
    usages = [usage for usage in visit.usage(start_ms, end_ms) if _is_wanted(visit, usage.labels, filters)]
    buckets = roll_up(
        usages,
        width_ms=width_ms or end_ms,  # without a width, one bucket holds whatever happened before the end
        start_ms=start_ms,
        end_ms=min(end_ms, refreshed_ms),
        group=lambda labels: _group(visit, labels, group_by),
    )
    rows = [
        (bucket_ms if width_ms else start_ms, group, counts)
        for bucket_ms, groups in buckets.items()
        for group, counts in groups.items()
    ]
    _sort(rows, query)
    limit = _number(query, "limit", default=20, most=1000)
    first = read_token(query["page"], query) if "page" in query else 0
    if first is None:
        raise NO.bad_request("page: Invalid page token")
    has_more = first + limit < len(rows)
    body = {
        "data": [
            _row(visit, group, counts, (bucket_ms, bucket_ms + width_ms if width_ms else end_ms))
            for bucket_ms, group, counts in rows[first : first + limit]
        ],
        "has_more": has_more,
        "next_page": mint_token(first + limit, query) if has_more else None,
        "data_refreshed_at": rfc3339(refreshed_ms),
    }
    return visit.answer(body, own_token=mint_token(first, query))


def _width(query: QueryParams) -> int | None:
    width = query.get("time_bucket_width")
    if width is not None and width not in WIDTH_MS:
        raise NO.bad_request("time_bucket_width: Input should be '1d', '1h' or '1m'")
    return WIDTH_MS[width] if width else None


def _range(visit: Visit, query: QueryParams, width_ms: int | None) -> tuple[int, int]:
    start_ms, end_ms = instant_ms(query.get("starting_at")), instant_ms(query.get("ending_at"))
    if start_ms is None:
        raise NO.bad_request("starting_at: Field required, an RFC 3339 instant with a time zone")
    if start_ms < max(_OLDEST_MS, visit.now_ms - 365 * DAY_MS):
        raise NO.bad_request("starting_at: must be within the last 365 days and not before 2026-01-01T00:00:00Z")
    if end_ms is None:
        if width_ms:
            raise NO.bad_request("ending_at: required when time_bucket_width is set")
        end_ms = min(visit.now_ms, start_ms + 31 * DAY_MS)
    if end_ms <= start_ms:
        raise NO.bad_request("ending_at: must be after starting_at")
    if end_ms - start_ms > 31 * DAY_MS:
        raise NO.bad_request("The range between starting_at and ending_at may span at most 31 days")
    if width_ms == MINUTE_MS and end_ms - start_ms > DAY_MS:
        raise NO.bad_request("With time_bucket_width=1m the range may span at most 24 hours")
    step = width_ms or HOUR_MS
    return start_ms // step * step, end_ms // step * step


def _sort(rows: list[tuple[int, Any, Counts]], query: QueryParams) -> None:
    order_by, order = query.get("order_by", "total_tokens"), query.get("order", "desc")
    if order_by not in _ORDERS or order not in {"asc", "desc"}:
        raise NO.bad_request(f"order_by: Input should be one of {', '.join(_ORDERS)}; order: 'asc' or 'desc'")
    rows.sort(key=lambda row: (-(row[2].input + row[2].output), str(row[1])))
    keys = {
        "output_tokens": lambda row: row[2].output,
        "requests": lambda row: row[2].requests,
        "time": lambda row: row[0],
        "total_tokens": lambda row: row[2].input + row[2].output,
        "uncached_input_tokens": lambda row: row[2].uncached_input,
    }
    rows.sort(key=keys[order_by], reverse=order == "desc")


def _number(query: QueryParams, name: str, *, default: int, most: int) -> int:
    number = whole_number(query.get(name)) if name in query else default
    if number is None or not 1 <= number <= most:
        raise NO.bad_request(f"{name}: must be between 1 and {most}")
    return number


def _is_wanted(visit: Visit, labels: Labels, filters: Filters) -> bool:
    return not filters or filters.let_through(
        {
            "api_key_ids": labels.api_key or "",
            "inference_geos": labels.inference_geo,
            "models": labels.model,
            "products": _product(labels),
            "service_tiers": labels.service_tier,
            "workspace_ids": labels.project or visit.account.names.default_workspace(),
        }
    )


def _product(labels: Labels) -> str:
    return "message_batches_api" if labels.is_batch else "messages_api"


def _group(visit: Visit, labels: Labels, group_by: tuple[str, ...]) -> tuple[tuple[str, str | None], ...]:
    values = {
        "api_key_id": labels.api_key,
        "context_window": "0-200k",
        "inference_geo": None if labels.inference_geo == "not_available" else labels.inference_geo,
        "model": labels.model,
        "product": _product(labels),
        "service_tier": labels.service_tier,
        "speed": "standard",
        "workspace_id": labels.project or visit.account.names.default_workspace(),
    }
    return tuple((name, values.get(name) if name in group_by else None) for name in _DIMENSIONS)


def _row(
    visit: Visit, group: tuple[tuple[str, str | None], ...], counts: Counts, span_ms: tuple[int, int]
) -> dict[str, Any]:
    usage = counted(counts) | {
        "total_tokens": counts.input + counts.output,
        "requests": None if visit.has("absent_new_fields") else counts.requests,
        "server_tool_use": {"web_search_requests": 0},
    }
    return {
        "starting_at": rfc3339(span_ms[0]),
        "ending_at": rfc3339(span_ms[1]),
        "group": dict(group),
        "usage": usage,
    }
