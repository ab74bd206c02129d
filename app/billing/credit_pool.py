"""The pool of credits as operators see it: blocks with balances, retirements that wait, periods that wait, a forecast.

Read as the worker, for the pool belongs to no organization; the caller has made sure that an operator asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from billing.credits.blocks import Balance, Block
from billing.credits.pool import WaitingRetirement, waiting_retirements, whole_pool
from billing.credits.stock import StockForecast, stock_forecast
from core.database import Connection, Database


@dataclass(frozen=True, slots=True)
class WaitingPeriod:
    """Frozen and without its grams, or closed and some were invalidated. `held_at`: the organization is on hold."""

    period_id: int
    org_id: int
    state: str
    lacking_grams: int
    frozen_at: datetime
    held_at: datetime | None


@dataclass(frozen=True, slots=True)
class CreditPool:
    blocks: Sequence[tuple[Block, Balance]]
    retirements: Sequence[WaitingRetirement]
    periods: Sequence[WaitingPeriod]
    forecast: StockForecast


def credit_pool(database: Database, *, now: datetime) -> CreditPool:
    """As of this moment."""
    with database.worker() as connection:
        return CreditPool(
            blocks=whole_pool(connection),
            retirements=waiting_retirements(connection),
            periods=_waiting_periods(connection),
            forecast=stock_forecast(connection, now=now),
        )


def _waiting_periods(connection: Connection) -> list[WaitingPeriod]:
    """Oldest first."""
    with connection.cursor(row_factory=class_row(WaitingPeriod)) as cursor:
        return cursor.execute(
            "select lacking.period_id, lacking.org_id, lacking.state, lacking.lacking_grams, period.frozen_at,"
            " account.held_at from ops.periods_lacking_grams as lacking"
            " join ops.billing_periods as period on period.id = lacking.period_id"
            " left join ops.billing_accounts as account on account.org_id = lacking.org_id"
            " order by period.frozen_at, period.id"
        ).fetchall()
