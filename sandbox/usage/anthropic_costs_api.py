"""Anthropic's GET /v1/organizations/cost_report: what each UTC day cost, by workspace and description.

Amounts are decimal text in cents. Without `description` among the dimensions a day is one sum and says of nothing what
it was for. Under the rule `pages_past_the_end` the list names a next page for ever.
"""

from collections import defaultdict
from decimal import Decimal
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from sandbox.usage.anthropic_messages_api import NO, admit, grouped, limit_of, span_of
from sandbox.usage.buckets import roll_up
from sandbox.usage.desk import Desk, Visit
from sandbox.usage.page import mint_token, read_token
from sandbox.usage.prices import CENT, USD, bill
from sandbox.usage.query import rfc3339
from sandbox.usage.records import DAY_MS, Counts, Labels

_DIMENSIONS = ("workspace_id", "description")
_TOKEN_TYPES = {
    "uncached_input": "uncached_input_tokens",
    "cache_read": "cache_read_input_tokens",
    "output": "output_tokens",
    "cache_write_short": "cache_creation.ephemeral_5m_input_tokens",
    "cache_write_long": "cache_creation.ephemeral_1h_input_tokens",
}
_TOOLS = USD // 4


class _What(NamedTuple):
    """What a line is for; all None where the report is not grouped by description."""

    description: str | None = None
    cost_type: str | None = None
    token_type: str | None = None
    model: str | None = None
    service_tier: str | None = None
    context_window: str | None = None
    inference_geo: str | None = None


def anthropic_costs_router(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/anthropic/v1/organizations")

    @router.get("/cost_report")
    async def cost_report(request: Request) -> Response:
        return _page(await admit(desk, "costs", request), request.query_params)

    return router


def _page(visit: Visit, query: QueryParams) -> Response:
    if query.get("bucket_width", "1d") != "1d":
        raise NO.bad_request("bucket_width: Input should be '1d'")
    group_by = grouped(query, _DIMENSIONS)
    limit = limit_of(query, "1d")
    start_ms, end_ms = span_of(visit, query, DAY_MS)
    if (page := query.get("page")) is not None:
        position = read_token(page, query)
        if position is None:
            raise NO.bad_request("page: Invalid page token")
        start_ms = position
    stop_ms = min(end_ms, start_ms + limit * DAY_MS)
    days = roll_up(
        visit.usage(start_ms, stop_ms),
        width_ms=DAY_MS,
        start_ms=start_ms,
        end_ms=min(stop_ms, visit.now_ms),
        group=lambda labels: labels,
    )
    has_more = stop_ms < end_ms or visit.has("pages_past_the_end")
    body = {
        "data": [
            {
                "starting_at": rfc3339(day_ms),
                "ending_at": rfc3339(day_ms + DAY_MS),
                "results": _results(visit, days.get(day_ms, {}), group_by),
            }
            for day_ms in range(start_ms, stop_ms, DAY_MS)
        ],
        "has_more": has_more,
        "next_page": mint_token(stop_ms, query) if has_more else None,
    }
    return visit.answer(body, own_token=mint_token(start_ms, query))


def _results(visit: Visit, day: dict[Labels, Counts], group_by: tuple[str, ...]) -> list[dict[str, Any]]:
    amounts: defaultdict[tuple[str | None, _What], int] = defaultdict(int)
    for labels, counts in day.items():
        workspace = labels.project if "workspace_id" in group_by else None
        for line in bill(labels.model, counts, is_batch=labels.is_batch):
            what = _what(labels, _TOKEN_TYPES[line.counter]) if "description" in group_by else _What()
            amounts[workspace, what] += line.amount
    if amounts and visit.has("tool_costs"):
        searches = _What("Web Search Usage", "web_search") if "description" in group_by else _What()
        amounts[None, searches] += _TOOLS
    return [
        {"amount": _cents(amount), "currency": "USD", "workspace_id": workspace, **what._asdict()}
        for (workspace, what), amount in amounts.items()
    ]


def _what(labels: Labels, token_type: str) -> _What:
    return _What(
        description=f"{labels.model} Usage{' (Batch)' if labels.is_batch else ''} - {token_type}",
        cost_type="tokens",
        token_type=token_type,
        model=labels.model,
        service_tier=labels.service_tier,
        context_window="0-200k",
        inference_geo=labels.inference_geo,
    )


def _cents(amount: int) -> str:
    return f"{(Decimal(amount) / CENT).normalize():f}"
