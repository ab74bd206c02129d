"""The pool as operators see it: every block with its balance, the retirements that wait, and what was invalidated."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from billing.credits.blocks import Balance, Block, balances, every_block
from billing.credits.retirements import BackendName
from core.database import Connection


@dataclass(frozen=True, slots=True)
class WaitingRetirement:
    """Ordered, neither retired nor failed. `last_error` is what the last try ran into."""

    retirement_id: int
    block_id: int
    backend: BackendName
    first_unit: int
    last_unit: int
    ordered_at: datetime
    last_error: str | None


@dataclass(frozen=True, slots=True)
class InvalidUnits:
    """A run of units that a registry took back, and why."""

    block_id: int
    first_unit: int
    last_unit: int
    reason: str
    invalidated_at: datetime


@dataclass(frozen=True, slots=True)
class RefilledPeriod:
    """A period that lost grams through an invalidation and waits for as many fresh ones."""

    period_id: int
    lacking_grams: int


def whole_pool(connection: Connection) -> list[tuple[Block, Balance]]:
    """In the order of the blocks' ids; a worker's connection."""
    by_block = balances(connection)
    return [(block, by_block[block.id]) for block in every_block(connection) if block.id in by_block]


def waiting_retirements(connection: Connection) -> list[WaitingRetirement]:
    """Oldest first."""
    with connection.cursor(row_factory=class_row(WaitingRetirement)) as cursor:
        return cursor.execute(
            "select id as retirement_id, block_id, backend, lower(units) as first_unit, upper(units) - 1 as last_unit,"
            " ordered_at, last_error from ops.retirements where state = 'ordered' order by id"
        ).fetchall()


def invalid_units(connection: Connection) -> list[InvalidUnits]:
    """By block and unit."""
    with connection.cursor(row_factory=class_row(InvalidUnits)) as cursor:
        return cursor.execute(
            "select block_id, lower(units) as first_unit, upper(units) - 1 as last_unit, reason, invalidated_at"
            " from ops.credit_invalidations order by block_id, units"
        ).fetchall()


def refilled_periods(connection: Connection) -> list[RefilledPeriod]:
    """Oldest period first."""
    with connection.cursor(row_factory=class_row(RefilledPeriod)) as cursor:
        return cursor.execute(
            "select period_id, lacking_grams from ops.periods_lacking_grams where state in ('retired', 'closed')"
            " order by period_id"
        ).fetchall()
