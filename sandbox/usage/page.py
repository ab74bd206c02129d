"""A page on its way out: its token, its JSON, and the faults that cut it short or spell it oddly."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from starlette.datastructures import QueryParams
from starlette.responses import Response

from sandbox.usage.fault_rules import Oddity, Rule, StringCounts, TruncatedPage

# Numbers that are no counts of usage.
_NOT_COUNTS = {"start_time", "end_time", "row_count", "query_time_ms", "cachedAt", "workspace", "model", "date"}


def mint_token(position: int, query: QueryParams) -> str:
    """An opaque token: where the next page begins, and a digest of the query, which must stay the same."""
    text = json.dumps([position, _digest(query)]).encode()
    return "page_" + base64.urlsafe_b64encode(text).decode()


def read_token(token: str, query: QueryParams) -> int | None:
    """The position; None: not a token of ours, or one of another query."""
    try:
        position, digest = json.loads(base64.urlsafe_b64decode(token.removeprefix("page_")))
    except (binascii.Error, ValueError, TypeError):
        return None
    return position if isinstance(position, int) and digest == _digest(query) else None


def page_answer(body: dict[str, Any], rules: Sequence[Rule], *, own_token: str | None) -> Response:
    for rule in rules:
        if isinstance(rule, Oddity) and rule.kind == "repeated_page_token" and own_token:
            body |= {"has_more": True, "next_page": own_token}
        if isinstance(rule, StringCounts):
            body = _spelled(body, as_strings=rule.parameters.spelled == "string")
    content = json.dumps(body, separators=(",", ":")).encode()
    for rule in rules:
        if isinstance(rule, TruncatedPage):
            content = _truncated(body, content, rule.parameters.how)
    return Response(content, media_type="application/json")


def _truncated(body: dict[str, Any], content: bytes, how: str) -> bytes:
    if how == "body":
        return content[: len(content) // 2]
    if how == "no_next_page":
        body |= {"data": body["data"][: len(body["data"]) // 2], "has_more": True, "next_page": None}
    else:
        inner = body["data"]
        rows = inner["data"][: len(inner["data"]) // 2]
        metadata = inner["metadata"] | {"truncated": True, "row_count": len(rows)}
        body = {"data": inner | {"data": rows, "metadata": metadata}}
    return json.dumps(body, separators=(",", ":")).encode()


def _spelled(value: Any, *, as_strings: bool) -> Any:
    if isinstance(value, dict):
        return {
            name: inner if name in _NOT_COUNTS else _spelled(inner, as_strings=as_strings)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_spelled(inner, as_strings=as_strings) for inner in value]
    if as_strings and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not as_strings and isinstance(value, str) and value.isdecimal():
        return int(value)
    return value


def _digest(query: QueryParams) -> str:
    items = sorted(item for item in query.multi_items() if item[0] != "page")
    return hashlib.sha256(json.dumps(items).encode()).hexdigest()[:12]
