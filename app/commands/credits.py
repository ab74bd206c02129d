"""`carbonledger-server credits …`: what operators do with the pool, and what they are told of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from billing.credits.backends import retirement_backends
from billing.credits.blocks import lock_block
from billing.credits.evidence import EvidenceFolder
from billing.credits.import_file import import_credits
from billing.credits.invalidation import invalidate, units_of_retirement
from billing.credits.operator_evidence import RegistryStatement, settle_with_evidence
from billing.credits.pool import invalid_units, refilled_periods, waiting_retirements, whole_pool
from billing.credits.reconcile import differences
from billing.credits.refill import refill_due
from billing.credits.retirements import order_units
from billing.credits.stock import stock_forecast
from core.clock import SystemClock
from core.database import Database, database_urls
from core.errors import ConflictError, InvalidInputError, NotFoundError
from core.settings import Settings


@contextmanager
def _open(settings: Settings) -> Iterator[Database]:
    with Database(database_urls(settings), pool_size=2) as database:
        yield database


def import_file(settings: Settings, path: Path, *, evidence: Path | None) -> str:
    """What was taken in, in a sentence. Raises RefusedFileError, one line a problem."""
    with _open(settings) as database:
        done = import_credits(
            database, EvidenceFolder(settings.home_path), path, evidence=evidence,
            beneficiary=settings.credits_beneficiary, now=SystemClock().now(),
        )  # fmt: skip
    return f"imported {done.new_blocks} blocks with {done.new_units:,} units; {done.already_there} were there already"


def list_pool(settings: Settings) -> str:
    """A table of the blocks in grams, the retirements that wait, what was invalidated, and the forecast."""
    with _open(settings) as database, database.worker() as connection:
        blocks, waiting = whole_pool(connection), waiting_retirements(connection)
        invalid, refilled = invalid_units(connection), refilled_periods(connection)
        forecast = stock_forecast(connection, now=SystemClock().now())
    head = (
        "block", "held g", "ordered g", "retired g", "invalid g", "allotted g", "free g", "vintage", "class",
        "serial numbers",
    )  # fmt: skip
    lines = [
        (
            str(block.id), f"{balance.held_grams:,}", f"{balance.ordered_grams:,}", f"{balance.retired_grams:,}",
            f"{balance.invalidated_grams:,}", f"{balance.allotted_grams:,}", f"{balance.free_grams:,}",
            str(block.vintage_year), block.mitigation_class, block.serial_number_block,
        )
        for block, balance in blocks
    ]  # fmt: skip
    told = _table([head, *lines])
    told += [
        f"retirement {one.retirement_id} waits ({one.backend}): units {one.first_unit} to {one.last_unit} of block"
        f" {one.block_id}, ordered {one.ordered_at:%Y-%m-%d}" + (f"; {one.last_error}" if one.last_error else "")
        for one in waiting
    ]
    told += [
        f"units {one.first_unit} to {one.last_unit} of block {one.block_id} were invalidated on"
        f" {one.invalidated_at:%Y-%m-%d}: {one.reason}"
        for one in invalid
    ]
    told += [f"billing period {one.period_id} lacks {one.lacking_grams:,} g that were invalidated" for one in refilled]
    expected = "unknown before the first build" if forecast.expected_grams is None else f"{forecast.expected_grams:,} g"
    told.append(f"waiting periods need {forecast.waiting_grams:,} g; open ones will need {expected}")
    return "\n".join(told)


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    """Columns as wide as their widest cell, numbers to the right; the last two columns are text."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if index < len(row) - 2 else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def retire(settings: Settings, *, block_id: int, units: int) -> str:
    """What was ordered, a line each. Raises NotFoundError, and ConflictError if fewer are held; then none is."""
    with _open(settings) as database, database.worker() as connection:
        block = lock_block(connection, block_id)
        if block is None:
            raise NotFoundError(f"There is no block {block_id}; `credits list` shows them.")
        orders = order_units(connection, block, units=units, cause="operator", now=SystemClock().now())
        ordered = sum(order.last_unit - order.first_unit + 1 for order in orders)
        if ordered < units:
            raise ConflictError(f"Block {block_id} has {ordered:,} held units, so {units:,} cannot be retired.")
    return "\n".join(
        f"retirement {order.retirement_id} ({order.backend}): units {order.first_unit} to {order.last_unit},"
        f" reference {order.reference}"
        for order in orders
    )


def bring_evidence(settings: Settings, retirement_id: int, path: Path, *, statement: RegistryStatement) -> str:
    """Which units can be allotted now."""
    with _open(settings) as database:
        units = settle_with_evidence(
            database, EvidenceFolder(settings.home_path), retirement_id, path, statement=statement,
            beneficiary=settings.credits_beneficiary, now=SystemClock().now(),
        )  # fmt: skip
    return f"retirement {retirement_id} is settled: units {units.start} to {units.stop - 1} are retired"


def reconcile(settings: Settings) -> list[str]:
    """A sentence for each difference."""
    with _open(settings) as database:
        return list(differences(database, retirement_backends(settings), EvidenceFolder(settings.home_path)))


def read_units(text: str) -> range:
    """The units from the first to the last, both included. Raises InvalidInputError for what does not read as such."""
    first, separator, last = text.partition("-")
    if not separator or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (first, last)):
        raise InvalidInputError("Write units as 58384-58385: the first, a hyphen, the last.")
    return range(int(first), int(last) + 1)


def invalidate_units(settings: Settings, *, block_id: int, units: range, reason: str) -> str:
    """What came of it, a sentence each. Raises NotFoundError and InvalidInputError."""
    now = SystemClock().now()
    with _open(settings) as database:
        done = invalidate(database, block_id=block_id, units=units, reason=reason, actor="operator", now=now)
        refill_due(database, policy=settings.credits_policy, now=now)
        with database.worker() as connection:
            lacking = refilled_periods(connection)
    told = [
        f"{done.new_units:,} units of block {block_id} back nothing any more;"
        f" {len(units) - done.new_units:,} were invalidated already"
    ]
    if done.period_count:
        told.append(
            f"{done.voided_grams:,} g of {done.period_count} billing periods are void; their receipts are voided and"
            " replaced by themselves"
        )
    told += [f"billing period {one.period_id} waits for {one.lacking_grams:,} g" for one in lacking]
    return "\n".join(told)


def invalidate_retirement(settings: Settings, retirement_id: int, *, reason: str) -> str:
    """The same for all units of a retirement."""
    with _open(settings) as database, database.worker() as connection:
        block_id, units = units_of_retirement(connection, retirement_id)
    return invalidate_units(settings, block_id=block_id, units=units, reason=reason)
