"""OpenAI's GET organization/costs: what each UTC day cost, by project and line item.

Days are the only width, and keys no dimension (the live API refuses `api_key_id`, whatever its SDK lists). Amounts are
JSON numbers, or text under the rule `string_amounts`; under `pages_past_the_end` the list names a next page for ever.
"""

from collections import defaultdict
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Header, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from sandbox.usage.buckets import roll_up
from sandbox.usage.desk import Desk, Visit, bearer
from sandbox.usage.openai_api import NO, span_of
from sandbox.usage.page import mint_token, read_token
from sandbox.usage.prices import USD, bill
from sandbox.usage.query import Filters, many, whole_number
from sandbox.usage.records import DAY_MS, Counts, Labels

_LIMITS = (7, 180)
_DIMENSIONS = ("project_id", "line_item")
_TOOLS = USD // 4


class _Item(NamedTuple):
    project_id: str | None
    line_item: str | None


def openai_costs_router(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/openai/v1/organization")

    @router.get("/costs")
    async def costs(request: Request, authorization: Annotated[str | None, Header()] = None) -> Response:
        visit = await desk.admit(NO, "costs", bearer(authorization))
        return _page(visit, request.query_params)

    return router


def _page(visit: Visit, query: QueryParams) -> Response:
    if query.get("bucket_width", "1d") != "1d":
        raise NO.invalid("bucket_width", "Invalid value: costs are only available with bucket_width '1d'.")
    group_by = tuple(dict.fromkeys(many(query, "group_by")))
    for name in group_by:
        if name not in _DIMENSIONS:
            raise NO.invalid("group_by", f"Invalid value: '{name}' for 'group_by'.")
    limit = whole_number(query.get("limit", str(_LIMITS[0])))
    if limit is None or not 1 <= limit <= _LIMITS[1]:
        raise NO.invalid("limit", f"Invalid 'limit': expected an integer from 1 to {_LIMITS[1]}.")
    start_ms, end_ms = span_of(visit, query, DAY_MS)
    if (page := query.get("page")) is not None:
        position = read_token(page, query)
        if position is None:
            raise NO.invalid("page", "Invalid page token.")
        start_ms = position
    stop_ms = min(end_ms, start_ms + limit * DAY_MS)
    has_more = stop_ms < end_ms or visit.has("pages_past_the_end")
    body = {
        "object": "page",
        "data": _buckets(visit, query, group_by, start_ms, stop_ms),
        "has_more": has_more,
        "next_page": mint_token(stop_ms, query) if has_more else None,
    }
    return visit.answer(body, own_token=mint_token(start_ms, query))


def _buckets(
    visit: Visit, query: QueryParams, group_by: tuple[str, ...], start_ms: int, stop_ms: int
) -> list[dict[str, Any]]:
    filters = Filters(query, ("project_ids",))
    usages = [use for use in visit.usage(start_ms, stop_ms) if filters.let_through({"project_ids": use.labels.project})]
    days = roll_up(
        usages, width_ms=DAY_MS, start_ms=start_ms, end_ms=min(stop_ms, visit.now_ms), group=lambda labels: labels
    )
    return [
        {
            "object": "bucket",
            "start_time": day_ms // 1000,
            "end_time": (day_ms + DAY_MS) // 1000,
            "results": _results(visit, days.get(day_ms, {}), group_by),
        }
        for day_ms in range(start_ms, stop_ms, DAY_MS)
    ]


def _results(visit: Visit, day: dict[Labels, Counts], group_by: tuple[str, ...]) -> list[dict[str, Any]]:
    items: defaultdict[_Item, list[int]] = defaultdict(lambda: [0, 0])
    for labels, counts in day.items():
        for line in bill(labels.model, counts, is_batch=labels.is_batch):
            name = f"{labels.model}, {'batch ' if labels.is_batch else ''}{line.word}"
            item = _Item(
                labels.project if "project_id" in group_by else None, name if "line_item" in group_by else None
            )
            items[item][0] += line.amount
            items[item][1] += line.tokens
    rows = [_row(visit, item, amount, (tokens, "tokens")) for item, (amount, tokens) in items.items()]
    if rows and visit.has("tool_costs"):
        rows.append(_row(visit, _Item(None, "web search tool calls" if group_by else None), _TOOLS, (25, "calls")))
    return rows


def _row(visit: Visit, item: _Item, amount: int, quantity: tuple[int, str]) -> dict[str, Any]:
    value = amount / USD
    is_one_item = item.line_item is not None
    return {
        "object": "organization.costs.result",
        "amount": {"value": str(value) if visit.has("string_amounts") else value, "currency": "usd"},
        "line_item": item.line_item,
        "project_id": item.project_id,
        "api_key_id": None,
        "quantity": quantity[0] if is_one_item else None,
        "quantity_unit": quantity[1] if is_one_item else None,
    }
