"""OpenRouter's usage: hourly analytics, or the daily activity as a fallback, read with a management key.

"analytics": POST analytics/query once for each workspace and once unfiltered; what no workspace accounts for is kept
with workspace null (openrouter_remainder.py). "activity": GET activity for each completed day. Both count the same
usage: one is in force at a time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import SecretStr

from core.clock import floor_to_hour
from core.errors import PermanentError
from core.http_client import HttpClient
from core.rate_limiter import RateLimiter
from ingestion.providers.conversation import Conversation, Line
from ingestion.providers.day_totals import require_days, totals_of_days
from ingestion.providers.openrouter_activity import active_workspaces, fetch_activity
from ingestion.providers.openrouter_costs import openrouter_costs
from ingestion.providers.openrouter_page import (
    ACTIVITY,
    ANALYTICS,
    KeyAnswer,
    WorkspacesAnswer,
    counters,
)
from ingestion.providers.openrouter_query import ORIGIN as ANALYTICS_ORIGIN
from ingestion.providers.openrouter_query import AnalyticsQuery
from ingestion.providers.openrouter_refusal import openrouter_refusal, wrong_key_kind
from ingestion.providers.openrouter_remainder import Cell, Share, Tally, divide, tally_of
from ingestion.providers.page import Origin, read, rows_within
from ingestion.providers.stream_table import Reach, StreamTable
from ingestion.usage_row import (
    AccountIdentity,
    Counters,
    DayCost,
    DayTotals,
    FetchedWindow,
    ProviderName,
    StreamKind,
    UsageRow,
    UsageWindow,
)

_NAME = "OpenRouter"
_KEY_ORIGIN = Origin(_NAME, "key")
_WORKSPACES_ORIGIN = Origin(_NAME, "workspaces")
_WORKSPACES_AT_ONCE = 100

_REACH: Mapping[StreamKind, Reach] = {
    # The provider dimension is kept for 31 days: counted from now, so the midnight 31 days back is already too far.
    ANALYTICS: Reach(back=timedelta(days=30), at_once=timedelta(days=31)),
    ACTIVITY: Reach(back=timedelta(days=30), at_once=timedelta(days=31)),
}


class OpenRouterUsage(StreamTable):
    """Reads one OpenRouter account with each key. See UsageProvider for what the methods promise."""

    name = ProviderName.OPENROUTER

    def __init__(self, base_url: str, *, http: HttpClient) -> None:
        super().__init__(choices={"analytics": (ANALYTICS,), "activity": (ACTIVITY,)}, reach=_REACH)
        self._line = Line(
            provider=_NAME,
            base_url=base_url,
            http=http,
            # 64 queries a minute are allowed; a few are left to the owner's own tools.
            limiter=RateLimiter(starts=60, per=timedelta(minutes=1)),
            secret_headers=lambda key: {"Authorization": SecretStr(f"Bearer {key.get_secret_value()}")},
            refusal=openrouter_refusal,
        )

    async def identify(self, key: SecretStr, *, usage_endpoint: str, now: datetime) -> AccountIdentity:
        """The organization's id, else the owner's (an individual account), and the workspaces of 30 days."""
        async with self._line.open(key, now=now) as conversation:
            about = read(KeyAnswer, await conversation.get("key"), origin=_KEY_ORIGIN).data
            if not about.is_management_key:
                raise wrong_key_kind()
            workspaces = await _workspaces(conversation)
            if ANALYTICS in self.streams(usage_endpoint):
                last_hour = UsageWindow(floor_to_hour(now) - timedelta(hours=1), floor_to_hour(now))
                await AnalyticsQuery(conversation).cells(last_hour, workspace=None)
        if about.workspace_id is not None:
            workspaces.add(about.workspace_id)
        # creator_user_id is the account only where no organization owns the key; else it is whoever made the key.
        return AccountIdentity(
            external_id=about.organization_id or about.creator_user_id,
            identifiers=frozenset(("project", workspace) for workspace in workspaces),
        )

    async def fetch(self, key: SecretStr, *, stream: StreamKind, window: UsageWindow, now: datetime) -> FetchedWindow:
        self.require_readable(stream, window)
        async with self._line.open(key, now=now) as conversation:
            if stream == ANALYTICS:
                return await _fetch_analytics(conversation, window)
            return await fetch_activity(conversation, window)

    async def day_totals(
        self,
        key: SecretStr,
        *,
        usage_endpoint: str,  # noqa: ARG002 - the protocol's; one question serves both
        window: UsageWindow,
        now: datetime,
    ) -> Sequence[DayTotals]:
        """By analytics, whichever endpoint usage is read by: the daily activity has no coarser answer of its own."""
        require_days(window)
        async with self._line.open(key, now=now) as conversation:
            days = await AnalyticsQuery(conversation).days(window)
        buckets = [(day.date__day, _counters(tally_of(day))) for day in days]
        nothing = Counters(0, 0, None, None, 0, requests=0)
        return totals_of_days(buckets, window, nothing=nothing, origin=ANALYTICS_ORIGIN)

    async def day_costs(self, key: SecretStr, *, window: UsageWindow, now: datetime) -> Sequence[DayCost]:
        require_days(window)
        async with self._line.open(key, now=now) as conversation:
            return await openrouter_costs(conversation, window, now=now)


async def _fetch_analytics(conversation: Conversation, window: UsageWindow) -> FetchedWindow:
    query = AnalyticsQuery(conversation)
    workspaces = {
        workspace: await query.cells(window, workspace=workspace)
        for workspace in sorted(await _workspaces(conversation))
    }
    # The whole is asked for last: usage that arrives meanwhile is then left over, and not a contradiction.
    whole = await query.cells(window, workspace=None)
    divided, contradictions = divide(whole, workspaces)
    warnings = set(query.warnings)
    if contradictions:
        warnings.add(
            "OpenRouter's workspaces add up to more than its total for the same hour and model; the total was counted."
        )
    rows = (_analytics_row(cell, share) for cell, shares in divided.items() for share in shares)
    return FetchedWindow(
        rows=rows_within(rows, window, origin=ANALYTICS_ORIGIN), pages=query.answers, warnings=tuple(sorted(warnings))
    )


def _analytics_row(cell: Cell, share: Share) -> UsageRow:
    return UsageRow(
        stream=ANALYTICS,
        bucket_started_at=cell.hour,
        bucket_ended_at=cell.hour + timedelta(hours=1),
        dimensions={"model": cell.model, "provider": cell.upstream, "workspace": share.workspace},
        model=cell.model,
        upstream=cell.upstream,
        provider_project_id=share.workspace,
        api_key_id=None,
        service_tier=None,
        inference_geo=None,
        is_batch=None,
        counters=_counters(share.tally),
        payload=share.payload,
    )


def _counters(tally: Tally) -> Counters:
    return counters(
        prompt=tally.prompt,
        cached=tally.cached,
        completion=tally.completion,
        requests=tally.requests,
        reasoning=tally.reasoning,
        byok_requests=tally.byok_requests,
    )


async def _workspaces(conversation: Conversation) -> set[str]:
    """The workspaces with activity in the last 30 completed days, deleted ones too, and those that there are today."""
    return await active_workspaces(conversation) | await _listed_workspaces(conversation)


async def _listed_workspaces(conversation: Conversation) -> set[str]:
    """All workspaces by their list; none where the key may not read it: activity then names them a day later."""
    listed: set[str] = set()
    while True:
        question = [("offset", str(len(listed))), ("limit", str(_WORKSPACES_AT_ONCE))]
        try:
            answer = await conversation.get(_WORKSPACES_ORIGIN.endpoint, question)
            page = {workspace.id for workspace in read(WorkspacesAnswer, answer, origin=_WORKSPACES_ORIGIN).data}
        except PermanentError:
            return set()
        if page <= listed:
            return listed
        listed |= page
        if len(page) < _WORKSPACES_AT_ONCE:
            return listed
