"""What anybody may know of the credit pool: ops.public_credit_pool() -> blocks, totals, and whether the sums hold.

Nothing of costs, suppliers or customers is read. The sums are over all of the log, so one reading is kept for a minute.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from core.database import Connection, Database
from receipts.keys.issuer import Issuer, issuer_of
from receipts.log.append import log_size

KEPT_FOR = timedelta(minutes=1)

CheckName = Literal["units", "retired", "once", "log"]


@dataclass(frozen=True, slots=True)
class PublicRetirement:
    """Units `first_unit` to `last_unit`, both included."""

    first_unit: int
    last_unit: int
    retired_on: date
    registry_retirement_id: str
    public_url: str | None
    evidence_sha256: str


@dataclass(frozen=True, slots=True)
class PublicBlock:
    """`shared_grams`: in two allocations; none. `receipts` stand and state `receipt_grams`, as the ledger has it;
    `logged_…`: the same, counted from the entries of the log.
    """

    registry: str
    serial_number_block: str
    project_id: str
    project_name: str
    host_country: str
    project_type: str
    methodology: str
    mitigation_class: str
    unit_type: str
    vintage_year: int
    registry_link: str
    unit_size_grams: int
    total_units: int
    unretired_units: int
    retired_units: int
    invalidated_units: int
    total_grams: int
    retired_grams: int
    allotted_grams: int
    free_grams: int
    shared_grams: int
    receipts: int
    receipt_grams: int
    logged_receipts: int
    logged_grams: int
    retirements: tuple[PublicRetirement, ...]


@dataclass(frozen=True, slots=True)
class SumCheck:
    """Something that has to hold of every block; `broken`: serial numbers of the blocks of which it does not."""

    name: CheckName
    sentence: str
    broken: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.broken


@dataclass(frozen=True, slots=True)
class Totals:
    """Grams of all blocks."""

    total_grams: int
    retired_grams: int
    allotted_grams: int
    free_grams: int
    receipt_grams: int
    logged_grams: int


@dataclass(frozen=True, slots=True)
class PublicPool:
    """As of one moment. `issuer` is None before the first key, and then nothing is in the log."""

    as_of: datetime
    issuer: Issuer | None
    log_size: int
    blocks: Sequence[PublicBlock]

    @property
    def totals(self) -> Totals:
        return Totals(**{name: sum(getattr(block, name) for block in self.blocks) for name in Totals.__slots__})

    @property
    def checks(self) -> list[SumCheck]:
        """Counted from the figures that are shown."""
        return [
            SumCheck(name, sentence, tuple(block.serial_number_block for block in self.blocks if not holds(block)))
            for name, (sentence, holds) in _RULES.items()
        ]


_RULES: Mapping[CheckName, tuple[str, Callable[[PublicBlock], bool]]] = {
    "units": (
        "Every unit counts once: not retired, retired, or invalidated by its registry.",
        lambda block: (
            min(block.unretired_units, block.retired_units, block.invalidated_units) >= 0
            and block.unretired_units + block.retired_units + block.invalidated_units == block.total_units
        ),
    ),
    "retired": (
        "No more grams are allotted than are retired, the others are free, and no more are retired than the block has.",
        lambda block: (
            0 <= block.allotted_grams <= block.retired_grams <= block.total_grams
            and block.allotted_grams + block.free_grams == block.retired_grams
        ),
    ),
    "once": ("No gram is allotted twice.", lambda block: block.shared_grams == 0),
    "log": (
        "The public log has as many receipts that stand, with as many grams, as the ledger.",
        lambda block: (block.receipts, block.receipt_grams) == (block.logged_receipts, block.logged_grams),
    ),
}


class PoolReading:
    """The latest reading of this process; threads that ask at once wait for one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: PublicPool | None = None

    def read(self, database: Database, *, now: datetime) -> PublicPool:
        """A minute old at most; all of it as of one moment."""
        with self._lock:
            if self._latest is None or now - self._latest.as_of >= KEPT_FOR:
                with database.before_tenant() as connection:
                    connection.execute("set transaction isolation level repeatable read, read only")
                    self._latest = read_public_pool(connection, now=now)
            return self._latest


def read_public_pool(connection: Connection, *, now: datetime) -> PublicPool:
    """As the given transaction sees it. Any role."""
    rows = connection.execute("select * from ops.public_credit_pool()").fetchall()
    return PublicPool(now, issuer_of(connection), log_size(connection), [_block(row) for row in rows])


def _block(row: dict[str, Any]) -> PublicBlock:
    retirements = row.pop("retirements")
    return PublicBlock(**row, retirements=tuple(_retirement(each) for each in retirements))


def _retirement(told: dict[str, Any]) -> PublicRetirement:
    return PublicRetirement(**{**told, "retired_on": date.fromisoformat(told["retired_on"])})
