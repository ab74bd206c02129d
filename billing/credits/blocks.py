"""Blocks of credits and their balances in grams, which are added up from retirements and allocations, never stored."""

from dataclasses import dataclass
from typing import Literal

from psycopg.rows import class_row

from core.database import Connection

MitigationClass = Literal["avoidance", "reduction", "removal"]

_COLUMNS = (
    "id, registry, issuance_scope, serial_number_block, unit_block_start, unit_block_end, unit_count, unit_size_grams,"
    " mitigation_class, vintage_year, cost_cents, broker_portfolio_id, unit_registry_link"
)


@dataclass(frozen=True, slots=True)
class Block:
    """Whole registry units; `cost_cents` is that of all of them. Both ends of the range are included."""

    id: int
    registry: str
    issuance_scope: str
    serial_number_block: str
    unit_block_start: int
    unit_block_end: int
    unit_count: int
    unit_size_grams: int
    mitigation_class: MitigationClass
    vintage_year: int
    cost_cents: int
    broker_portfolio_id: str | None
    unit_registry_link: str

    @property
    def total_grams(self) -> int:
        return self.unit_count * self.unit_size_grams


@dataclass(frozen=True, slots=True)
class Balance:
    """Grams of one block: total = held + ordered + retired + invalidated; free = retired - allotted.

    Invalidated units are counted as nothing else, whatever they were before; what they backed is not allotted any more.
    """

    block_id: int
    total_grams: int
    held_grams: int
    ordered_grams: int
    retired_grams: int
    invalidated_grams: int
    allotted_grams: int
    free_grams: int


def every_block(connection: Connection) -> list[Block]:
    """In the order of ids, without a lock."""
    with connection.cursor(row_factory=class_row(Block)) as cursor:
        return cursor.execute(f"select {_COLUMNS} from ops.credit_blocks order by id".encode()).fetchall()


def lock_blocks(connection: Connection) -> list[Block]:
    """Every block, locked in the order of ids until the transaction ends: whoever moves stock waits here.

    NO KEY UPDATE lets rows that refer to a block be written meanwhile.
    """
    with connection.cursor(row_factory=class_row(Block)) as cursor:
        return cursor.execute(
            f"select {_COLUMNS} from ops.credit_blocks order by id for no key update".encode()
        ).fetchall()


def lock_block(connection: Connection, block_id: int) -> Block | None:
    """One block, locked as above; None if there is none."""
    with connection.cursor(row_factory=class_row(Block)) as cursor:
        return cursor.execute(
            f"select {_COLUMNS} from ops.credit_blocks where id = %s for no key update".encode(), [block_id]
        ).fetchone()


def balances(connection: Connection) -> dict[int, Balance]:
    """The balance of every block, by its id. Read under the blocks' locks it holds until the transaction ends."""
    with connection.cursor(row_factory=class_row(Balance)) as cursor:
        found = cursor.execute("select * from ops.credit_balances order by block_id").fetchall()
    return {balance.block_id: balance for balance in found}
