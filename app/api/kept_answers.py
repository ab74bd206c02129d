"""Answers of summaries that were given before, for as long as nothing that they say has changed.

What is kept is asked for by the question and by all that an answer rests on: the build whose sums the marts hold, how
far each connection reaches, and names. While a build runs, and after one that failed, nothing is kept nor looked up: an
answer from here is to the byte what would be computed.
"""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

from fastapi import Request, Response
from pydantic_core import to_json

from app.api.dependencies import context_of
from app.api.telemetry_answers import summary_body
from app.telemetry.freshness import Freshness, read_freshness
from app.telemetry.grouping import GroupBy
from app.telemetry.names import Names, read_names
from app.telemetry.sorting import Sort
from app.telemetry.summary import summary
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import UsageFilter
from core.database import Database

MOST_BYTES = 32 * 2**20
_NAMED = frozenset({GroupBy.PROJECT, GroupBy.CONNECTION})


class KeptAnswers:
    """Bodies by key; those asked for longest ago make room. Safe between threads."""

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._bodies: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: bytes) -> bytes | None:
        with self._lock:
            if key in self._bodies:
                self._bodies.move_to_end(key)
            return self._bodies.get(key)

    def keep(self, key: bytes, body: bytes) -> None:
        with self._lock:
            self._bytes += len(body) - len(self._bodies.pop(key, b""))
            self._bodies[key] = body
            while self._bytes > self._most_bytes:
                self._bytes -= len(self._bodies.popitem(last=False)[1])


@dataclass(frozen=True, slots=True)
class _Shown:
    """All that an answer rests on beside the question; `names` only where it has any."""

    freshness: Freshness
    names: Names | None


def summary_response(
    request: Request,
    org_id: int,
    *,
    span: TimeSpan,
    group_by: tuple[GroupBy, ...],
    only: UsageFilter,
    sort: Sort | None,
) -> Response:
    """A SummaryBody. Raises what `summary` raises."""
    database = context_of(request).database
    kept: KeptAnswers = request.app.state.kept_answers
    has_names = not _NAMED.isdisjoint(group_by)
    shown = _shown(database, org_id, has_names=has_names)
    key = hashlib.sha256(repr((org_id, span, group_by, only, sort, shown)).encode()).digest()
    body = kept.get(key) if shown.freshness.settled_build is not None else None
    if body is None:
        body = to_json(summary_body(summary(database, org_id, span=span, group_by=group_by, only=only, sort=sort)))
        if shown.freshness.settled_build is not None and shown == _shown(database, org_id, has_names=has_names):
            kept.keep(key, body)
    return Response(body, media_type="application/json")


def _shown(database: Database, org_id: int, *, has_names: bool) -> _Shown:
    with database.tenant(org_id) as connection:
        return _Shown(read_freshness(connection), read_names(connection) if has_names else None)
