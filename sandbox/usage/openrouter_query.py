"""OpenRouter's analytics: what a query may ask for, and its rows.

Counts come as strings, and workspaces and keys as labels where filters need ids: both as the real service does.
"""

from collections.abc import Iterable
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sandbox.usage.buckets import roll_up
from sandbox.usage.desk import Visit
from sandbox.usage.fault_rules import unix_ms
from sandbox.usage.openrouter_errors import OpenRouterErrors
from sandbox.usage.query import utc
from sandbox.usage.records import DAY_MS, HOUR_MS, MINUTE_MS, Counts, Labels

NO = OpenRouterErrors()
METRICS = (
    "request_count", "tokens_prompt", "tokens_completion", "tokens_total", "reasoning_tokens", "cached_tokens",
    "byok_request_count",
)  # fmt: skip
LONG_DIMENSIONS = ("model", "api_key_id", "workspace")
SHORT_DIMENSIONS = ("provider",)
"""Dimensions known for 365 days, and those known for 31."""
GRANULARITY_MS = {"minute": MINUTE_MS, "hour": HOUR_MS, "day": DAY_MS}
OPERATORS = {"eq": "scalar", "neq": "scalar", "in": "array", "not_in": "array"}


class TimeRange(BaseModel):
    start: AwareDatetime
    end: AwareDatetime


class Filter(BaseModel):
    field: str
    operator: str
    value: str | list[str]
    include_unset: bool = False


class OrderBy(BaseModel):
    field: str
    direction: str = "asc"


class AnalyticsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    metrics: list[str] = Field(min_length=1)
    dimensions: list[str] = []
    granularity: str | None = None
    time_range: TimeRange | None = None
    filters: list[Filter] = Field(default=[], max_length=20)
    order_by: OrderBy | None = None
    limit: int = Field(default=1000, ge=1, le=10_000)
    group_limit: int | None = None


def check(query: AnalyticsQuery, *, now_ms: int) -> tuple[int, int]:
    """The range in Unix milliseconds; raises the 400 that a query deserves."""
    _check_names(query)
    days = 31 if set(query.dimensions) & set(SHORT_DIMENSIONS) else 365
    start_ms = unix_ms(query.time_range.start) if query.time_range else now_ms - DAY_MS
    end_ms = unix_ms(query.time_range.end) if query.time_range else now_ms
    if end_ms <= start_ms:
        raise NO.bad_request("time_range.end must be after time_range.start")
    # A day's grace: the real limit is not known to the hour, and a window aligned to midnight must fit.
    if start_ms < now_ms - (days + 1) * DAY_MS or end_ms - start_ms > (days + 1) * DAY_MS:
        raise NO.bad_request(f"These dimensions are available for the last {days} days only")
    if query.granularity == "minute" and end_ms - start_ms > 3 * HOUR_MS:
        raise NO.bad_request("Minute granularity needs a time range of at most 3 hours")
    return start_ms, end_ms


def _check_names(query: AnalyticsQuery) -> None:
    if len(query.dimensions) > 2:
        raise NO.bad_request("A maximum of 2 dimensions is allowed")
    for name in query.dimensions + [given.field for given in query.filters]:
        if name not in LONG_DIMENSIONS + SHORT_DIMENSIONS:
            raise NO.bad_request(f"Unknown dimension: {name}")
    for name in query.metrics:
        if name not in METRICS:
            raise NO.bad_request(f"Unknown metric: {name}")
    for given in query.filters:
        if OPERATORS.get(given.operator) != ("array" if isinstance(given.value, list) else "scalar"):
            raise NO.bad_request(f"Operator {given.operator} does not take this value")
    if query.granularity is not None and query.granularity not in GRANULARITY_MS:
        raise NO.bad_request(f"Unknown granularity: {query.granularity}")


def rows(visit: Visit, query: AnalyticsQuery, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
    """All rows of the query, in its order (oldest first without one)."""
    width_ms = GRANULARITY_MS[query.granularity] if query.granularity else None
    buckets = roll_up(
        [u for u in visit.usage(start_ms, end_ms) if all(_passes(u.labels, given) for given in query.filters)],
        width_ms=width_ms or end_ms,  # without a width, one bucket holds whatever happened before the end
        start_ms=start_ms,
        end_ms=min(end_ms, visit.now_ms),
        group=lambda labels: tuple(_shown(visit, labels, name) for name in query.dimensions),
    )
    made = [
        _stamp(query.granularity, bucket_ms)
        | dict(zip(query.dimensions, group, strict=True))
        | _metrics(visit, counts, query)
        for bucket_ms, groups in buckets.items()
        for group, counts in groups.items()
    ]
    if query.order_by:
        field = f"date__{query.granularity}" if query.order_by.field == "date" else query.order_by.field
        made.sort(key=lambda row: _sortable(row.get(field)), reverse=query.order_by.direction == "desc")
    return made


def unknown_values(visit: Visit, filters: Iterable[Filter]) -> list[str]:
    """Warnings for filter ids that belong to no workspace or key of the account."""
    names, config = visit.account.names, visit.account.config
    known = {names.project(number) for number in range(config.projects)}
    return [
        f"Filter value could not be resolved: {value}"
        for given in filters
        if given.field == "workspace"
        for value in ([given.value] if isinstance(given.value, str) else given.value)
        if value not in known
    ]


def _passes(labels: Labels, given: Filter) -> bool:
    """A dimension without a value passes no filter but one that says so."""
    value = _id(labels, given.field)
    if value is None:
        return given.include_unset
    values = [given.value] if isinstance(given.value, str) else given.value
    return (value in values) == (given.operator in {"eq", "in"})


def _id(labels: Labels, dimension: str) -> str | None:
    return {
        "model": labels.model,
        "provider": labels.upstream,
        "workspace": labels.project,
        "api_key_id": labels.api_key,
    }[dimension]


def _shown(visit: Visit, labels: Labels, dimension: str) -> str | None:
    names, config = visit.account.names, visit.account.config
    if dimension == "workspace" and labels.project is not None:
        ids = [names.project(number) for number in range(config.projects)]
        return names.project_label(ids.index(labels.project)) if labels.project in ids else labels.project
    if dimension == "api_key_id" and labels.api_key is not None:
        return f"key {labels.api_key[:4]}"
    return _id(labels, dimension)


def _stamp(granularity: str | None, bucket_ms: int) -> dict[str, Any]:
    if granularity is None:
        return {}
    return {f"date__{granularity}": utc(bucket_ms).strftime("%Y-%m-%dT%H:%M:%S.000Z")}


def _metrics(visit: Visit, counts: Counts, query: AnalyticsQuery) -> dict[str, str]:
    cached = counts.input + 512 if visit.has("cached_exceeds_prompt") else counts.cache_read
    values = {
        "request_count": counts.requests,
        "tokens_prompt": counts.input,
        "tokens_completion": counts.output,
        "tokens_total": counts.input + counts.output,
        "reasoning_tokens": counts.reasoning,
        "cached_tokens": cached,
        "byok_request_count": counts.byok_requests,
    }
    absent = {"cached_tokens", "byok_request_count"} if visit.has("absent_new_fields") else set()
    return {name: str(values[name]) for name in query.metrics if name not in absent}


def _sortable(value: Any) -> tuple[int, int, str]:
    text = str(value)
    return (0, int(text), "") if text.isdecimal() else (1, 0, text)
