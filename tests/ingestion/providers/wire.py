"""A provider at the wire: answers that were laid out in advance, and a record of what was asked."""

import asyncio
import copy
import json
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
from pydantic import SecretStr

from core.http_client import HttpClient
from ingestion.usage_row import UsageWindow

NOW = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
TWO_HOURS = UsageWindow(MIDNIGHT, MIDNIGHT + timedelta(hours=2))

Result = TypeVar("Result")
Path = tuple[str | int, ...]


class Wire:
    """Answers each path from its list, one after the other; a call too many is a failed test."""

    def __init__(self) -> None:
        self._answers: dict[str, list[httpx.Response | Exception]] = {}
        self.requests: list[httpx.Request] = []

    def on(self, path: str, *answers: object) -> "Wire":
        """Lay out answers: a JSON value for a 200, (status, JSON value, headers?) for another, or an exception."""
        self._answers.setdefault(path, []).extend(_response(answer) for answer in answers)
        return self

    def client(self) -> HttpClient:
        return HttpClient(
            user_agent="CarbonLedger/0.1 (+http://127.0.0.1:8321)", transport=httpx.MockTransport(self._take)
        )

    def asked(self, path: str) -> list[httpx.Request]:
        return [request for request in self.requests if request.url.path.endswith(path)]

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = next((path for path in self._answers if request.url.path.endswith(path)), None)
        assert path is not None, f"nobody expected {request.method} {request.url}"
        assert self._answers[path], f"one call too many: {request.method} {request.url}"
        answer = self._answers[path].pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def _response(answer: object) -> httpx.Response | Exception:
    match answer:
        case Exception():
            return answer
        case httpx.Response():
            return answer
        case (int(status), body):
            return httpx.Response(status, json=body)
        case (int(status), body, dict(headers)):
            return httpx.Response(status, json=body, headers=headers)
        case _:
            return httpx.Response(200, json=copy.deepcopy(answer))


def run(work: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(work)


def query_of(request: httpx.Request) -> list[tuple[str, str]]:
    return list(request.url.params.multi_items())


def body_of(request: httpx.Request) -> Any:
    return json.loads(request.content)


def secret(text: str) -> SecretStr:
    return SecretStr(text)


def fields_of(value: object) -> list[Path]:
    """The path of every field inside a JSON value; of a list, only the first element's."""
    return list(_fields(value, ()))


def _fields(value: object, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from _fields(inner, (*path, name))
    elif isinstance(value, list) and value:
        yield from _fields(value[0], (*path, 0))


def without(value: Any, path: Path) -> Any:
    """A copy of a JSON value that lacks one field."""
    changed = copy.deepcopy(value)
    del _parent(changed, path)[path[-1]]
    return changed


def replaced(value: Any, path: Path, new: object) -> Any:
    """A copy of a JSON value with another value in one field."""
    changed = copy.deepcopy(value)
    _parent(changed, path)[path[-1]] = new
    return changed


def _parent(value: Any, path: Path) -> Any:
    for step in path[:-1]:
        value = value[step]
    return value
