"""Accuracy as an organization sees it: each connection's closed days beside the provider's own, and known holes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from app.telemetry.costs import ConnectionCosts, costs_by_account
from app.telemetry.names import read_names
from core.clock import floor_to_day
from core.database import Database
from ingestion.usage_row import ProviderName
from warehouse.accuracy import DayAccuracy, SpanAccuracy, over_days, promised_days, read_accuracy

SHOWN_DAYS = 30

KNOWN_HOLES: Mapping[ProviderName, tuple[str, ...]] = {
    ProviderName.OPENAI: (
        "Only completions, responses and embeddings are read; images, audio, moderation and tools are not counted.",
        "Embeddings have neither output nor cache counters.",
    ),
    ProviderName.ANTHROPIC: (
        "The Messages usage report counts no requests; switch the connection to analytics to count them.",
        "Code execution appears in Anthropic's costs only, not in its usage.",
    ),
    ProviderName.OPENROUTER: (
        "OpenRouter reports no cache writes, and no keys.",
        "Of answers that OpenRouter replayed from its own cache the cached tokens may exceed the prompt; there the"
        " uncached and cached tokens of hours and of whole days differ slightly.",
    ),
}
"""What the provider's own API cannot show, so that no comparison finds it."""


class CheckFailure(NamedTuple):
    """Why the provider's totals could not be read when they were last asked for."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ConnectionAccuracy:
    """`days` newest first; `promised` sums the last seven of them, None before the first answer."""

    connection_id: int
    connection_label: str
    provider: ProviderName
    asked_at: datetime | None
    failure: CheckFailure | None
    days: Sequence[DayAccuracy]
    promised: SpanAccuracy | None
    costs: ConnectionCosts

    @property
    def days_that_differ(self) -> list[date]:
        return [day.usage_date for day in self.days if not day.is_equal]


def accuracy(database: Database, org_id: int, *, now: datetime) -> list[ConnectionAccuracy]:
    """Every connection that is not deleted, in the order of connecting, with its last 30 closed days."""
    since = (floor_to_day(now) - timedelta(days=SHOWN_DAYS)).date()
    with database.tenant(org_id) as connection:
        days = read_accuracy(connection, since=since)
        names = read_names(connection).connections
        accounts = connection.execute(
            "select account.id, account.provider, asked.asked_at, asked.error_code, asked.error_sentence"
            " from ops.provider_accounts as account"
            " left join ops.total_checks as asked on asked.account_id = account.id"
            " where exists (select from ops.connections as connection"
            "  where connection.account_id = account.id and connection.deleted_at is null) order by account.id"
        ).fetchall()
        costs = costs_by_account(connection, [row["id"] for row in accounts], since=since)
    return [
        ConnectionAccuracy(
            connection_id=names[row["id"]][0],
            connection_label=names[row["id"]][1],
            provider=ProviderName(row["provider"]),
            asked_at=row["asked_at"],
            failure=None if row["error_code"] is None else CheckFailure(row["error_code"], row["error_sentence"]),
            days=own,
            promised=over_days(promised_days(own)) if own else None,
            costs=costs[row["id"]],
        )
        for row in accounts
        for own in [[day for day in days if day.account_id == row["id"]]]
    ]
