"""Rows to start from: organizations, frozen periods that need grams, and blocks of credits, retired or held."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from psycopg import sql

from billing.credits.allocation import allocate
from billing.credits.blocks import Block, lock_block
from billing.credits.evidence import Evidence, note_evidence
from billing.credits.invalidation import Invalidated, invalidate
from billing.credits.refill import refill_due
from billing.credits.retirements import RetirementFacts, order_units, settle_as_retired
from core.database import Connection, Database, fetch_one
from tests.billing.credits.broker_process import PORTFOLIO, SERIAL

NOW = datetime(2026, 12, 3, 1, 0, tzinfo=UTC)
POOL = "CarbonLedger, on behalf of its customers"
SOME_FILE = Evidence(sha256="ab" * 32, file_name="statement.pdf", size_bytes=7)

_BLOCK: dict[str, Any] = {
    "registry": "VERRA",
    "issuance_scope": "VER",
    "serial_number_block": "13557-1-10-VCS-VCU-1289-VER-TZ-1-2366-16042021-15102021-0",
    "unit_block_start": 1,
    "unit_size_grams": 1_000_000,
    "unit_status": "Held",
    "unit_type": "Reduction - nature",
    "mitigation_class": "reduction",
    "unit_registry_link": "https://registry.verra.org/app/projectDetail/VCS/2366",
    "vintage_year": 2021,
    "project_id": "VCS2366",
    "project_name": "Grassland restoration",
    "host_country": "TZ",
    "project_type": "Agriculture Forestry and Other Land Use",
    "methodology": "VM0032",
    "corresponding_adjustment_declaration": "Unknown",
    "acquired_at": date(2026, 10, 1),
    "cost_cents": 10_000,
    "currency": "USD",
    "imported_from_sha256": "cd" * 32,
    "imported_at": NOW,
}


_SUBSCRIPTION = """
    insert into ops.subscriptions (
        stripe_subscription_id, org_id, status, tier, price_lookup_key, interval, started_at, current_span,
        cancels_at_period_end, is_collection_paused, fetched_at
    ) values (
        %(sub)s, %(org)s, 'active', 'starter', 'carbonledger_starter_monthly', 'month', %(now)s,
        tstzrange(%(starts)s, %(ends)s), false, false, %(now)s
    ) on conflict do nothing
"""
_INVOICE = """
    insert into ops.invoices (
        stripe_invoice_id, org_id, billing_reason, status, currency, total_cents, amount_paid_cents, attempt_count,
        created_at, fetched_at
    ) values (%(invoice)s, %(org)s, 'subscription_cycle', 'paid', 'usd', 2900, 2900, 1, %(now)s, %(now)s)
"""
_PERIOD = """
    insert into ops.billing_periods (
        org_id, stripe_subscription_id, tier, funding, span, state, factor_version, coverage_grams, settling_invoice_id,
        next_attempt_at, opened_at, frozen_at, seen_arrival_id, seal_arrival_id, has_usage_data,
        co2e_micrograms_central, carry_in_micrograms, carry_out_micrograms, retire_grams
    ) values (
        %(org)s, %(sub)s, 'starter', 'paid', tstzrange(%(starts)s, %(ends)s), 'frozen', 'v1', 100000000, %(invoice)s,
        %(now)s, %(now)s, %(now)s, 0, nextval('ops.arrivals'), true, %(grams)s * 1000000::numeric, 0, 0, %(grams)s
    ) returning id
"""


def an_organization(database: Database, name: str = "Ada") -> int:
    with database.owner() as connection:
        row = fetch_one(
            connection,
            "insert into ops.organizations (name, tier, created_at) values (%s, 'starter', %s) returning id",
            [name, NOW],
        )
    org_id: int = row["id"]
    return org_id


def a_period(database: Database, org_id: int, *, grams: int, months_ago: int = 0) -> int:
    """A frozen period whose close stated `grams` to retire; periods of one organization need other `months_ago`."""
    with database.worker() as connection:
        return insert_period(connection, org_id, grams=grams, months_ago=months_ago)


def insert_period(connection: Connection, org_id: int, *, grams: int, months_ago: int) -> int:
    ends = datetime(2026, 12, 1, tzinfo=UTC) - timedelta(days=30 * months_ago)
    names = {"org": org_id, "sub": f"sub_{org_id}", "invoice": f"in_{org_id}_{months_ago}"}
    facts = {"now": NOW, "starts": ends - timedelta(days=30), "ends": ends, "grams": grams}
    connection.execute(_SUBSCRIPTION, names | facts)
    connection.execute(_INVOICE, names | facts)
    period_id: int = fetch_one(connection, _PERIOD, names | facts)["id"]
    return period_id


def a_closed_period(database: Database, org_id: int, *, grams: int, months_ago: int = 0) -> int:
    """A period that has its grams of the pool, and is closed."""
    period_id = a_period(database, org_id, grams=grams, months_ago=months_ago)
    with database.worker() as connection:
        asked = {"org_id": org_id, "period_id": period_id, "grams": grams}
        assert allocate(connection, policy="cheapest", now=NOW, **asked) == "allotted"
        for state, closed_at in (("retired", None), ("closed", NOW)):
            connection.execute(
                "update ops.billing_periods set state = %s, next_attempt_at = null, closed_at = %s where id = %s",
                [state, closed_at, period_id],
            )
    return period_id


def a_block(database: Database, *, units: int = 10, **changes: Any) -> int:
    """A held block of `units` from unit 1 on; give another `issuance_scope` for a second one."""
    with database.worker() as connection:
        return insert_block(connection, units=units, **changes)


def a_broker_block(database: Database) -> int:
    """The block of the units that the broker's sandbox holds."""
    return a_block(
        database,
        units=290,
        registry="ACR",
        issuance_scope="2891",
        serial_number_block=SERIAL.format(start=58384, end=58673),
        unit_block_start=58384,
        broker_portfolio_id=PORTFOLIO,
    )


def insert_block(connection: Connection, *, units: int, **changes: Any) -> int:
    row = _BLOCK | changes
    row |= {"unit_count": units, "unit_block_end": row["unit_block_start"] + units - 1}
    statement = sql.SQL("insert into ops.credit_blocks ({}) values ({}) returning id").format(
        sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(sql.Placeholder() * len(row))
    )
    inserted = connection.execute(statement, list(row.values())).fetchone()
    assert inserted is not None
    block_id: int = inserted["id"]
    return block_id


def order(database: Database, block_id: int, *, units: int) -> int:
    """Order the block's next held units to be retired, in one run; the id of the retirement."""
    with database.worker() as connection:
        block = lock_block(connection, block_id)
        assert block is not None
        return order_units(connection, block, units=units, cause="test", now=NOW)[0].retirement_id


def retire(database: Database, block_id: int, *, units: int) -> list[int]:
    """Order the block's next held units and settle them as retired; the ids of the retirements."""
    with database.worker() as connection:
        return retire_units(connection, block_id, units=units)


def retire_units(connection: Connection, block_id: int, *, units: int) -> list[int]:
    block = lock_block(connection, block_id)
    assert block is not None
    order_units(connection, block, units=units, cause="test", now=NOW)
    return settle_all(connection)


def settle_all(connection: Connection) -> list[int]:
    """Every ordered retirement is shown as it was ordered; their ids."""
    rows = connection.execute(
        "select id, lower(units) as start, upper(units) as stop from ops.retirements where state = 'ordered'"
        " order by id"
    ).fetchall()
    for row in rows:
        settle_as_retired(connection, row["id"], shown(connection, range(row["start"], row["stop"])), now=NOW)
    return [row["id"] for row in rows]


def shown(connection: Connection, units: range, **changes: Any) -> RetirementFacts:
    """What a registry would show of these units."""
    note_evidence(connection, SOME_FILE, now=NOW)
    facts: dict[str, Any] = {
        "units": units,
        "registry_retirement_id": "R-1",
        "retired_on": NOW.date(),
        "beneficiary_on_registry": POOL,
        "evidence_sha256": SOME_FILE.sha256,
    }
    return RetirementFacts(**(facts | changes))


def take_back(database: Database, block_id: int, units: range, *, reason: str = "cancelled by Verra") -> Invalidated:
    """The registry took these units back."""
    return invalidate(database, block_id=block_id, units=units, reason=reason, actor="operator", now=NOW)


def refill(database: Database, *, hours: int = 0) -> int:
    """Let periods that lost grams have others; how many were looked at."""
    return refill_due(database, policy="cheapest", now=NOW + timedelta(hours=hours))


def block_of(database: Database, block_id: int) -> Block:
    with database.worker() as connection:
        block = lock_block(connection, block_id)
    assert block is not None
    return block


def allocations(database: Database) -> list[tuple[int, int, int, int]]:
    """(period, block, first gram, gram behind the last) of every allocation, oldest first."""
    with database.worker() as connection:
        rows = connection.execute(
            "select period_id, block_id, lower(grams) as start, upper(grams) as stop from ops.allocations order by id"
        ).fetchall()
    return [(row["period_id"], row["block_id"], row["start"], row["stop"]) for row in rows]


def grams_in_force(database: Database, period_id: int) -> list[tuple[int, int]]:
    """First gram and gram behind the last of what backs the period, in the order of allotment."""
    with database.worker() as connection:
        rows = connection.execute(
            "select lower(grams) as start, upper(grams) as stop from ops.allocations_in_force where period_id = %s"
            " order by allocation_id, grams",
            [period_id],
        ).fetchall()
    return [(row["start"], row["stop"]) for row in rows]
