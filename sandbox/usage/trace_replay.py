"""A trace of real requests, replayed as one account's usage.

A trace is JSON lines {timestamp (ms), input_length, output_length (tokens), hash_ids (512-token blocks of the prompt)}.

- Time: an event happens at starts_at + timestamp * stretch // (last timestamp + 1), all in whole milliseconds, so the
  first event is at starts_at and the last lies strictly inside the stretched span.
- Cached tokens: the run of already-seen block ids from the prompt's start, times 512, at most the prompt's length.
- Cache writes: the whole 512-token blocks of the prompt after that run, where the provider reports writes (OpenAI,
  Anthropic). The rest of the prompt is uncached; at OpenRouter all of it.
- Identity: project, key and model are picked by a hash of the request's first block id that not every request of the
  trace shares (a system prompt common to all would else put everything into one project); if it has no other, of its
  first block id.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import takewhile
from operator import attrgetter
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError

from sandbox.usage.config import AccountConfig, ConfigError, TraceUsage
from sandbox.usage.identities import Identities, pick
from sandbox.usage.records import HOUR_MS, Counts, Labels, Usage
from sandbox.usage.upstreams import upstreams_of

BLOCK_TOKENS = 512
FAMILIES = {"openai": "completions", "anthropic": "messages", "openrouter": "generations"}


class TraceRequest(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    timestamp: NonNegativeInt
    input_length: NonNegativeInt
    output_length: NonNegativeInt
    hash_ids: list[int] = Field(min_length=1)


class TraceSource:
    """All events of a trace, in memory, by instant."""

    def __init__(self, usages: list[Usage]) -> None:
        self._usages = sorted(usages, key=attrgetter("started_ms"))
        self._instants = [usage.started_ms for usage in self._usages]

    def between(self, start_ms: int, end_ms: int) -> list[Usage]:
        return self._usages[bisect_left(self._instants, start_ms) : bisect_left(self._instants, end_ms)]


def read_trace(path: Path) -> list[TraceRequest]:
    """The requests of a trace in its order. Raises ConfigError, naming the line, if it cannot be read as one."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"cannot read the trace {path}: {reason}") from error
    requests = []
    for number, line in enumerate(lines, start=1):
        try:
            requests.append(TraceRequest.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "the line"
            raise ConfigError(f"cannot read the trace {path}: line {number}, {place}: {first['msg']}") from error
    if not requests:
        raise ConfigError(f"cannot read the trace {path}: it has no requests")
    return requests


def replay(requests: list[TraceRequest], account: AccountConfig, span: TraceUsage) -> TraceSource:
    names = Identities(account.provider, account.organization_id)
    subjects = identity_blocks(requests)
    starts_ms = int(span.starts_at.timestamp() * 1000)
    stretch_ms = span.stretch_hours * HOUR_MS
    trace_ms = max(request.timestamp for request in requests) + 1
    usages = []
    for number, (request, cached, subject) in enumerate(
        zip(requests, cached_tokens(requests), subjects, strict=True),
    ):
        labels = _labels(account, names, subject)
        byok = account.provider == "openrouter" and pick(number, "byok", 100) < account.byok_percent
        counts = _counts(account, request, cached, writes_long=pick(subject, "retention", 4) == 0, is_byok=byok)
        instant = starts_ms + request.timestamp * stretch_ms // trace_ms
        usages.append(Usage(instant, 0, labels, counts, pick(number, "lot", 100)))
    return TraceSource(usages)


def cached_tokens(requests: list[TraceRequest]) -> Iterator[int]:
    """For each request in turn: its prompt tokens that a prefix cache which never forgets would have had."""
    seen: set[int] = set()
    for request in requests:
        run = sum(1 for _ in takewhile(seen.__contains__, request.hash_ids))
        seen.update(request.hash_ids)
        yield min(run * BLOCK_TOKENS, request.input_length)


def identity_blocks(requests: list[TraceRequest]) -> list[int]:
    """For each request the block id that stands for who sent it (see the module's text)."""
    shared = set(requests[0].hash_ids).intersection(*(request.hash_ids for request in requests))
    return [next((block for block in r.hash_ids if block not in shared), r.hash_ids[0]) for r in requests]


def _labels(account: AccountConfig, names: Identities, subject: int) -> Labels:
    extra = 1 if account.null_dimensions else 0
    project = pick(subject, "project", account.projects + extra)
    key = pick(subject, "api_key", account.api_keys + extra)
    model = account.model_names[pick(subject, "model", len(account.model_names))]
    upstreams = upstreams_of(model)
    is_batch = pick(subject, "batch", 8) == 0
    return Labels(
        family=FAMILIES[account.provider],
        project=names.project(project) if project < account.projects else None,
        api_key=names.api_key(project, key) if project < account.projects and key < account.api_keys else None,
        model=model,
        service_tier="default" if account.provider == "openai" else "batch" if is_batch else "standard",
        is_batch=is_batch,
        inference_geo=("us", "global", "not_available")[pick(subject, "geo", 3)],
        upstream=upstreams[pick(subject, "upstream", len(upstreams))],
    )


def _counts(account: AccountConfig, request: TraceRequest, cached: int, *, writes_long: bool, is_byok: bool) -> Counts:
    written = 0
    if account.provider != "openrouter":
        written = max(0, request.input_length // BLOCK_TOKENS * BLOCK_TOKENS - cached)
    return Counts(
        uncached_input=request.input_length - cached - written,
        cache_read=cached,
        cache_write_short=0 if writes_long else written,
        cache_write_long=written if writes_long else 0,
        output=request.output_length,
        requests=1,
        reasoning=request.output_length // 4,
        byok_requests=int(is_byok),
    )
