"""Drive ordered retirements through a back end: claim, find or place, poll, keep the evidence, settle.

ops.retirements (ordered) -> RetirementBackend -> evidence -> ops.retirements (retired | failed)

Each retirement takes two short transactions with the call outside between them. Killed anywhere, it is claimed again
when its lease is over, and found by its reference before anything is placed; so one row is one order.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg
from psycopg.types.range import Int8Range

from billing.credits.backend import BackendOrder, EvidenceFile, RetirementBackend, RetirementRequest
from billing.credits.errors import LedgerBrokenError, UnitsDisagreeError
from billing.credits.evidence import Evidence, EvidenceFolder, note_evidence
from billing.credits.retirements import (
    RetirementFacts,
    refuse_other_beneficiary,
    settle_as_failed,
    settle_as_retired,
)
from billing.credits.serials import REGISTRIES, Registry, parse_serial
from billing.credits.waiting import wake_waiting_periods
from core.database import Connection, Database
from core.errors import CarbonLedgerError, PermanentError
from core.outbox import enqueue

logger = logging.getLogger("carbonledger.credits")

LEASE = timedelta(minutes=15)
"""Longer than the calls for one retirement take. Where it is over all the same, key and reference still hold."""

LOOK_AGAIN = timedelta(minutes=10)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RetireSummary:
    """How many retirements ended as what: retired, failed, ordered (under way), and the codes of errors."""

    outcomes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Claim:
    retirement_id: int
    order_id: str | None
    attempts: int
    registry: Registry
    issuance_scope: str
    request: RetirementRequest


def retire_due(
    database: Database, backend: RetirementBackend, folder: EvidenceFolder, *, beneficiary: str, now: datetime
) -> RetireSummary:
    """Take every due retirement of this back end one step on. Never raises what one of them ran into."""
    outcomes: Counter[str] = Counter()
    while (claim := _claim(database, backend, beneficiary=beneficiary, now=now)) is not None:
        try:
            outcomes[_advance(database, backend, folder, claim, beneficiary=beneficiary, now=now)] += 1
        except psycopg.IntegrityError as refused:
            constraint = refused.diag.constraint_name or type(refused).__name__
            error: CarbonLedgerError = LedgerBrokenError(f"The ledger refused what the back end showed: {constraint}.")
        except CarbonLedgerError as failed:
            error = failed
        else:
            continue
        logger.warning("retirement %d: %s", claim.retirement_id, error.code)
        _put_off(database, claim, error, now=now)
        outcomes[error.code] += 1
    if outcomes["retired"] or outcomes["failed"]:
        wake_waiting_periods(database, now=now)
    return RetireSummary(dict(outcomes))


def _claim(database: Database, backend: RetirementBackend, *, beneficiary: str, now: datetime) -> _Claim | None:
    """The next due one, nobody else's for the length of the lease."""
    with database.worker() as connection:
        row = connection.execute(
            "update ops.retirements as retirement set attempts = attempts + 1, next_attempt_at = %s"
            " from ops.credit_blocks as block where block.id = retirement.block_id and retirement.id = ("
            "select id from ops.retirements where state = 'ordered' and backend = %s and next_attempt_at <= %s"
            " order by next_attempt_at, id for update skip locked limit 1)"
            " returning retirement.id, retirement.reference, retirement.units, retirement.backend_order_id,"
            " retirement.attempts, retirement.ordered_at, block.serial_number_block, block.registry,"
            " block.issuance_scope, block.unit_size_grams, block.broker_portfolio_id",
            [now + LEASE, backend.name, now],
        ).fetchone()
    if row is None:
        return None
    units = _bounds(row["units"])
    request = RetirementRequest(
        reference=row["reference"],
        serial_number_block=row["serial_number_block"],
        registry=row["registry"],
        units=units,
        grams=len(units) * row["unit_size_grams"],
        broker_portfolio_id=row["broker_portfolio_id"],
        on_behalf_of_text=beneficiary,
        ordered_at=row["ordered_at"],
    )
    registry = next(name for name in REGISTRIES if name == row["registry"])
    return _Claim(row["id"], row["backend_order_id"], row["attempts"], registry, row["issuance_scope"], request)


def _advance(
    database: Database,
    backend: RetirementBackend,
    folder: EvidenceFolder,
    claim: _Claim,
    *,
    beneficiary: str,
    now: datetime,
) -> str:
    order, files = asyncio.run(_ask(backend, claim))
    match order.state:
        case "failed":
            with database.worker() as connection:
                reason = f"The {backend.name} cancelled order {order.order_id}."
                settle_as_failed(connection, claim.retirement_id, reason=reason, now=now)
        case "ordered":
            with database.worker() as connection:
                connection.execute(
                    "update ops.retirements set backend_order_id = %s, next_attempt_at = %s, last_error = null"
                    " where id = %s and state = 'ordered'",
                    [order.order_id, now + LOOK_AGAIN, claim.retirement_id],
                )
        case "retired":
            units, public_url = shown_units(order, registry=claim.registry, issuance_scope=claim.issuance_scope)
            refuse_other_beneficiary(order.beneficiary or "", ours=beneficiary)
            kept = [folder.keep(file.content, file_name=file.file_name) for file in files]
            facts = RetirementFacts(
                units=units,
                registry_retirement_id=order.registry_retirement_id or order.order_id,
                retired_on=now.date(),  # the day on which we saw it: the broker publishes none
                beneficiary_on_registry=order.beneficiary or "",
                evidence_sha256=kept[0].sha256,
                public_url=public_url,
            )
            with database.worker() as connection:
                _settle(connection, claim.retirement_id, order, facts, kept, now=now)
    return order.state


async def _ask(backend: RetirementBackend, claim: _Claim) -> tuple[BackendOrder, list[EvidenceFile]]:
    if claim.order_id is not None:
        order = await backend.poll(claim.order_id)
    else:
        order = await backend.find(claim.request) or await backend.place(claim.request)
    return order, list(await backend.fetch_evidence(order)) if order.state == "retired" else []


def _settle(
    connection: Connection,
    retirement_id: int,
    order: BackendOrder,
    facts: RetirementFacts,
    kept: list[Evidence],
    *,
    now: datetime,
) -> None:
    for evidence in kept:
        note_evidence(connection, evidence, now=now)
    connection.execute(
        "update ops.retirements set backend_order_id = %s where id = %s and state = 'ordered'",
        [order.order_id, retirement_id],
    )
    settle_as_retired(connection, retirement_id, facts, now=now)


def shown_units(order: BackendOrder, *, registry: Registry, issuance_scope: str) -> tuple[range, str | None]:
    """The one run of units that the order retired, and where it can be seen.

    Raises UnreadableSerialError or UnitsDisagreeError if its serial numbers are of another issuance or in pieces.
    """
    serials = [parse_serial(registry, one.serial_number_range) for one in order.shown]
    serials.sort(key=lambda serial: serial.unit_block_start)
    stop = None
    for serial in serials:
        if serial.issuance_scope != issuance_scope or stop not in {None, serial.unit_block_start}:
            raise UnitsDisagreeError(
                f"Order {order.order_id} retired {', '.join(one.serial_number_range for one in order.shown)}, which is"
                " not one run of units of our block."
            )
        stop = serial.unit_block_end + 1
    if stop is None:
        raise UnitsDisagreeError(f"Order {order.order_id} is retired without units.")
    return range(serials[0].unit_block_start, stop), order.shown[0].public_url


def _put_off(database: Database, claim: _Claim, error: CarbonLedgerError, *, now: datetime) -> None:
    """Try again later; operators are told once of what does not pass by itself."""
    is_permanent = isinstance(error, PermanentError)
    wait = LONGEST_WAIT if is_permanent else min(FIRST_WAIT * 2 ** min(claim.attempts - 1, 10), LONGEST_WAIT)
    with database.worker() as connection:
        is_still_ordered = connection.execute(
            "update ops.retirements set last_error = %s, next_attempt_at = %s where id = %s and state = 'ordered'",
            [f"{error.code}: {error.sentence}", now + wait, claim.retirement_id],
        ).rowcount
        if is_permanent and is_still_ordered:  # an operator may have settled it meanwhile
            enqueue(
                connection, org_id=None, dedupe_key=f"retirement:{claim.request.reference}:{error.code}",
                channel="operator", recipient=None, title=f"Retirement {claim.retirement_id} does not go on",
                body=f"{claim.request.reference}: {error.sentence}\nIt is tried again every hour.", now=now,
            )  # fmt: skip


def _bounds(units: Int8Range) -> range:
    assert units.lower is not None and units.upper is not None  # noqa: S101, PT018 - the table's constraints say so
    return range(units.lower, units.upper)
