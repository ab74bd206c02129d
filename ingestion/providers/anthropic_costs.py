"""Anthropic's costs: GET v1/organizations/cost_report -> what each UTC day cost, by description.

Source: https://platform.claude.com/docs/en/manage-claude/usage-cost-api: amounts are decimal text in cents, and days
the only width. It serves whichever endpoint usage is read by. Usage of the Priority Tier is not in it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC

from ingestion.providers.anthropic_page import MessagesPage
from ingestion.providers.conversation import Conversation
from ingestion.providers.day_costs import MICROS_OF_A_CENT, Amount, CostLine, costs_of_days
from ingestion.providers.page import Origin, ProviderModel, all_pages, read
from ingestion.usage_row import DayCost, UsageWindow

ORIGIN = Origin("Anthropic", "v1/organizations/cost_report")


class CostResult(ProviderModel):
    amount: Amount
    currency: str
    cost_type: str | None


async def anthropic_costs(conversation: Conversation, window: UsageWindow) -> Sequence[DayCost]:
    """The days of the window. Raises the errors of the protocol."""
    question = [
        ("starting_at", window.start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("ending_at", window.end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("bucket_width", "1d"),
        ("limit", "31"),
        ("group_by[]", "description"),
    ]

    async def ask(cursor: str | None) -> MessagesPage:
        params = question if cursor is None else [*question, ("page", cursor)]
        return read(MessagesPage, await conversation.get(ORIGIN.endpoint, params, exact=True), origin=ORIGIN)

    pages = await all_pages(ask, origin=ORIGIN, is_over=lambda page: not page.data)
    return costs_of_days((line for page in pages for line in _lines(page)), window, origin=ORIGIN)


def _lines(page: MessagesPage) -> Iterator[CostLine]:
    for bucket in page.data:
        for payload in bucket.results:
            result = read(CostResult, payload, origin=ORIGIN)
            yield CostLine(
                started_at=bucket.starting_at,
                currency=result.currency,
                micros=result.amount * MICROS_OF_A_CENT,
                is_for_tokens=result.cost_type in {None, "tokens"},
            )
