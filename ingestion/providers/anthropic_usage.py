"""Anthropic's usage APIs: hourly token usage of an organization, read with an Admin API key.

The choice "messages" reads GET v1/organizations/usage_report/messages (legacy, supported), "analytics" the beta
GET v1/organizations/analytics/usage, which counts requests too. Both count the same usage: one is in force at a time.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from core.clock import floor_to_day, floor_to_hour
from core.errors import PermanentError
from core.http_client import HttpClient
from core.rate_limiter import RateLimiter
from ingestion.providers.anthropic_costs import anthropic_costs
from ingestion.providers.anthropic_page import (
    ANALYTICS,
    GROUP_BY,
    MESSAGES,
    AnalyticsPage,
    MessagesPage,
    analytics_rows,
    messages_rows,
)
from ingestion.providers.anthropic_refusal import anthropic_refusal
from ingestion.providers.conversation import Conversation, Line
from ingestion.providers.day_totals import require_days, totals_of_days
from ingestion.providers.page import Origin, ProviderModel, all_pages, read, rows_within
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
    UsageRow,
    UsageWindow,
)

_NAME = "Anthropic"
_VERSION = "2023-06-01"
_BETA = "analytics-usage-cost-2026-08-24"
_MESSAGES_ORIGIN = Origin(_NAME, "v1/organizations/usage_report/messages")
_ANALYTICS_ORIGIN = Origin(_NAME, "v1/organizations/analytics/usage")
_ME_ORIGIN = Origin(_NAME, "v1/organizations/me")
_IDENTITY_SPAN = timedelta(days=30)
_MONTH = timedelta(days=31)  # the longest range of analytics; 744 buckets, five pages, of the report

_REACH: Mapping[StreamKind, Reach] = {
    MESSAGES: Reach(back=timedelta(days=365), at_once=_MONTH),  # no bound is documented; a year is what the others keep
    # "Within the last 365 days": a midnight 365 days back is already further away than that.
    ANALYTICS: Reach(back=timedelta(days=364), at_once=_MONTH, first_day=datetime(2026, 1, 1, tzinfo=UTC)),
}


class _Organization(ProviderModel):
    id: str


class AnthropicUsage(StreamTable):
    """Reads one Anthropic organization with each key. See UsageProvider for what the methods promise."""

    name = ProviderName.ANTHROPIC

    def __init__(self, base_url: str, *, http: HttpClient) -> None:
        super().__init__(choices={"messages": (MESSAGES,), "analytics": (ANALYTICS,)}, reach=_REACH)
        self._line = Line(
            provider=_NAME,
            base_url=base_url,
            http=http,
            # "Sustained polling once per minute is supported, bursts while paging are fine"; no number is published.
            limiter=RateLimiter(starts=300, per=timedelta(minutes=1)),
            secret_headers=lambda key: {"x-api-key": key},
            headers={"anthropic-version": _VERSION},
            refusal=anthropic_refusal,
        )

    async def identify(self, key: SecretStr, *, usage_endpoint: str, now: datetime) -> AccountIdentity:
        """The organization's id, and the workspaces and keys used in 30 days."""
        month = UsageWindow(floor_to_day(now - _IDENTITY_SPAN), floor_to_hour(now))
        identifiers: set[tuple[str, str]] = set()
        async with self._line.open(key, now=now) as conversation:
            for stream in self.streams(usage_endpoint):
                for row in await _first_rows(conversation, stream, month):
                    identifiers |= {("project", row.provider_project_id or ""), ("api_key", row.api_key_id or "")}
            external_id = await _organization_id(conversation)
        return AccountIdentity(external_id, frozenset(pair for pair in identifiers if pair[1]))

    async def fetch(self, key: SecretStr, *, stream: StreamKind, window: UsageWindow, now: datetime) -> FetchedWindow:
        self.require_readable(stream, window)
        async with self._line.open(key, now=now) as conversation:
            if stream == MESSAGES:
                return await _fetch_messages(conversation, window)
            return await _fetch_analytics(conversation, window)

    async def day_totals(
        self, key: SecretStr, *, usage_endpoint: str, window: UsageWindow, now: datetime
    ) -> Sequence[DayTotals]:
        require_days(window)
        async with self._line.open(key, now=now) as conversation:
            if MESSAGES in self.streams(usage_endpoint):
                reports = await _report_pages(conversation, window, width="1d", limit=31, group_by=())
                rows = [row for page in reports for row in messages_rows(page, origin=_MESSAGES_ORIGIN)]
                origin, requests = _MESSAGES_ORIGIN, None
            else:
                analytics = await _usage_pages(conversation, window, width="1d", group_by=())
                rows = [row for page in analytics for row in analytics_rows(page, origin=_ANALYTICS_ORIGIN)]
                origin, requests = _ANALYTICS_ORIGIN, 0
        buckets = [(row.bucket_started_at, row.counters) for row in rows]
        return totals_of_days(buckets, window, nothing=Counters(0, 0, 0, 0, 0, requests), origin=origin)

    async def day_costs(self, key: SecretStr, *, window: UsageWindow, now: datetime) -> Sequence[DayCost]:
        require_days(window)
        async with self._line.open(key, now=now) as conversation:
            return await anthropic_costs(conversation, window)


async def _fetch_messages(conversation: Conversation, window: UsageWindow) -> FetchedWindow:
    pages = await _report_pages(conversation, window, width="1h", limit=168, group_by=GROUP_BY)
    rows = (row for page in pages for row in messages_rows(page, origin=_MESSAGES_ORIGIN))
    return FetchedWindow(rows=rows_within(rows, window, origin=_MESSAGES_ORIGIN), pages=len(pages))


async def _fetch_analytics(conversation: Conversation, window: UsageWindow) -> FetchedWindow:
    pages = await _usage_pages(conversation, window, width="1h", group_by=GROUP_BY)
    rows = (row for page in pages for row in analytics_rows(page, origin=_ANALYTICS_ORIGIN))
    refreshed = [page.data_refreshed_at for page in pages if page.data_refreshed_at is not None]
    return FetchedWindow(
        rows=rows_within(rows, window, origin=_ANALYTICS_ORIGIN),
        pages=len(pages),
        counted_through=min(refreshed, default=None),
    )


async def _report_pages(
    conversation: Conversation, window: UsageWindow, *, width: BucketWidth, limit: int, group_by: Sequence[str]
) -> list[MessagesPage]:
    async def ask(cursor: str | None) -> MessagesPage:
        return await _messages_page(conversation, window, width=width, limit=limit, group_by=group_by, cursor=cursor)

    return await all_pages(ask, origin=_MESSAGES_ORIGIN)


async def _usage_pages(
    conversation: Conversation, window: UsageWindow, *, width: BucketWidth, group_by: Sequence[str]
) -> list[AnalyticsPage]:
    async def ask(cursor: str | None) -> AnalyticsPage:
        return await _analytics_page(conversation, window, width=width, group_by=group_by, cursor=cursor)

    return await all_pages(ask, origin=_ANALYTICS_ORIGIN)


async def _first_rows(conversation: Conversation, stream: StreamKind, window: UsageWindow) -> Iterable[UsageRow]:
    """What the first page of daily buckets holds: enough to prove that the key reads, and to see ids in use."""
    if stream == MESSAGES:
        report = await _messages_page(conversation, window, width="1d", limit=31, group_by=GROUP_BY)
        return messages_rows(report, origin=_MESSAGES_ORIGIN)
    analytics = await _analytics_page(conversation, window, width="1d", group_by=GROUP_BY)
    return analytics_rows(analytics, origin=_ANALYTICS_ORIGIN)


async def _messages_page(
    conversation: Conversation,
    window: UsageWindow,
    *,
    width: BucketWidth,
    limit: int,
    group_by: Sequence[str],
    cursor: str | None = None,
) -> MessagesPage:
    params = [("bucket_width", width), ("limit", str(limit)), *_question(window, group_by, cursor)]
    return read(MessagesPage, await conversation.get(_MESSAGES_ORIGIN.endpoint, params), origin=_MESSAGES_ORIGIN)


async def _analytics_page(
    conversation: Conversation,
    window: UsageWindow,
    *,
    width: BucketWidth,
    group_by: Sequence[str],
    cursor: str | None = None,
) -> AnalyticsPage:
    # The default order ranks by tokens, newest first, and so moves while pages are read.
    params = [
        ("time_bucket_width", width),
        ("limit", "1000"),
        ("order_by", "time"),
        ("order", "asc"),
        *_question(window, group_by, cursor),
    ]
    answer = await conversation.get(_ANALYTICS_ORIGIN.endpoint, params, headers={"anthropic-beta": _BETA})
    return read(AnalyticsPage, answer, origin=_ANALYTICS_ORIGIN)


def _question(window: UsageWindow, group_by: Sequence[str], cursor: str | None) -> list[tuple[str, str]]:
    question = [("starting_at", _rfc3339(window.start)), ("ending_at", _rfc3339(window.end))]
    question += [("group_by[]", dimension) for dimension in group_by]
    return question if cursor is None else [*question, ("page", cursor)]


def _rfc3339(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _organization_id(conversation: Conversation) -> str | None:
    """The organization that the key belongs to; None where the key may read usage but not this."""
    try:
        return read(_Organization, await conversation.get(_ME_ORIGIN.endpoint), origin=_ME_ORIGIN).id
    except PermanentError:
        return None
