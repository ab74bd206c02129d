"""OpenAI's organization usage API: hourly completions and embeddings, read with an admin key.

GET organization/usage/{completions,embeddings} -> pages of buckets (openai_page.py) -> FetchedWindow. A range that
starts before what OpenAI keeps is read from where OpenAI's history begins.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import SecretStr

from core.clock import floor_to_day
from core.errors import PermanentError
from core.http_client import HttpClient
from core.rate_limiter import RateLimiter
from ingestion.providers.conversation import Conversation, Line
from ingestion.providers.day_totals import require_days, totals_of_days
from ingestion.providers.openai_costs import openai_costs
from ingestion.providers.openai_page import COMPLETIONS, EMBEDDINGS, GROUP_BY, OpenAIPage, usage_rows
from ingestion.providers.openai_refusal import LookbackExceededError, openai_refusal
from ingestion.providers.page import Json, Origin, ProviderModel, all_pages, read, rows_within
from ingestion.providers.stream_table import Reach, StreamTable
from ingestion.usage_row import (
    AccountIdentity,
    BucketWidth,
    Counters,
    DayCost,
    DayTotals,
    FetchedWindow,
    ProviderName,
    StreamKind,
    UsageWindow,
)

_NAME = "OpenAI"
_REACH = Reach(back=timedelta(days=365), at_once=timedelta(days=31))  # "available for the past year"; 744 h: 5 pages
_LOOKBACKS = tuple(timedelta(days=days) for days in (365, 180, 90, 30, 7))  # tried in turn if OpenAI names no date
_IDENTITY_SPAN = timedelta(days=30)


class _Project(ProviderModel):
    id: str


class _Projects(ProviderModel):
    data: list[_Project]


class OpenAIUsage(StreamTable):
    """Reads one OpenAI organization with each key. See UsageProvider for what the methods promise."""

    name = ProviderName.OPENAI

    def __init__(self, base_url: str, *, http: HttpClient) -> None:
        super().__init__(
            choices={"organization": (COMPLETIONS, EMBEDDINGS)}, reach={COMPLETIONS: _REACH, EMBEDDINGS: _REACH}
        )
        self._line = Line(
            provider=_NAME,
            base_url=base_url,
            http=http,
            # No limit is published, and 429 tells: this only keeps a long backfill polite.
            limiter=RateLimiter(starts=300, per=timedelta(minutes=1)),
            secret_headers=lambda key: {"Authorization": SecretStr(f"Bearer {key.get_secret_value()}")},
            refusal=openai_refusal,
        )

    async def identify(self, key: SecretStr, *, usage_endpoint: str, now: datetime) -> AccountIdentity:
        """The ids of the organization's projects and of the projects and keys used in 30 days: no answer names it."""
        start = floor_to_day(now - _IDENTITY_SPAN)
        identifiers: set[tuple[str, str]] = set()
        async with self._line.open(key, now=now) as conversation:
            for stream in self.streams(usage_endpoint):
                params = [("start_time", _epoch(start)), ("bucket_width", "1d"), ("limit", "31"), *_group_by(stream)]
                page = read(OpenAIPage, await conversation.get(_path(stream), params), origin=_origin(stream))
                for row in usage_rows(stream, page, origin=_origin(stream)):
                    identifiers |= {("project", row.provider_project_id or ""), ("api_key", row.api_key_id or "")}
            identifiers |= await _projects(conversation)
        return AccountIdentity(external_id=None, identifiers=frozenset(pair for pair in identifiers if pair[1]))

    async def fetch(self, key: SecretStr, *, stream: StreamKind, window: UsageWindow, now: datetime) -> FetchedWindow:
        self.require_readable(stream, window)
        async with self._line.open(key, now=now) as conversation:
            kept: UsageWindow | None = window
            while kept is not None:
                try:
                    pages = await _pages(
                        conversation, stream, kept, width=stream.bucket_width, limit=168, group_by=_group_by(stream)
                    )
                except LookbackExceededError as error:
                    kept = _later_part(kept, earliest=error.earliest, now=now, origin=_origin(stream))
                else:
                    rows = (row for page in pages for row in usage_rows(stream, page, origin=_origin(stream)))
                    return FetchedWindow(
                        rows=rows_within(rows, kept, origin=_origin(stream)),
                        pages=len(pages),
                        clamped_to=None if kept == window else kept,
                    )
        return FetchedWindow(rows=(), pages=0, provider_has_none=True)

    async def day_totals(
        self, key: SecretStr, *, usage_endpoint: str, window: UsageWindow, now: datetime
    ) -> Sequence[DayTotals]:
        require_days(window)
        buckets: list[tuple[datetime, Counters]] = []
        async with self._line.open(key, now=now) as conversation:
            for stream in self.streams(usage_endpoint):
                for page in await _pages(conversation, stream, window, width="1d", limit=31, group_by=()):
                    rows = usage_rows(stream, page, origin=_origin(stream))
                    buckets += [(row.bucket_started_at, row.counters) for row in rows]
        nothing = Counters(0, 0, 0, 0, 0, requests=0)
        return totals_of_days(buckets, window, nothing=nothing, origin=_origin(COMPLETIONS))

    async def day_costs(self, key: SecretStr, *, window: UsageWindow, now: datetime) -> Sequence[DayCost]:
        require_days(window)
        async with self._line.open(key, now=now) as conversation:
            return await openai_costs(conversation, window)


async def _pages(
    conversation: Conversation,
    stream: StreamKind,
    window: UsageWindow,
    *,
    width: BucketWidth,
    limit: int,
    group_by: Sequence[tuple[str, str]],
) -> list[OpenAIPage]:
    origin = _origin(stream)
    question = [
        ("start_time", _epoch(window.start)),
        ("end_time", _epoch(window.end)),
        ("bucket_width", width),
        ("limit", str(limit)),
        *group_by,
    ]

    async def ask(cursor: str | None) -> OpenAIPage:
        params = question if cursor is None else [*question, ("page", cursor)]
        return read(OpenAIPage, await conversation.get(_path(stream), params), origin=origin)

    return await all_pages(ask, origin=origin)


def _later_part(
    refused: UsageWindow, *, earliest: datetime | None, now: datetime, origin: Origin
) -> UsageWindow | None:
    """What to ask for next after a refusal as too old; None if all of the window is.

    The next start is the date that OpenAI names, else the first of the usual look-backs that is later.
    """
    named = () if earliest is None else (earliest,)
    for start in (*named, *(floor_to_day(now - lookback) for lookback in _LOOKBACKS)):
        if start > refused.start:
            return UsageWindow(start, refused.end) if start < refused.end else None
    raise origin.unreadable("start_time", "is refused as too old though it is within the last 7 days")


async def _projects(conversation: Conversation) -> set[tuple[str, str]]:
    """The first projects of the organization: they recognise an account that has no usage yet.

    An admin key that is restricted to usage may not list them; it is a good key all the same.
    """
    try:
        answer: Json = await conversation.get("organization/projects", [("limit", "100")])
        projects = read(_Projects, answer, origin=Origin(_NAME, "organization/projects"))
    except PermanentError:
        return set()
    return {("project", project.id) for project in projects.data}


def _path(stream: StreamKind) -> str:
    return f"organization/usage/{stream.endpoint}"


def _origin(stream: StreamKind) -> Origin:
    return Origin(_NAME, _path(stream))


def _group_by(stream: StreamKind) -> list[tuple[str, str]]:
    return [("group_by[]", dimension) for dimension in GROUP_BY[stream]]


def _epoch(instant: datetime) -> str:
    return str(int(instant.timestamp()))
