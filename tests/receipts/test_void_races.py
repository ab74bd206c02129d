"""Voids beside voids and beside issuers, and a process that dies on the way: one void, one leaf, one replacement."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from billing.credits.invalidation import invalidate
from billing.credits.invariants import broken_invariants
from billing.credits.refill import refill_due
from core.database import Database, DatabaseUrls, fetch_one
from receipts.invalidated import void_invalidated
from receipts.log.audit import audit
from receipts.voids import AlreadyVoidError, Void, void
from tests.billing.credits.ledger import insert_block, retire_units
from tests.mortal import Side
from tests.receipts.closed_periods import closed_period
from tests.receipts.issued_receipts import ISSUED_AT, IssuedReceipt, issued_receipt, issuer_home
from tests.receipts.taking_back import TakeBackJob, came_to_its_end, take_back_and_replace

pytestmark = [pytest.mark.database, pytest.mark.exhaustive]

SIDE_BY_SIDE = 4
MOST_COMMITS = 24
"""Of one invalidation with all that follows; where it has more, a test says so."""

OTHER_UNITS: dict[str, Any] = {
    "issuance_scope": "more",
    "unit_block_start": 901,
    "serial_number_block": "13558-901-905-VCS-VCU-1289-VER-TZ-1-2366-16042021-15102021-0",
}


def counts(database: Database) -> dict[str, Any]:
    with database.worker() as connection:
        assert broken_invariants(connection) == {}
        return fetch_one(
            connection,
            "select (select count(*) from ops.receipts) as receipts,"
            " (select count(*) from ops.receipts where state = 'issued') as issued,"
            " (select count(*) from ops.receipt_voids) as voids,"
            " (select count(*) from ops.log_leaves where kind = 'void') as void_leaves,"
            " (select count(*) from ops.log_leaves where kind = 'receipt') as receipt_leaves,"
            " (select count(*) from ops.log_leaves where kind = 'rendition') as renditions,"
            " (select count(*) from ops.outbox where dedupe_key like 'receipt_void:%' and channel = 'email') as told",
        )


def times(number: int) -> dict[str, Any]:
    """What there is after a receipt was replaced so many times."""
    return {
        "receipts": number + 1,
        "issued": number + 1,
        "voids": number,
        "void_leaves": number,
        "receipt_leaves": number + 1,
        "renditions": number + 1,
        "told": number,
    }


@pytest.fixture
def many(database_url: str, home: Path) -> Iterator[IssuedReceipt]:
    with Database(DatabaseUrls(admin=database_url), pool_size=SIDE_BY_SIDE * 2) as database:
        yield issued_receipt(database, home)


def test_who_voids_side_by_side_voids_once(many: IssuedReceipt) -> None:
    """All say that it is to be replaced, half of them for another reason: those of the first one are told the same."""
    issuer = many.home

    def say(number: int) -> Void | str:
        try:
            return void(
                issuer.database, issuer.secrets, serial=many.serial, note=f"Reason {number % 2}.", replace=True,
                reason_code="error_found", actor=f"operator {number}", now=ISSUED_AT,
            )  # fmt: skip
        except AlreadyVoidError as error:
            return error.code

    with ThreadPoolExecutor(SIDE_BY_SIDE) as people:
        said = list(people.map(say, range(SIDE_BY_SIDE * 2)))
    voids = [done for done in said if isinstance(done, Void)]
    assert voids == voids[:1] * SIDE_BY_SIDE
    assert said.count(AlreadyVoidError.code) == SIDE_BY_SIDE
    issuer.issue()
    assert counts(issuer.database) == times(1)
    assert audit(issuer.database).findings == ()


def test_credits_are_taken_back_beside_issuers(database_url: str, home: Path) -> None:
    """However it falls out, what stands in the end states credits that are in force."""
    with Database(DatabaseUrls(admin=database_url), pool_size=SIDE_BY_SIDE * 2) as database:
        issuer = issuer_home(database, home)
        periods = [closed_period(database, organization=f"Organization {number}") for number in range(4)]
        with database.worker() as connection:
            retire_units(connection, insert_block(connection, units=5, **OTHER_UNITS), units=5)

        def take_back() -> None:
            invalidate(database, block_id=1, units=range(1, 2), reason="gone", actor="operator", now=ISSUED_AT)
            refill_due(database, policy="cheapest", now=ISSUED_AT)

        def void_them() -> None:
            void_invalidated(database, issuer.secrets, now=ISSUED_AT)

        acts: list[Callable[[], object]] = [issuer.issue, take_back, issuer.issue, void_them]
        with ThreadPoolExecutor(len(acts)) as people:
            done = [people.submit(act) for act in acts]
        for future in done:
            future.result()
        for _ in range(2):  # what was printed in the first pass, with its credits gone, is voided in the second
            issuer.clock.advance(timedelta(days=1))
            issuer.issue()
        assert audit(database).findings == ()
        with database.worker() as connection:
            assert broken_invariants(connection) == {}
            assert connection.execute("select serial from ops.receipts where state <> 'issued'").fetchall() == []
            standing = connection.execute(
                "select receipt.period_id, part.block_id from ops.receipts as receipt"
                " join ops.receipt_credits as stated on stated.receipt_row_id = receipt.id"
                " join ops.allocations_in_force as part"
                " on part.allocation_id = stated.allocation_id and part.grams = stated.grams"
                " where not exists (select from ops.receipt_voids where receipt_row_id = receipt.id)"
                " order by receipt.period_id"
            ).fetchall()
        assert [tuple(row.values()) for row in standing] == [(period.period_id, 2) for period in periods]


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_kill_at_any_commit_changes_nothing(database: Database, database_url: str, home: Path, side: Side) -> None:
    """Unit by unit is taken back from under one receipt and its replacements; each time it dies one commit later."""
    with database.worker() as connection:
        retire_units(connection, insert_block(connection, units=MOST_COMMITS), units=MOST_COMMITS)
    issued_receipt(database, home)
    is_killed, unit = True, 0
    while is_killed:
        unit += 1
        job = TakeBackJob(database_url, home, ISSUED_AT, range(unit, unit + 1))
        is_killed = not came_to_its_end(replace(job, kill_at=(unit, side)))
        take_back_and_replace(database, job)
        assert counts(database) == times(unit)
    assert unit > 6  # invalidated, refilled, voided, signed, logged, printed; then it lived
    assert audit(database).findings == ()
