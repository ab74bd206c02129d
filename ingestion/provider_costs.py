"""What providers say that closed days cost, asked beside their totals: information, so no failure of it stops anything.

The answers go to raw.provider_costs. What stood in the way goes to ops.cost_checks as a hole of the comparison; the
connection stays as it is, for only polls decide on that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.database import Connection
from core.errors import CarbonLedgerError, PermanentError
from ingestion.providers.protocol import KeyRefusedError, MissingScopeError, WrongKeyKindError
from ingestion.usage_row import DayCost, ProviderName

_HOW_TO_ALLOW = {
    ProviderName.OPENAI: "An organization owner can make an admin key with all permissions.",
    ProviderName.ANTHROPIC: "Costs need an Admin API key (it begins with sk-ant-admin).",
    ProviderName.OPENROUTER: "Costs need a management key.",
}


class CostsRefusedError(PermanentError):
    """The key reads usage and not costs. Tokens are compared all the same."""

    code = "costs-refused"

    def __init__(self, provider: ProviderName) -> None:
        super().__init__(f"The provider does not let this key read costs. {_HOW_TO_ALLOW[provider]}")


class CostAccount(Protocol):
    """Whose costs they are."""

    @property
    def org_id(self) -> int: ...
    @property
    def account_id(self) -> int: ...
    @property
    def provider(self) -> ProviderName: ...


@dataclass(frozen=True, slots=True)
class CostAnswer:
    days: Sequence[DayCost] = ()
    error: CarbonLedgerError | None = None


def store_costs(connection: Connection, account: CostAccount, answer: CostAnswer, *, now: datetime) -> None:
    """Keep the answer, and what stood in the way of one."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into raw.provider_costs (account_id, usage_date, asked_at, org_id, provider, currency,"
            " token_cost_micros, other_cost_micros) values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
            [
                (
                    account.account_id, cost.day, now, account.org_id, account.provider, cost.currency,
                    cost.token_micros, cost.other_micros,
                )
                for cost in answer.days
            ],
        )  # fmt: skip
    error = answer.error
    connection.execute(
        "insert into ops.cost_checks (account_id, org_id, asked_at, error_code, error_sentence)"
        " values (%s, %s, %s, %s, %s) on conflict (account_id) do update set asked_at = excluded.asked_at,"
        " error_code = excluded.error_code, error_sentence = excluded.error_sentence",
        [account.account_id, account.org_id, now, error and error.code, error and error.sentence],
    )


def as_of_costs(error: CarbonLedgerError, *, provider: ProviderName) -> CarbonLedgerError:
    """A refusal of a key that has just read usage is about costs, and its own words are about usage."""
    is_refusal = isinstance(error, MissingScopeError | WrongKeyKindError | KeyRefusedError)
    return CostsRefusedError(provider) if is_refusal else error
