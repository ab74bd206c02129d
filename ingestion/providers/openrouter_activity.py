"""OpenRouter's daily activity: GET activity?group_by=workspace, the last 30 completed UTC days. No pages, no keys."""

from collections.abc import Iterator
from datetime import timedelta

from ingestion.providers.conversation import Conversation
from ingestion.providers.openrouter_page import ACTIVITY, ActivityAnswer, ActivityRow, ActivityWorkspace, counters
from ingestion.providers.page import Origin, read, rows_within
from ingestion.usage_row import FetchedWindow, UsageRow, UsageWindow

_ORIGIN = Origin("OpenRouter", "activity")
_BY_WORKSPACE = ("group_by", "workspace")
_DAY = timedelta(days=1)


async def fetch_activity(conversation: Conversation, window: UsageWindow) -> FetchedWindow:
    """The rows of whole UTC days, asked for one by one: no answer then grows with the window and is cut unseen."""
    rows: list[UsageRow] = []
    days = [window.start + _DAY * number for number in range((window.end - window.start) // _DAY)]
    for day in days:
        answer = await conversation.get(_ORIGIN.endpoint, [("date", day.date().isoformat()), _BY_WORKSPACE])
        rows += _rows(read(ActivityAnswer, answer, origin=_ORIGIN))
    return FetchedWindow(rows=rows_within(rows, window, origin=_ORIGIN), pages=len(days))


async def active_workspaces(conversation: Conversation) -> set[str]:
    """The ids of all workspaces with activity in the last 30 completed days."""
    answer = read(ActivityAnswer, await conversation.get(_ORIGIN.endpoint, [_BY_WORKSPACE]), origin=_ORIGIN)
    ids = {read(ActivityWorkspace, payload, origin=_ORIGIN).workspace_id for payload in answer.data}
    return {workspace for workspace in ids if workspace is not None}


def _rows(answer: ActivityAnswer) -> Iterator[UsageRow]:
    for payload in answer.data:
        row = read(ActivityRow, payload, origin=_ORIGIN)
        yield UsageRow(
            stream=ACTIVITY,
            bucket_started_at=row.date,
            bucket_ended_at=row.date + _DAY,
            dimensions={
                "model": row.model,
                "model_permaslug": row.model_permaslug,
                "endpoint_id": row.endpoint_id,
                "workspace": row.workspace_id,
            },
            model=row.model,
            upstream=row.provider_name,
            provider_project_id=row.workspace_id,
            api_key_id=None,
            service_tier=None,
            inference_geo=None,
            is_batch=None,
            counters=counters(
                prompt=row.prompt_tokens,
                cached=row.cached_tokens,
                completion=row.completion_tokens,
                requests=row.requests,
                reasoning=row.reasoning_tokens,
            ),
            payload=payload,
        )
