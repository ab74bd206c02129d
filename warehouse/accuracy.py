"""Accuracy: what we counted of closed days, held against what the providers say of them without any grouping.

marts.rpt_provider_accuracy -> per account and day the differences, counter by counter. On closed days the goal is no
difference at all; what users are promised is TOLERANCE over seven days.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from core.database import Connection

COUNTERS = (
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "requests",
)
TOKENS = COUNTERS[:-1]

TOLERANCE = Decimal("0.15")
"""Of the provider's tokens over PROMISED_DAYS: SC-002."""

PROMISED_DAYS = 7

Counts = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class DayAccuracy:
    """One account and closed UTC day. `counted` and `provider` are by counter, None where nothing is known."""

    account_id: int
    usage_date: date
    counted: Counts
    provider: Counts
    asked_at: datetime

    @property
    def differences(self) -> dict[str, int]:
        """Counted minus the provider's, of the counters that it reports; no usage row counts as 0."""
        return {name: (self.counted[name] or 0) - total for name, total in self.provider.items() if total is not None}

    @property
    def is_equal(self) -> bool:
        return not any(self.differences.values())


@dataclass(frozen=True, slots=True)
class SpanAccuracy:
    """Tokens of some days of one account, over all counters that the provider reports."""

    days: int
    counted_tokens: int
    provider_tokens: int

    @property
    def difference(self) -> int:
        return self.counted_tokens - self.provider_tokens

    @property
    def share(self) -> Decimal | None:
        """Of the provider's tokens; None where it says that there were none and we have some."""
        if self.provider_tokens:
            return Decimal(self.difference) / self.provider_tokens
        return None if self.difference else Decimal(0)

    @property
    def is_within_tolerance(self) -> bool:
        return self.share is not None and abs(self.share) <= TOLERANCE


def read_accuracy(connection: Connection, *, since: date) -> list[DayAccuracy]:
    """Days from `since` on, newest first; of one organization in a tenant's transaction, of all in a worker's.

    Nothing before the first build that made the mart.
    """
    made = connection.execute("select to_regclass('marts.rpt_provider_accuracy') is not null as is_made").fetchone()
    if not (made and made["is_made"]):
        return []
    rows = connection.execute(
        "select * from marts.rpt_provider_accuracy where usage_date >= %s order by account_id, usage_date desc", [since]
    ).fetchall()
    return [
        DayAccuracy(
            account_id=row["account_id"],
            usage_date=row["usage_date"],
            counted={name: row[f"counted_{name}"] for name in COUNTERS},
            provider={name: row[f"provider_{name}"] for name in COUNTERS},
            asked_at=row["asked_at"],
        )
        for row in rows
    ]


def differing_days(connection: Connection, *, since: date) -> list[DayAccuracy]:
    return [day for day in read_accuracy(connection, since=since) if not day.is_equal]


def over_days(days: Iterable[DayAccuracy]) -> SpanAccuracy:
    several = list(days)
    counted = sum(day.counted[name] or 0 for day in several for name in TOKENS if day.provider[name] is not None)
    provider = sum(day.provider[name] or 0 for day in several for name in TOKENS)
    return SpanAccuracy(days=len(several), counted_tokens=counted, provider_tokens=provider)


def promised_days(days: Iterable[DayAccuracy]) -> list[DayAccuracy]:
    """Of one account: the last seven days that its provider was asked for."""
    several = sorted(days, key=lambda day: day.usage_date, reverse=True)
    if not several:
        return []
    first = several[0].usage_date - timedelta(days=PROMISED_DAYS - 1)
    return [day for day in several if day.usage_date >= first]
