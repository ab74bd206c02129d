"""OpenRouter's analytics query: asked again for halves of its window until every answer is whole.

The API has no pages: an answer that was cut says `truncated`, one that takes too long is a 408. Both mean: ask less.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ingestion.providers.conversation import Conversation
from ingestion.providers.openrouter_page import DIMENSIONS, METRICS, AnalyticsAnswer, AnalyticsDay, AnalyticsRow
from ingestion.providers.openrouter_refusal import QueryTimedOutError
from ingestion.providers.openrouter_remainder import Cell, Share, tally_of
from ingestion.providers.page import Json, Origin, read
from ingestion.usage_row import UsageWindow

ORIGIN = Origin("OpenRouter", "analytics/query")

_HOUR = timedelta(hours=1)
_LIMIT = 10_000  # rows, the most that may be asked for


class AnalyticsQuery:
    """The queries of one fetch, with what they cost and what OpenRouter warned of."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self.answers = 0
        self.warnings: set[str] = set()

    async def cells(self, window: UsageWindow, *, workspace: str | None) -> dict[Cell, Share]:
        """The cells of a window, of one workspace or (None) of the account; UnreadableAnswerError if an hour is cut."""
        cells: dict[Cell, Share] = {}
        pieces = [window]
        while pieces:
            piece = pieces.pop()
            answer = await self._ask(piece, workspace)
            if answer is None:
                pieces += _halves(piece)
                continue
            for payload in answer.data.data:
                row = read(AnalyticsRow, payload, origin=ORIGIN)
                if not piece.start <= row.date__hour < piece.end:
                    continue  # an inclusive end would bring the next piece's first hour twice
                cell = Cell(row.date__hour, row.model, row.provider)
                if cell in cells:
                    raise ORIGIN.unreadable("data", "holds the same hour, model and provider twice")
                cells[cell] = Share(workspace, tally_of(row), payload)
        return cells

    async def days(self, window: UsageWindow) -> list[AnalyticsDay]:
        """The days of a window that had usage, the account as a whole: a month is 31 rows, so it is one answer."""
        body = await self._conversation.post(ORIGIN.endpoint, _question(window, None, by="day", dimensions=()))
        answer = read(AnalyticsAnswer, body, origin=ORIGIN)
        if answer.data.metadata.truncated:
            raise ORIGIN.unreadable("truncated", "is true for an answer of a row a day")
        return [read(AnalyticsDay, payload, origin=ORIGIN) for payload in answer.data.data]

    async def _ask(self, window: UsageWindow, workspace: str | None) -> AnalyticsAnswer | None:
        """The answer for a window, or None if it is too much for one answer and can be halved."""
        is_hour = window.end - window.start <= _HOUR
        try:
            body = await self._conversation.post(ORIGIN.endpoint, _question(window, workspace))
        except QueryTimedOutError:
            if is_hour:
                raise
            return None
        self.answers += 1
        answer = read(AnalyticsAnswer, body, origin=ORIGIN)
        if answer.data.metadata.truncated or len(answer.data.data) >= _LIMIT:
            if is_hour:
                raise ORIGIN.unreadable("truncated", "is true for a single hour")
            return None
        if answer.data.warnings:
            self.warnings.add("OpenRouter attached a warning to its answer: a filter of it may not have worked.")
        if answer.data.cachedAt is not None and answer.data.cachedAt < window.end:
            self.warnings.add("OpenRouter answered from a cache that is older than the end of the window.")
        return answer


def _halves(window: UsageWindow) -> tuple[UsageWindow, UsageWindow]:
    middle = window.start + (window.end - window.start) // _HOUR // 2 * _HOUR
    return UsageWindow(middle, window.end), UsageWindow(window.start, middle)  # the earlier is taken first


def _question(
    window: UsageWindow, workspace: str | None, *, by: str = "hour", dimensions: Sequence[str] = DIMENSIONS
) -> Json:
    question: Json = {
        "metrics": list(METRICS),
        "dimensions": list(dimensions),
        "granularity": by,
        "time_range": {"start": _with_seconds(window.start), "end": _with_seconds(window.end)},
        "limit": _LIMIT,
    }
    if workspace is not None:
        question["filters"] = [{"field": "workspace", "operator": "eq", "value": workspace}]
    return question


def _with_seconds(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
