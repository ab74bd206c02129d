"""Costs as an organization sees them: each connection's closed days by list price beside what the provider bills.

Information beside the comparison of tokens: money enters no figure of emissions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from core.database import Connection
from ingestion.usage_row import ProviderName
from warehouse.costs import DayCosts, SpanCosts, over_days, promised_days, read_costs

KNOWN_HOLES: Mapping[ProviderName, tuple[str, ...]] = {
    ProviderName.OPENAI: (
        "OpenAI tells costs by project and line item, not by key: only whole days are compared.",
        "Where OpenAI does not name an item's unit, images, audio and tools are part of its cost of tokens.",
    ),
    ProviderName.ANTHROPIC: (
        "Usage of the Priority Tier is in Anthropic's usage and not in its costs; it has no price here.",
        "Inference that is kept in the US costs more than the list price.",
    ),
    ProviderName.OPENROUTER: (
        "OpenRouter reports no cache writes; what they cost more than input is in its costs only.",
        "OpenRouter sends a model to hosts of different prices; the list has one price a model.",
    ),
}
"""Why list prices and the provider's costs may differ though every token is counted."""

HOLES_OF_ALL = (
    "Taxes, credits and prices of an organization's own are on invoices; no list has them.",
    "Long prompts cost more a token at some models. Hours do not show how long prompts were: the price of short ones is"
    " taken.",
    "Models, tiers and batches that the list does not have are shown as tokens without a price.",
)


class CostFailure(NamedTuple):
    """Why the provider's costs could not be read when they were last asked for."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ConnectionCosts:
    """`days` newest first; `promised` sums the last seven of them, None before the first."""

    asked_at: datetime | None
    failure: CostFailure | None
    days: Sequence[DayCosts]
    promised: SpanCosts | None


def costs_by_account(connection: Connection, accounts: Sequence[int], *, since: date) -> dict[int, ConnectionCosts]:
    """Of the tenant whose transaction it is."""
    days = read_costs(connection, since=since)
    asked = {
        row["account_id"]: row
        for row in connection.execute(
            "select account_id, asked_at, error_code, error_sentence from ops.cost_checks where account_id = any(%s)",
            [list(accounts)],
        ).fetchall()
    }
    return {
        account: _costs(asked.get(account), [day for day in days if day.account_id == account]) for account in accounts
    }


def _costs(asked: Mapping[str, Any] | None, days: Sequence[DayCosts]) -> ConnectionCosts:
    failed = asked is not None and asked["error_code"] is not None
    return ConnectionCosts(
        asked_at=asked["asked_at"] if asked else None,
        failure=CostFailure(asked["error_code"], asked["error_sentence"]) if asked and failed else None,
        days=days,
        promised=over_days(promised_days(days)) if days else None,
    )
