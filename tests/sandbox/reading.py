"""Small readers of the three APIs, as a plain client would read them: every page, no retries."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.sandbox_process import SandboxHandle, admin_key
from tests.truth import Cell, Tokens

START = datetime(2026, 11, 19, tzinfo=UTC)
END = datetime(2026, 11, 22, tzinfo=UTC)
Params = list[tuple[str, str | int | float | bool | None]]

OPENAI_WHOLE: Params = [
    ("start_time", str(int(START.timestamp()))),
    ("end_time", str(int(END.timestamp()))),
    ("bucket_width", "1h"),
    *(("group_by[]", name) for name in ("project_id", "api_key_id", "model", "batch", "service_tier")),
]
ANTHROPIC_WHOLE: Params = [
    ("starting_at", "2026-11-19T00:00:00Z"),
    ("ending_at", "2026-11-22T00:00:00Z"),
    ("bucket_width", "1h"),
    *(("group_by[]", name) for name in ("model", "workspace_id", "api_key_id", "service_tier", "inference_geo")),
]
ANALYTICS_WHOLE: Params = [(n.replace("bucket_width", "time_bucket_width"), value) for n, value in ANTHROPIC_WHOLE]


def openai(
    sandbox: SandboxHandle, params: Params, *, path: str = "completions", key: str | None = None
) -> httpx.Response:
    url = f"{sandbox.base_urls.openai}/organization/usage/{path}"
    headers = {"Authorization": f"Bearer {key or admin_key('openai')}"}
    return sandbox.client.get(url, params=httpx.QueryParams(params), headers=headers)


def anthropic(
    sandbox: SandboxHandle,
    params: Params,
    *,
    path: str = "usage_report/messages",
    headers: Mapping[str, str] | None = None,
    key: str | None = None,
) -> httpx.Response:
    given = (
        {"x-api-key": key or admin_key("anthropic"), "anthropic-version": "2023-06-01"} if headers is None else headers
    )
    return sandbox.client.get(
        f"{sandbox.base_urls.anthropic}/v1/organizations/{path}", params=httpx.QueryParams(params), headers=given
    )


def analytics(sandbox: SandboxHandle, params: Params, *, key: str | None = None) -> httpx.Response:
    headers = {
        "Authorization": f"Bearer {key or admin_key('anthropic')}",
        "anthropic-version": "2026-10-21",
        "anthropic-beta": "analytics-usage-cost-2026-08-24",
    }
    return anthropic(sandbox, params, path="analytics/usage", headers=headers)


def openrouter_query(sandbox: SandboxHandle, *, key: str | None = None, **changes: Any) -> httpx.Response:
    body = {
        "metrics": ["request_count", "tokens_prompt", "tokens_completion", "reasoning_tokens", "cached_tokens"],
        "dimensions": ["model", "provider"],
        "granularity": "hour",
        "time_range": {"start": "2026-11-19T00:00:00Z", "end": "2026-11-22T00:00:00Z"},
        "limit": 10_000,
    } | changes
    headers = {"Authorization": f"Bearer {key or admin_key('openrouter')}"}
    return sandbox.client.post(f"{sandbox.base_urls.openrouter}/analytics/query", json=body, headers=headers)


def openrouter(
    sandbox: SandboxHandle, path: str, params: Params | None = None, *, key: str | None = None
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key or admin_key('openrouter')}"}
    return sandbox.client.get(
        f"{sandbox.base_urls.openrouter}/{path}", params=httpx.QueryParams(params or []), headers=headers
    )


def pages(sandbox: SandboxHandle, fetch: Any, params: Params) -> Iterator[dict[str, Any]]:
    """Every page, by next_page, until has_more is false."""
    page = fetch(sandbox, params).raise_for_status().json()
    yield page
    while page["has_more"]:
        page = fetch(sandbox, [*params, ("page", page["next_page"])]).raise_for_status().json()
        yield page


def openai_cells(answers: Sequence[Mapping[str, Any]]) -> dict[Cell, Tokens]:
    cells: dict[Cell, Tokens] = {}
    for bucket in (bucket for page in answers for bucket in page["data"]):
        hour = datetime.fromtimestamp(bucket["start_time"], UTC)
        for row in bucket["results"]:
            cell = Cell(hour, row["project_id"], row["api_key_id"], row["model"])
            cells.setdefault(cell, Tokens()).add(
                Tokens(
                    row["input_tokens"],
                    row["input_cached_tokens"],
                    row["input_cache_write_tokens"],
                    row["output_tokens"],
                    row["num_model_requests"],
                )
            )
    return cells


def anthropic_cells(answers: Sequence[Mapping[str, Any]]) -> dict[Cell, Tokens]:
    """`requests` stays 0: the legacy endpoint counts none."""
    cells: dict[Cell, Tokens] = {}
    for bucket in (bucket for page in answers for bucket in page["data"]):
        for row in bucket["results"]:
            cell = Cell(
                datetime.fromisoformat(bucket["starting_at"]), row["workspace_id"], row["api_key_id"], row["model"]
            )
            cells.setdefault(cell, Tokens()).add(_anthropic_tokens(row, requests=0))
    return cells


def analytics_cells(answers: Sequence[Mapping[str, Any]]) -> dict[Cell, Tokens]:
    cells: dict[Cell, Tokens] = {}
    for row in (row for page in answers for row in page["data"]):
        group = row["group"]
        hour = datetime.fromisoformat(row["starting_at"])
        cell = Cell(hour, group["workspace_id"], group["api_key_id"], group["model"])
        cells.setdefault(cell, Tokens()).add(_anthropic_tokens(row["usage"], requests=row["usage"]["requests"]))
    return cells


def _anthropic_tokens(row: Mapping[str, Any], *, requests: int) -> Tokens:
    written = sum(row["cache_creation"].values())
    cached = row["cache_read_input_tokens"]
    return Tokens(row["uncached_input_tokens"] + cached + written, cached, written, row["output_tokens"], requests)
