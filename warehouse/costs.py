"""Costs: what the tokens of closed days cost by a public price list, held against what the providers say they cost.

marts.rpt_provider_costs -> per account and day. This is information beside the comparison of tokens: list prices know
no discounts, so a difference makes no day differ and mends nothing. Money enters no calculation of emissions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from core.database import Connection
from warehouse.accuracy import PROMISED_DAYS

TOLERANCE = Decimal("0.05")
"""Of the provider's cost over the promised days; the token comparison has a promise of its own."""

CURRENCY = "USD"
"""What prices are listed in. A bill in another currency is shown and not compared."""

CostState = Literal["within", "beyond", "incomplete", "unknown"]
"""incomplete: the provider says more, and some tokens have no price; unknown: it says nothing."""


@dataclass(frozen=True, slots=True)
class DayCosts:
    """One account and closed UTC day, in micro-US-dollars; the provider's are None where nothing comparable is known.

    `provider_micro_usd` is what it bills for tokens, `other_micro_usd` for all else on that day.
    """

    account_id: int
    usage_date: date
    currency: str | None
    priced_micro_usd: Decimal
    priced_tokens: int
    unpriced_tokens: int
    provider_micro_usd: Decimal | None
    other_micro_usd: Decimal | None
    asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class SpanCosts:
    """Some days of one account: of those of which the provider says what they cost, or all if it says so of none."""

    days: int
    priced_micro_usd: Decimal
    priced_tokens: int
    unpriced_tokens: int
    provider_micro_usd: Decimal | None
    other_micro_usd: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """Ours minus the provider's."""
        return None if self.provider_micro_usd is None else self.priced_micro_usd - self.provider_micro_usd

    @property
    def share(self) -> Decimal | None:
        """Of the provider's cost; None where it says nothing, or nothing was billed and we price something."""
        if self.difference is None:
            return None
        if self.provider_micro_usd:
            return self.difference / abs(self.provider_micro_usd)
        return None if self.difference else Decimal(0)

    @property
    def state(self) -> CostState:
        if self.difference is None:
            return "unknown"
        if self.share is not None and abs(self.share) <= TOLERANCE:
            return "within"
        return "incomplete" if self.difference < 0 and self.unpriced_tokens else "beyond"


def read_costs(connection: Connection, *, since: date) -> list[DayCosts]:
    """Days from `since` on, newest first; of one organization in a tenant's transaction, of all in a worker's.

    Nothing before the first build that made the mart.
    """
    made = connection.execute("select to_regclass('marts.rpt_provider_costs') is not null as is_made").fetchone()
    if not (made and made["is_made"]):
        return []
    rows = connection.execute(
        "select * from marts.rpt_provider_costs where usage_date >= %s order by account_id, usage_date desc", [since]
    ).fetchall()
    return [
        DayCosts(
            account_id=row["account_id"],
            usage_date=row["usage_date"],
            currency=row["currency"],
            priced_micro_usd=row["priced_cost_micro_usd"],
            priced_tokens=row["priced_tokens"],
            unpriced_tokens=row["unpriced_tokens"],
            provider_micro_usd=row["provider_token_cost_micros"] if row["currency"] == CURRENCY else None,
            other_micro_usd=row["provider_other_cost_micros"] if row["currency"] == CURRENCY else None,
            asked_at=row["asked_at"],
        )
        for row in rows
    ]


def promised_days(days: Iterable[DayCosts]) -> list[DayCosts]:
    """Of one account: the last seven days that its provider was asked for."""
    several = list(days)
    first = max((day.usage_date for day in several), default=date.max) - timedelta(days=PROMISED_DAYS - 1)
    return [day for day in several if day.usage_date >= first]


def over_days(days: Iterable[DayCosts]) -> SpanCosts:
    """The sum; like is held against like, so days without the provider's answer are left out beside days with one."""
    several = list(days)
    answered = [day for day in several if day.provider_micro_usd is not None]
    summed = answered or several
    zero = Decimal(0)
    return SpanCosts(
        days=len(summed),
        priced_micro_usd=sum((day.priced_micro_usd for day in summed), zero),
        priced_tokens=sum(day.priced_tokens for day in summed),
        unpriced_tokens=sum(day.unpriced_tokens for day in summed),
        provider_micro_usd=sum((day.provider_micro_usd or zero for day in answered), zero) if answered else None,
        other_micro_usd=sum((day.other_micro_usd or zero for day in answered), zero) if answered else None,
    )
