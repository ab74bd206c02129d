"""Units that a registry has taken back: from then on they back nothing and are never allotted again.

One transaction: ops.credit_invalidations, ops.voided_allocations for every gram of them that backs a period, and
ops.credit_refills for those periods. Fresh grams come from `refill.py`; receipts find in the tables which of theirs
state voided grams, void them and issue others.
"""

from dataclasses import dataclass
from datetime import datetime

from psycopg.types.range import Int8Range

from billing.credits.blocks import Block, lock_block
from core.database import Connection, Database, fetch_one
from core.errors import InvalidInputError, NotFoundError

_VOID = """
    insert into ops.voided_allocations (allocation_id, org_id, period_id, invalidation_id, grams, voided_at)
    select part.allocation_id, part.org_id, part.period_id, %(invalidation)s, part.grams * gone.grams, %(now)s
    from ops.allocations_in_force as part
    join ops.credit_blocks as block on block.id = part.block_id
    cross join lateral ops.grams_of_units(%(units)s, block.unit_block_start, block.unit_size_grams) as gone (grams)
    where part.block_id = %(block)s and part.grams && gone.grams
    order by part.allocation_id, part.grams
    returning org_id, period_id, upper(grams) - lower(grams) as grams
"""


@dataclass(frozen=True, slots=True)
class Invalidated:
    """What was new: units, grams that backed something, and how many periods lost some."""

    new_units: int
    voided_grams: int
    period_count: int


def invalidate(
    database: Database, *, block_id: int, units: range, reason: str, actor: str, now: datetime
) -> Invalidated:
    """Both are once: units that are invalidated already stay as they were said to be.

    Raises NotFoundError, and InvalidInputError for units that are not of the block or a reason that is empty or longer
    than 500 characters.
    """
    if not 0 < len(reason.strip()) <= 500:
        raise InvalidInputError("Say in at most 500 characters why the units are invalid.")
    with database.worker() as connection:
        block = lock_block(connection, block_id)
        if block is None:
            raise NotFoundError(f"There is no block {block_id}; `credits list` shows them.")
        if len(units) == 0 or units.start < block.unit_block_start or units.stop - 1 > block.unit_block_end:
            raise InvalidInputError(
                f"Block {block_id} has the units {block.unit_block_start} to {block.unit_block_end}, so"
                f" {units.start} to {units.stop - 1} are not of it."
            )
        lost: dict[int, int] = {}
        new_units = 0
        for run in _valid_runs(connection, block, units):
            new_units += len(run)
            for period_id, grams in _invalidate_run(
                connection, block, run, reason=reason.strip(), actor=actor, now=now
            ):
                lost[period_id] = lost.get(period_id, 0) + grams
    return Invalidated(new_units, sum(lost.values()), len(lost))


def units_of_retirement(connection: Connection, retirement_id: int) -> tuple[int, range]:
    """Block and units of a retirement that is ordered or retired; NotFoundError if there is none."""
    row = connection.execute(
        "select block_id, lower(units) as start, upper(units) as stop from ops.retirements"
        " where id = %s and state <> 'failed'",
        [retirement_id],
    ).fetchone()
    if row is None:
        raise NotFoundError(f"There is no retirement {retirement_id} that is ordered or retired.")
    return row["block_id"], range(row["start"], row["stop"])


def _valid_runs(connection: Connection, block: Block, units: range) -> list[range]:
    row = fetch_one(
        connection,
        "select int8multirange(int8range(%s, %s)) - ops.invalidated_units(%s) as valid",
        [units.start, units.stop, block.id],
    )
    return [range(run.lower, run.upper) for run in row["valid"]]


def _invalidate_run(
    connection: Connection, block: Block, units: range, *, reason: str, actor: str, now: datetime
) -> list[tuple[int, int]]:
    """The periods that lost grams and how many, a pair for each interval that was voided."""
    span = Int8Range(units.start, units.stop)
    invalidation = fetch_one(
        connection,
        "insert into ops.credit_invalidations (block_id, units, reason, invalidated_by, invalidated_at)"
        " values (%s, %s, %s, %s, %s) returning id",
        [block.id, span, reason, actor, now],
    )
    voided = connection.execute(
        _VOID, {"invalidation": invalidation["id"], "units": span, "block": block.id, "now": now}
    ).fetchall()
    for period in sorted({(row["period_id"], row["org_id"]) for row in voided}):
        connection.execute(
            "insert into ops.credit_refills (period_id, org_id, next_attempt_at) values (%s, %s, %s)"
            " on conflict (period_id) do update set next_attempt_at = excluded.next_attempt_at",
            [*period, now],
        )
    return [(row["period_id"], row["grams"]) for row in voided]
