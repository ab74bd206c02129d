"""OpenRouter's costs: GET activity -> what each completed UTC day cost, in US dollars.

Source: openrouter 1.3.84, components/activityitem.py. `usage` is what OpenRouter took from the credits; what went
through the organization's own keys is billed by their provider, and stands in `byok_usage_inference`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.clock import floor_to_day
from ingestion.providers.conversation import Conversation
from ingestion.providers.day_costs import MICROS, Amount, CostLine, costs_of_days
from ingestion.providers.day_totals import DAY
from ingestion.providers.openrouter_page import ActivityAnswer, UtcTime
from ingestion.providers.page import Origin, ProviderModel, read
from ingestion.usage_row import DayCost, UsageWindow

ORIGIN = Origin("OpenRouter", "activity")

_KEPT = timedelta(days=30)


class CostRow(ProviderModel):
    date: UtcTime
    usage: Amount
    byok_usage_inference: Amount


async def openrouter_costs(conversation: Conversation, window: UsageWindow, *, now: datetime) -> Sequence[DayCost]:
    """The days of the window among the last 30 completed ones; others are left out: an empty answer says nothing of
    them. Raises the errors of the protocol.
    """
    today = floor_to_day(now)
    start, end = max(window.start, today - _KEPT), min(window.end, today)
    if start >= end:
        return []
    kept = UsageWindow(start, end)
    lines: list[CostLine] = []
    for number in range((end - start) // DAY):  # one by one: no answer then grows with the window and is cut unseen
        question = [("date", (start + DAY * number).date().isoformat())]
        answer = read(ActivityAnswer, await conversation.get(ORIGIN.endpoint, question, exact=True), origin=ORIGIN)
        for payload in answer.data:
            row = read(CostRow, payload, origin=ORIGIN)
            cost = row.usage + row.byok_usage_inference
            lines.append(CostLine(row.date, "USD", cost * MICROS, is_for_tokens=True))
    return costs_of_days(lines, kept, origin=ORIGIN)
