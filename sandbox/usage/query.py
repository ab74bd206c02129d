"""Reading query strings as the providers do: arrays in three spellings, instants, numbers within limits."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from starlette.datastructures import QueryParams

from sandbox.usage.records import DAY_MS, HOUR_MS, MINUTE_MS

WIDTH_MS = {"1m": MINUTE_MS, "1h": HOUR_MS, "1d": DAY_MS}
BUCKET_LIMITS = {"1m": (60, 1440), "1h": (24, 168), "1d": (7, 31)}
"""Buckets on a page by bucket width, at OpenAI and Anthropic alike: (by default, at most)."""


def many(query: QueryParams, name: str) -> list[str]:
    """Values of an array parameter: `name[]=a&name[]=b`, `name=a&name=b` or `name=a,b`; all three are in use."""
    written = query.getlist(f"{name}[]") + query.getlist(name)
    return [value for part in written for value in part.split(",")]


class Filters:
    """The array parameters of a query that let only some values through; one that is not given lets all through."""

    def __init__(self, query: QueryParams, names: Iterable[str]) -> None:
        given = {name: frozenset(many(query, name)) for name in names}
        self._allowed = {name: values for name, values in given.items() if values}

    def let_through(self, values: Mapping[str, str | None]) -> bool:
        return all(values[name] in allowed for name, allowed in self._allowed.items())

    def __bool__(self) -> bool:
        return bool(self._allowed)


def whole_number(text: str | None) -> int | None:
    """None: not given, or not a whole number."""
    return int(text) if text and text.isdecimal() else None


def instant_ms(text: str | None) -> int | None:
    """Unix milliseconds of an RFC 3339 instant with a zone; None: not given, or not such an instant."""
    try:
        instant = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return int(instant.timestamp() * 1000) if instant.tzinfo else None


def rfc3339(ms: int) -> str:
    """An instant in whole seconds, as providers write it: 2026-11-22T06:00:00Z."""
    return utc(ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC)
