"""What anybody may see of the pool: figures that add up, and nothing of costs, suppliers or customers."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from app.pool.public_pool import PublicPool, read_public_pool
from billing.credits.invalidation import invalidate
from core.clock import FixedClock
from core.database import Connection, Database
from receipts.voids import void
from tests.receipts.closed_periods import closed_period
from tests.receipts.issued_receipts import ISSUED_AT, IssuedReceipt, issued_receipt

pytestmark = pytest.mark.database

SECRET = {
    "cost_cents": 987_654_321,
    "supplier_order_id": "SUPPLIER-ORDER-77",
    "unit_owner": "The Supplier Ltd",
    "broker_portfolio_id": "portfolio-88",
}
OF_ALL = ["units", "retired", "once", "log"]


def pool_of(database: Database, *, after: Callable[[Connection], object] | None = None) -> PublicPool:
    """As it is, or as it would be after a change that is rolled back."""
    with database.owner() as connection:
        if after is not None:
            after(connection)
        pool = read_public_pool(connection, now=ISSUED_AT)
        connection.rollback()
    return pool


def broken(pool: PublicPool) -> list[str]:
    return [check.name for check in pool.checks if not check.holds]


@pytest.fixture
def receipt(database: Database, home: Path) -> IssuedReceipt:
    return issued_receipt(database, home, organization="Ada of Secrets", legal_name="Ada & Söhne GmbH", block=SECRET)


def test_an_empty_pool_breaks_no_rule(database: Database) -> None:
    pool = pool_of(database)
    assert (list(pool.blocks), pool.issuer, pool.log_size, broken(pool)) == ([], None, 0, [])
    assert [check.name for check in pool.checks] == OF_ALL


def test_grams_are_counted_from_the_ledger_and_from_the_log(database: Database, receipt: IssuedReceipt) -> None:
    pool = pool_of(database)
    (block,) = pool.blocks
    grams = receipt.period.grams
    assert (block.receipts, block.receipt_grams) == (1, grams)
    assert (block.logged_receipts, block.logged_grams) == (1, grams)
    assert (block.allotted_grams, block.free_grams) == (grams, block.retired_grams - grams)
    assert block.total_units == block.retired_units == block.retired_grams // 1_000_000
    assert [(done.first_unit, done.last_unit) for done in block.retirements] == [(1, block.total_units)]
    assert broken(pool) == []


def test_grams_are_allotted_before_a_receipt_states_them(database: Database, receipt: IssuedReceipt) -> None:
    closed = closed_period(database, organization="Bob")
    pool = pool_of(database)
    assert pool.totals.allotted_grams == receipt.period.grams + closed.grams
    assert pool.totals.receipt_grams == pool.totals.logged_grams == receipt.period.grams
    assert broken(pool) == []


def test_a_void_receipt_states_nothing_and_its_replacement_the_same(database: Database, receipt: IssuedReceipt) -> None:
    void(
        database, receipt.home.secrets, serial=receipt.serial, reason_code="error_found", note="A wrong name.",
        replace=True, actor="operator", now=ISSUED_AT,
    )  # fmt: skip
    pool = pool_of(database)
    assert (pool.totals.receipt_grams, pool.totals.logged_grams, broken(pool)) == (0, 0, [])
    receipt.home.clock.advance(timedelta(hours=1))
    receipt.home.issue()
    pool = pool_of(database)
    assert pool.totals.receipt_grams == pool.totals.logged_grams == receipt.period.grams
    assert [(block.receipts, block.logged_receipts) for block in pool.blocks] == [(1, 1)]


def test_units_that_a_registry_took_back_are_no_longer_retired(database: Database, receipt: IssuedReceipt) -> None:
    invalidate(database, block_id=1, units=range(1, 2), reason="cancelled", actor="operator", now=ISSUED_AT)
    pool = pool_of(database)
    (block,) = pool.blocks
    assert (block.invalidated_units, block.retired_units) == (1, block.total_units - 1)
    assert broken(pool) == []


def without(constraint_of: str, kind: str) -> bytes:
    """A block that drops constraints of a table and its triggers, as whoever owns the database can."""
    return (
        f"do $$ declare name text; begin alter table {constraint_of} disable trigger user;"
        f" for name in select conname from pg_constraint where conrelid = '{constraint_of}'::regclass"
        f" and contype = '{kind}' loop execute format('alter table {constraint_of} drop constraint %I', name);"
        " end loop; end $$"
    ).encode()


def test_a_gram_that_is_allotted_twice_is_shown(database: Database, receipt: IssuedReceipt) -> None:
    def share(connection: Connection) -> None:
        connection.execute(without("ops.allocations", "x"))
        connection.execute(
            "insert into ops.allocations (org_id, period_id, block_id, retirement_id, grams, allotted_at)"
            " select org_id, period_id, block_id, retirement_id, int8range(upper(grams) - 7, upper(grams) + 5),"
            " allotted_at from ops.allocations"
        )

    pool = pool_of(database, after=share)
    assert [block.shared_grams for block in pool.blocks] == [7]
    assert broken(pool) == ["once"]
    assert pool.checks[2].broken == (pool.blocks[0].serial_number_block,)


def test_more_grams_than_are_retired_are_shown(database: Database, receipt: IssuedReceipt) -> None:
    def overdraw(connection: Connection) -> None:
        connection.execute(without("ops.allocations", "x"))
        connection.execute("update ops.allocations set grams = int8range(0, 1000000000000)")

    assert broken(pool_of(database, after=overdraw)) == ["retired"]


def test_units_that_are_retired_twice_are_shown(database: Database, receipt: IssuedReceipt) -> None:
    def retire_again(connection: Connection) -> None:
        connection.execute(without("ops.retirements", "x"))
        columns = (
            "block_id, backend, units, state, cause, ordered_at, next_attempt_at, registry_retirement_id, retired_on,"
            " beneficiary_on_registry, evidence_sha256, settled_at"
        )
        again = f"insert into ops.retirements (reference, {columns}) select 'again', {columns} from ops.retirements"
        connection.execute(again.encode())

    assert broken(pool_of(database, after=retire_again)) == ["units", "retired"]


def test_a_receipt_that_the_log_does_not_have_so_is_shown(database: Database, receipt: IssuedReceipt) -> None:
    def restate(connection: Connection) -> None:
        connection.execute("alter table ops.receipt_credits disable trigger user")
        connection.execute("update ops.receipt_credits set grams = int8range(lower(grams), upper(grams) - 1)")

    assert broken(pool_of(database, after=restate)) == ["log"]


def test_json_and_page_say_the_same_and_nothing_that_is_private(
    api: httpx.Client, database: Database, receipt: IssuedReceipt
) -> None:
    told, shown = api.get("/pool.json"), api.get("/pool")
    body = told.json()
    grams = receipt.period.grams
    assert (body["test"], body["log_origin"], body["log_size"]) == (True, "ledger.example/log", 6)
    assert body["totals"]["allotted_grams"] == body["totals"]["receipt_grams"] == grams
    assert [check["holds"] for check in body["checks"]] == [True] * 4
    assert shown.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f"{grams:,} g" in shown.text
    assert shown.text.count(">holds<") == 4
    assert body["blocks"][0]["serial_number_block"] in shown.text
    private = [*map(str, SECRET.values()), "987", "Ada", "Söhne", receipt.serial, receipt.receipt_id, "org_"]
    for text in (told.text, shown.text):
        assert [word for word in private if word in text] == []


def test_a_reading_is_kept_for_a_minute(
    api: httpx.Client, database: Database, clock: FixedClock, receipt: IssuedReceipt
) -> None:
    first = api.get("/pool.json")
    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    closed_period(database, organization="Bob")
    clock.advance(timedelta(seconds=59))
    assert api.get("/pool.json").content == first.content
    assert api.get("/pool.json", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    clock.advance(timedelta(seconds=1))
    later = api.get("/pool.json").json()
    assert later["totals"]["allotted_grams"] > first.json()["totals"]["allotted_grams"]
