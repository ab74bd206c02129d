"""OpenAI's costs: GET organization/costs -> what each UTC day cost, by line item.

Source: openai 3.54.0, types/admin/organization/usage_costs_response.py. `amount.value` comes as a number or as text
(foxdalas/openai-exporter issue 26), and `next_page` may lead past the last page that holds anything.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal

from ingestion.providers.conversation import Conversation
from ingestion.providers.day_costs import MICROS, Amount, CostLine, costs_of_days
from ingestion.providers.openai_page import OpenAIPage
from ingestion.providers.page import Origin, ProviderModel, all_pages, read
from ingestion.usage_row import DayCost, UsageWindow

ORIGIN = Origin("OpenAI", "organization/costs")


class CostAmount(ProviderModel):
    value: Amount
    currency: str


class CostResult(ProviderModel):
    object: Literal["organization.costs.result"]
    amount: CostAmount
    line_item: str | None
    quantity_unit: str | None = None  # younger than the rest of the row


async def openai_costs(conversation: Conversation, window: UsageWindow) -> Sequence[DayCost]:
    """The days of the window. Raises the errors of the protocol."""
    question = [
        ("start_time", str(int(window.start.timestamp()))),
        ("end_time", str(int(window.end.timestamp()))),
        ("bucket_width", "1d"),
        ("limit", "31"),
        ("group_by[]", "line_item"),
    ]

    async def ask(cursor: str | None) -> OpenAIPage:
        params = question if cursor is None else [*question, ("page", cursor)]
        return read(OpenAIPage, await conversation.get(ORIGIN.endpoint, params, exact=True), origin=ORIGIN)

    pages = await all_pages(ask, origin=ORIGIN, is_over=lambda page: not page.data)
    return costs_of_days((line for page in pages for line in _lines(page)), window, origin=ORIGIN)


def _lines(page: OpenAIPage) -> Iterator[CostLine]:
    for bucket in page.data:
        for payload in bucket.results:
            result = read(CostResult, payload, origin=ORIGIN)
            yield CostLine(
                started_at=datetime.fromtimestamp(bucket.start_time, UTC),
                currency=result.amount.currency,
                micros=result.amount.value * MICROS,
                is_for_tokens=result.quantity_unit in {None, "tokens"},
            )
