"""Retirements as rows: whole units of a block are ordered, then retired or failed. Nothing here asks a registry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import psycopg
from psycopg.types.range import Int8Range

from billing.credits.blocks import Block, lock_block
from billing.credits.errors import NotOrderedError, NotOursError, UnitsDisagreeError
from core.database import Connection, fetch_one
from core.errors import NotFoundError
from core.outbox import enqueue

BackendName = Literal["manual", "broker"]


@dataclass(frozen=True, slots=True)
class OrderedUnits:
    """Consecutive units, from `first_unit` to `last_unit` with both, that were ordered to be retired."""

    retirement_id: int
    reference: str
    backend: BackendName
    first_unit: int
    last_unit: int


@dataclass(frozen=True, slots=True)
class RetirementFacts:
    """What the registry shows of a retirement, in its own words, and the hash of the file that shows it."""

    units: range
    registry_retirement_id: str
    retired_on: date
    beneficiary_on_registry: str
    evidence_sha256: str
    on_behalf_of_text: str | None = None
    reason: str | None = None
    account_holder: str | None = None
    public_url: str | None = None


def order_units(connection: Connection, block: Block, *, units: int, cause: str, now: datetime) -> list[OrderedUnits]:
    """Order the lowest held units of a block that the caller has locked; one retirement for each run of units.

    Fewer than `units` if fewer are held. A manual order is told to operators, in the same transaction.
    """
    ordered: list[OrderedUnits] = []
    for run in _held_runs(connection, block):
        wanted = run[: units - sum(order.last_unit - order.first_unit + 1 for order in ordered)]
        if wanted:
            backend: BackendName = "manual" if block.broker_portfolio_id is None else "broker"
            order = _order(connection, block, wanted, backend=backend, cause=cause, now=now)
            if backend == "manual":
                _tell_operators(connection, block, order, now=now)
            ordered.append(order)
    return ordered


def settle_as_retired(connection: Connection, retirement_id: int, facts: RetirementFacts, *, now: datetime) -> None:
    """Note what the registry shows; from now on these grams can be allotted.

    The registry may have taken other units of the block than were asked for: its numbers are noted, if they are as
    many and not spoken for. Raises UnitsDisagreeError otherwise, and NotOrderedError if it is settled already.
    """
    row = connection.execute("select block_id from ops.retirements where id = %s", [retirement_id]).fetchone()
    block = None if row is None else lock_block(connection, row["block_id"])
    if block is None:
        raise NotOrderedError(retirement_id)
    asked = connection.execute(
        "select units from ops.retirements where id = %s and state = 'ordered' for update", [retirement_id]
    ).fetchone()
    if asked is None:
        raise NotOrderedError(retirement_id)
    _check_units(block, asked["units"], facts.units)
    try:
        with connection.transaction():
            connection.execute(
                "update ops.retirements set state = 'retired', settled_at = %s, units = int8range(%s, %s),"
                " registry_retirement_id = %s, retired_on = %s, beneficiary_on_registry = %s, on_behalf_of_text = %s,"
                " reason = %s, account_holder = %s, public_url = %s, evidence_sha256 = %s, last_error = null"
                " where id = %s",
                [now, facts.units.start, facts.units.stop, facts.registry_retirement_id, facts.retired_on,
                 facts.beneficiary_on_registry, facts.on_behalf_of_text, facts.reason, facts.account_holder,
                 facts.public_url, facts.evidence_sha256, retirement_id],
            )  # fmt: skip
    except psycopg.errors.ExclusionViolation:
        raise UnitsDisagreeError(
            f"The registry shows units {facts.units.start} to {facts.units.stop - 1} as retired, of which some are"
            " spoken for by another retirement here."
        ) from None


def note_retired(connection: Connection, block_id: int, facts: RetirementFacts, *, cause: str, now: datetime) -> None:
    """Units that the registry showed as retired when they came into the pool: nobody ordered them here."""
    block = lock_block(connection, block_id)
    if block is None:
        raise NotFoundError(f"There is no block {block_id}.")
    order = _order(connection, block, facts.units, backend="manual", cause=cause, now=now)
    settle_as_retired(connection, order.retirement_id, facts, now=now)


def settle_as_failed(connection: Connection, retirement_id: int, *, reason: str, now: datetime) -> None:
    """The order came to nothing; its units are held again. Operators are told."""
    settled = connection.execute(
        "update ops.retirements set state = 'failed', settled_at = %s, last_error = %s"
        " where id = %s and state = 'ordered' returning reference",
        [now, reason, retirement_id],
    ).fetchone()
    if settled is None:
        raise NotOrderedError(retirement_id)
    enqueue(
        connection, org_id=None, dedupe_key=f"retirement-failed:{settled['reference']}", channel="operator",
        recipient=None, title=f"Retirement {retirement_id} came to nothing", now=now,
        body=f"{settled['reference']}: {reason}\nIts units are held again; waiting periods order anew by themselves.",
    )  # fmt: skip


def refuse_other_beneficiary(found: str, *, ours: str) -> None:
    """Raises NotOursError if the registry names somebody else than our pool: such units cannot back our periods."""
    if " ".join(found.split()).casefold() != " ".join(ours.split()).casefold():
        raise NotOursError(found, ours)


def _check_units(block: Block, asked: Int8Range, found: range) -> None:
    count = _bounds(asked).stop - _bounds(asked).start
    inside = block.unit_block_start <= found.start and found.stop - 1 <= block.unit_block_end
    if len(found) != count or not inside:
        raise UnitsDisagreeError(
            f"{count:,} units of {block.serial_number_block} were ordered, the registry shows units {found.start} to"
            f" {found.stop - 1}."
        )


def _held_runs(connection: Connection, block: Block) -> Sequence[range]:
    """Runs of consecutive units that are neither ordered, retired nor invalidated, lowest first."""
    row = fetch_one(
        connection,
        "select int8multirange(int8range(%(first)s, %(last)s, '[]'))"
        " - coalesce(range_agg(units), '{}'::int8multirange) - ops.invalidated_units(%(block)s) as held"
        " from ops.retirements where block_id = %(block)s and state <> 'failed'",
        {"first": block.unit_block_start, "last": block.unit_block_end, "block": block.id},
    )
    return [_bounds(run) for run in row["held"]]


def _bounds(units: Int8Range) -> range:
    assert units.lower is not None and units.upper is not None  # noqa: S101, PT018 - the table's constraints say so
    return range(units.lower, units.upper)


def _order(
    connection: Connection, block: Block, units: range, *, backend: BackendName, cause: str, now: datetime
) -> OrderedUnits:
    stem = _reference_stem(block, units)
    earlier = fetch_one(
        connection,
        "select count(*) as count from ops.retirements where block_id = %s and starts_with(reference, %s)",
        [block.id, stem],
    )["count"]
    name = f"{stem}{earlier + 1}"
    row = fetch_one(
        connection,
        "insert into ops.retirements (block_id, reference, backend, units, cause, ordered_at, next_attempt_at)"
        " values (%s, %s, %s, int8range(%s, %s), %s, %s, %s) returning id",
        [block.id, name, backend, units.start, units.stop, cause, now, now],
    )
    return OrderedUnits(row["id"], name, backend, units.start, units.stop - 1)


def _reference_stem(block: Block, units: range) -> str:
    """Our name for retiring these units, also at the broker, but for the number of the order: made from facts."""
    return f"carbonledger:{block.registry}:{block.issuance_scope}:{units.start}-{units.stop - 1}:"


def _tell_operators(connection: Connection, block: Block, order: OrderedUnits, *, now: datetime) -> None:
    enqueue(
        connection, org_id=None, dedupe_key=f"retire:{order.reference}", channel="operator", recipient=None,
        title=f"Retire units {order.first_unit} to {order.last_unit} at {block.registry}", now=now,
        body=f"Of {block.serial_number_block} ({block.unit_registry_link}), for the pool's beneficiary, with the"
        f" reference {order.reference}.\nThen: carbonledger-server credits evidence {order.retirement_id} FILE",
    )  # fmt: skip
