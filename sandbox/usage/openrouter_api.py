"""OpenRouter: POST /analytics/query with its limit per minute, its meta data, the key, the credits, the workspaces."""

import time
from collections import deque
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from pydantic import ValidationError
from starlette.responses import Response

from sandbox.usage import openrouter_query
from sandbox.usage.desk import Desk, Visit, bearer
from sandbox.usage.openrouter_query import NO, AnalyticsQuery
from sandbox.usage.query import rfc3339, whole_number

Authorization = Annotated[str | None, Header()]


class MinuteLimit:
    """Counts queries of each key in the trailing 60 seconds of real time, whatever the sandbox's clock says."""

    def __init__(self) -> None:
        self._recent: dict[str, deque[float]] = {}

    def takes(self, key: str, most: int | None) -> bool:
        recent = self._recent.setdefault(key, deque())
        now = time.monotonic()
        while recent and recent[0] <= now - 60:
            recent.popleft()
        if most is not None and len(recent) >= most:
            return False
        recent.append(now)
        return True


def openrouter_router(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/openrouter/api/v1")
    limit = MinuteLimit()

    @router.post("/analytics/query")
    async def query(request: Request, authorization: Authorization = None) -> Response:
        visit = await desk.admit(NO, "analytics", bearer(authorization))
        if not limit.takes(visit.key, visit.account.config.requests_per_minute):
            raise NO.rate_limited()
        return _answer(visit, await request.body())

    @router.get("/analytics/meta")
    async def meta(authorization: Authorization = None) -> Response:
        return (await desk.admit(NO, "meta", bearer(authorization))).answer({"data": _META})

    @router.get("/key")
    async def key(authorization: Authorization = None) -> Response:
        visit = await desk.admit(NO, "key", bearer(authorization), any_kind=True)
        return visit.answer({"data": _key(visit)})

    @router.get("/credits")
    async def credits_(authorization: Authorization = None) -> Response:
        visit = await desk.admit(NO, "credits", bearer(authorization))
        return visit.answer({"data": {"total_credits": 100.5, "total_usage": 25.75}})

    @router.get("/workspaces")
    async def workspaces(request: Request, authorization: Authorization = None) -> Response:
        visit = await desk.admit(NO, "workspaces", bearer(authorization))
        return visit.answer(_workspaces(visit, request))

    return router


def _answer(visit: Visit, body: bytes) -> Response:
    try:
        query = AnalyticsQuery.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise NO.bad_request(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    start_ms, end_ms = openrouter_query.check(query, now_ms=visit.now_ms)
    rows = openrouter_query.rows(visit, query, start_ms, end_ms)
    kept = rows[: query.limit]
    data: dict[str, Any] = {
        "data": kept,
        "metadata": {"query_time_ms": 118, "row_count": len(kept), "truncated": len(kept) < len(rows)},
    }
    if warnings := openrouter_query.unknown_values(visit, query.filters):
        data["warnings"] = warnings
    return visit.answer({"data": data})


def _key(visit: Visit) -> dict[str, Any]:
    config = visit.account.config
    is_management = any(key.key == visit.key and key.kind == "admin" for key in config.keys)
    amounts = ("usage", "usage_daily", "usage_weekly", "usage_monthly")
    return {
        "label": f"{visit.key[:12]}...{visit.key[-3:]}",
        **{f"{prefix}{name}": 0 for prefix in ("", "byok_") for name in amounts},
        "limit": None,
        "limit_remaining": None,
        "limit_reset": None,
        "include_byok_in_limit": False,
        "is_free_tier": False,
        "is_management_key": is_management,
        "is_provisioning_key": is_management,
        "creator_user_id": "user_2dHF",
        "organization_id": config.organization_id,
        "workspace_id": None,
        "expires_at": None,
        "allowed_data_regions": ["global"],
        "budgets": [],
        "effective_budget": None,
        "free_model_daily_requests": {"limit": 1000, "remaining": 1000, "used": 0},
        "rate_limit": {"requests": -1, "interval": "10s", "note": "This field is deprecated and safe to ignore."},
    }


def _workspaces(visit: Visit, request: Request) -> dict[str, Any]:
    names, config = visit.account.names, visit.account.config
    offset = whole_number(request.query_params.get("offset", "0"))
    limit = whole_number(request.query_params.get("limit", "50"))
    if offset is None or limit is None or not 1 <= limit <= 100:
        raise NO.bad_request("offset must be a whole number, and limit one from 1 to 100")
    data = [
        {
            "id": names.project(number),
            "name": names.project_label(number),
            "slug": f"workspace-{number + 1}",
            "description": None,
            "created_at": rfc3339(0),
            "created_by": None,
            "updated_at": None,
            "default_guardrail_id": names.api_key(number, 0),
            "default_image_model": None,
            "default_provider_sort": None,
            "default_text_model": None,
            "io_logging_api_key_ids": None,
            "io_logging_sampling_rate": 1,
            "is_data_discount_logging_enabled": False,
            "is_observability_broadcast_enabled": False,
            "is_observability_io_logging_enabled": False,
        }
        for number in range(config.projects)
    ]
    return {"data": data[offset : offset + limit], "total_count": len(data)}


def _labelled(names: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"name": name, "display_label": name.replace("_", " ").capitalize()} for name in names]


_META = {
    "dimensions": _labelled(openrouter_query.LONG_DIMENSIONS + openrouter_query.SHORT_DIMENSIONS),
    "granularities": _labelled(tuple(openrouter_query.GRANULARITY_MS)),
    "metrics": [
        named | {"display_format": "number", "is_rate": False} for named in _labelled(openrouter_query.METRICS)
    ],
    "operators": [{"name": name, "value_type": kind} for name, kind in openrouter_query.OPERATORS.items()],
}
