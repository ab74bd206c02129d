"""A billing period as a row: a span of event time of one organization, what pays for it, and how far its close is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, LiteralString

from psycopg.rows import DictRow
from psycopg.types.range import Range

from core.database import Connection

PeriodState = Literal[
    "open",
    "awaiting_payment",
    "failed",
    "reconciling",
    "frozen",
    "awaiting_credits",
    "retiring",
    "retired",
    "closed",
    "waived",
]
Funding = Literal["free", "trial", "paid"]

UNSEALED: frozenset[PeriodState] = frozenset({"open", "awaiting_payment", "failed", "reconciling"})

PERIOD_COLUMNS: LiteralString = (
    "id, org_id, stripe_subscription_id, tier, funding, lower(span) as starts_at, upper(span) as ends_at, state,"
    " version, factor_version, coverage_grams, settling_invoice_id, failure, paid_at, close_at, retire_grams"
)


@dataclass(frozen=True, slots=True)
class Period:
    """[starts_at, ends_at); None: no such end. The first period of an organization has no start, the last no end."""

    id: int
    org_id: int
    stripe_subscription_id: str | None
    tier: str
    funding: Funding
    starts_at: datetime | None
    ends_at: datetime | None
    state: PeriodState
    version: int
    factor_version: str
    coverage_grams: int
    settling_invoice_id: str | None
    failure: str | None
    paid_at: datetime | None
    close_at: datetime | None
    retire_grams: int | None

    @classmethod
    def of_row(cls, row: DictRow) -> "Period":
        return cls(**row)

    @property
    def span(self) -> Range[datetime]:
        return Range(self.starts_at, self.ends_at)

    @property
    def is_sealed(self) -> bool:
        return self.state not in UNSEALED

    def overlaps(self, start: datetime, end: datetime) -> bool:
        return (self.starts_at is None or self.starts_at < end) and (self.ends_at is None or start < self.ends_at)

    def contains(self, instant: datetime) -> bool:
        return (self.starts_at is None or self.starts_at <= instant) and not self.has_ended(instant)

    def lies_in(self, start: datetime, end: datetime) -> bool:
        return (
            self.starts_at is not None and self.ends_at is not None and start <= self.starts_at <= self.ends_at <= end
        )

    def has_ended(self, now: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= now


def lock_periods(connection: Connection, org_id: int) -> list[Period]:
    """The organization's periods in order of time, locked until this transaction ends (a close waits, or we do)."""
    rows = connection.execute(
        f"select {PERIOD_COLUMNS} from ops.billing_periods where org_id = %s"
        " order by lower(span) nulls first for no key update",
        [org_id],
    ).fetchall()
    return [Period.of_row(row) for row in rows]
