"""OpenRouter's GET /activity: the last 30 completed UTC days, a row for each model and endpoint (and workspace)."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from sandbox.usage.buckets import roll_up
from sandbox.usage.desk import Desk, Visit, bearer
from sandbox.usage.openrouter_query import NO
from sandbox.usage.prices import USD, bill
from sandbox.usage.query import rfc3339
from sandbox.usage.records import DAY_MS, Counts, Labels

_DAYS = 30


def openrouter_activity_router(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/openrouter/api/v1")

    @router.get("/activity")
    async def activity(request: Request, authorization: Annotated[str | None, Header()] = None) -> Response:
        visit = await desk.admit(NO, "activity", bearer(authorization))
        return visit.answer({"data": _rows(visit, request.query_params)})

    return router


def _rows(visit: Visit, query: QueryParams) -> list[dict[str, Any]]:
    start_ms, end_ms = _days(visit, query)
    by_workspace = query.get("group_by") == "workspace"
    if "group_by" in query and not by_workspace:
        raise NO.bad_request("group_by must be workspace")
    wanted = query.get("workspace_id")
    default = visit.account.names.project(0)
    usages = [
        usage
        for usage in visit.usage(start_ms, end_ms)
        if wanted is None or (usage.labels.project or default) == wanted
    ]
    buckets = roll_up(
        usages,
        width_ms=DAY_MS,
        start_ms=start_ms,
        end_ms=end_ms,
        group=lambda labels: _group(labels, default if by_workspace else None),
    )
    return [
        _row(visit, bucket_ms, group, counts)
        for bucket_ms, groups in reversed(buckets.items())
        for group, counts in groups.items()
    ]


def _days(visit: Visit, query: QueryParams) -> tuple[int, int]:
    today_ms = visit.now_ms // DAY_MS * DAY_MS
    oldest_ms = today_ms - _DAYS * DAY_MS
    if "date" not in query:
        return oldest_ms, today_ms
    try:
        day = date.fromisoformat(query["date"])
    except ValueError as error:
        raise NO.bad_request("Invalid date format. Use YYYY-MM-DD.") from error
    day_ms = int(datetime.combine(day, time(), UTC).timestamp() * 1000)
    if not oldest_ms <= day_ms < today_ms:
        raise NO.bad_request("Date must be within the last 30 (completed) UTC days.")
    return day_ms, day_ms + DAY_MS


def _group(labels: Labels, default_workspace: str | None) -> tuple[str, str, str]:
    """Usage of no workspace is the default one's here, the account's first."""
    workspace = (labels.project or default_workspace) if default_workspace else ""
    return labels.model, labels.upstream, workspace or ""


def _row(visit: Visit, bucket_ms: int, group: tuple[str, str, str], counts: Counts) -> dict[str, Any]:
    model, upstream, workspace = group
    cost = sum(line.amount for line in bill(model, counts))
    byok = cost * counts.byok_requests // counts.requests if counts.requests else 0
    row: dict[str, Any] = {
        "date": rfc3339(bucket_ms)[:10],
        "model": _slug(model),
        "model_permaslug": model,
        "endpoint_id": visit.account.names.endpoint(model, upstream),
        "provider_name": upstream,
        "usage": (cost - byok) / USD,
        "byok_usage_inference": byok / USD,
        "requests": counts.requests,
        "prompt_tokens": counts.input,
        "completion_tokens": counts.output,
        "reasoning_tokens": counts.reasoning,
        "cached_tokens": counts.input + 512 if visit.has("cached_exceeds_prompt") else counts.cache_read,
    }
    if visit.has("absent_new_fields"):
        del row["cached_tokens"]
    return row | ({"workspace_id": workspace} if workspace else {})


def _slug(permaslug: str) -> str:
    """The model without the date at its end: openai/gpt-5-mini for openai/gpt-5-mini-2025-08-07."""
    parts = permaslug.split("-")
    while len(parts) > 1 and parts[-1].isdecimal() and len(parts[-1]) in {2, 4, 8}:
        parts.pop()
    return "-".join(parts)
