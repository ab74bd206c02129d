"""Allot grams of retired credits to a billing period: all of them, or none.

ops.retirements (retired) less ops.allocations -> intervals in the order of the policy -> ops.allocations. Where retired
grams do not suffice but held units do, whole units are ordered to be retired, for every waiting period that they reach.

A period that lost grams since, because their units were invalidated, gets as many fresh ones, all of them or none.

Safe beside itself: allocators lock the blocks in the order of ids, and the database refuses a gram twice, a gram that
is not retired or is invalidated, and a period with other grams in force than its close stated
(core/migrations/0008_credits.sql, 0011_voided_allocations.sql).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from billing.credits.blocks import Block, balances, lock_blocks
from billing.credits.errors import LedgerBrokenError
from billing.credits.policy import Policy, in_order
from billing.credits.retirements import order_units
from billing.credits.waiting import waiting_grams
from core.database import Connection, fetch_one


@dataclass(frozen=True, slots=True)
class FreeGrams:
    """A half-open interval of a block's grams that are retired and allotted to nobody."""

    block_id: int
    retirement_id: int
    start: int
    stop: int


def allocate(
    connection: Connection, *, org_id: int, period_id: int, grams: int, policy: Policy, now: datetime
) -> Literal["allotted", "retiring", "short"]:
    """Inside the worker's transaction that closes the period, or backs it again; `grams` is what its close stated. The
    same answer and the same rows when asked again.

    "allotted": the period has its grams (none for 0). "retiring": enough is held, retirements were ordered or are under
    way; ask again later. "short": the stock does not suffice, nothing was written. Raises LedgerBrokenError if the
    period has another number of grams already, and not because some were voided.
    """
    if grams == 0:
        return "allotted"
    blocks = lock_blocks(connection)
    lacking = grams - _grams_in_force(connection, org_id=org_id, period_id=period_id, grams=grams)
    if lacking == 0:
        return "allotted"
    ordered_blocks = in_order(blocks, policy)
    free = _free_grams(connection)
    taken = list(_take(ordered_blocks, free, grams=lacking))
    if sum(part.stop - part.start for part in taken) == lacking:
        for part in taken:
            connection.execute(
                "insert into ops.allocations (org_id, period_id, block_id, retirement_id, grams, allotted_at)"
                " values (%s, %s, %s, %s, int8range(%s, %s), %s)",
                [org_id, period_id, part.block_id, part.retirement_id, part.start, part.stop, now],
            )
        return "allotted"
    return _retire_ahead(connection, ordered_blocks, period_id=period_id, grams=lacking, now=now)


def _grams_in_force(connection: Connection, *, org_id: int, period_id: int, grams: int) -> int:
    row = fetch_one(
        connection,
        "select ops.grams_in_force(%(org)s, %(period)s) as grams, exists (select from ops.voided_allocations"
        " where org_id = %(org)s and period_id = %(period)s) as has_lost_some",
        {"org": org_id, "period": period_id},
    )
    in_force: int = row["grams"]
    if in_force > grams or (0 < in_force < grams and not row["has_lost_some"]):
        raise LedgerBrokenError(f"Period {period_id} has {in_force:,} g allotted, but {grams:,} g are asked for.")
    return in_force


def _free_grams(connection: Connection) -> Mapping[int, Sequence[FreeGrams]]:
    """By block: of each retirement what lies behind its last allotted gram; each is used up from its first one on.
    Invalidated units are left out.
    """
    rows = connection.execute(
        "select retirement.block_id, retirement.id as retirement_id, lower(free.grams) as start,"
        " upper(free.grams) as stop"
        " from ops.retirements as retirement"
        " join ops.credit_blocks as block on block.id = retirement.block_id"
        " cross join lateral ops.grams_of_units(retirement.units, block.unit_block_start, block.unit_size_grams)"
        " as span (grams)"
        " left join lateral (select upper(grams) as stop from ops.allocations where retirement_id = retirement.id"
        " order by upper(grams) desc limit 1) as last on true"
        " cross join lateral unnest(int8multirange(int8range(coalesce(last.stop, lower(span.grams)),"
        " upper(span.grams))) - (select coalesce(range_agg(ops.grams_of_units(units, block.unit_block_start,"
        " block.unit_size_grams)), '{}'::int8multirange) from ops.credit_invalidations where block_id = block.id))"
        " as free (grams)"
        " where retirement.state = 'retired' and coalesce(last.stop, lower(span.grams)) < upper(span.grams)"
        " order by lower(free.grams)"
    ).fetchall()
    free: dict[int, list[FreeGrams]] = {}
    for row in rows:
        free.setdefault(row["block_id"], []).append(FreeGrams(**row))
    return free


def _take(blocks: Sequence[Block], free: Mapping[int, Sequence[FreeGrams]], *, grams: int) -> Iterator[FreeGrams]:
    """The first `grams` in the blocks' order; fewer if there are fewer."""
    for block in blocks:
        for part in free.get(block.id, ()):
            if grams == 0:
                return
            stop = min(part.stop, part.start + grams)
            grams -= stop - part.start
            yield FreeGrams(part.block_id, part.retirement_id, part.start, stop)


def _retire_ahead(
    connection: Connection, blocks: Sequence[Block], *, period_id: int, grams: int, now: datetime
) -> Literal["retiring", "short"]:
    """Order what this period lacks, and what the other waiting ones lack as far as the stock reaches."""
    stock = balances(connection)
    coming = sum(balance.free_grams + balance.ordered_grams for balance in stock.values())
    supply = coming + sum(balance.held_grams for balance in stock.values())
    if supply < grams:
        return "short"
    lacking = grams + waiting_grams(connection, supply_grams=supply - grams, besides_period_id=period_id) - coming
    for block in blocks:
        if lacking > 0:
            units = -(-lacking // block.unit_size_grams)
            for order in order_units(connection, block, units=units, cause=f"period {period_id}", now=now):
                lacking -= (order.last_unit - order.first_unit + 1) * block.unit_size_grams
    return "retiring"
