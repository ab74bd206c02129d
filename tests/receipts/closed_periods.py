"""Closed paid periods by SQL, as closes leave them: sealed usage, what was stated of it, and credits allotted.

No build is needed. Every guard of the tables is in force; masses follow from the project's own factors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from billing.carry import retirable
from billing.credits.allocation import allocate
from core.database import Connection, Database, fetch_one
from tests.billing.credits.ledger import insert_block, retire_units
from tests.receipts.sealed_rows import BOUNDS, Used, lay_reference, seal

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
OWNER = "owner@example.com"
A_MONTH = (
    Used(),
    Used(
        output=2_000_000, cache_read=3_000_000, provider="anthropic", model="claude-sonnet-4-5", project="Search",
        requests=None,
    ),
)  # fmt: skip
"""Two models, two projects."""

_PERIOD = """
    insert into ops.billing_periods (
        org_id, stripe_subscription_id, tier, funding, span, state, factor_version, coverage_grams, settling_invoice_id,
        paid_at, close_at, next_attempt_at, opened_at
    ) values (
        %(org_id)s, %(subscription)s, %(tier)s, 'paid', tstzrange(%(starts_at)s, %(ends_at)s), 'reconciling', '2026.1',
        %(coverage_grams)s, %(invoice)s, %(starts_at)s, %(closed_at)s, %(closed_at)s, %(starts_at)s
    ) returning id
"""
_STATED = """
    update ops.billing_periods set
        state = 'frozen', frozen_at = %(closed_at)s, seen_arrival_id = 0, seal_arrival_id = nextval('ops.arrivals'),
        has_usage_data = %(has_usage_data)s, co2e_micrograms_low = %(low)s, co2e_micrograms_central = %(central)s,
        co2e_micrograms_high = %(high)s, carry_in_micrograms = %(carry_in)s, carry_out_micrograms = %(carry_out)s,
        not_covered_micrograms = %(not_covered)s, retire_grams = %(grams)s, known_hours = %(known_hours)s,
        missing_hours = %(missing_hours)s, holes = %(holes)s
    where id = %(period_id)s
"""


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    org_id: int
    period_id: int
    starts_at: datetime
    ends_at: datetime
    closed_at: datetime
    grams: int
    carry_out_micrograms: Decimal


def closed_period(
    database: Database,
    *,
    organization: str = "Ada & Söhne",
    legal_name: str | None = None,
    after: ClosedPeriod | None = None,
    usage: Sequence[Used] = A_MONTH,
    late: Sequence[Used] = (),
    tier: str = "starter",
    coverage_grams: int = 100_000_000,
    holes: Sequence[tuple[datetime, datetime]] = (),
    has_usage_data: bool = True,
    block: dict[str, Any] | None = None,
    misstated_by: Decimal = Decimal(0),
) -> ClosedPeriod:
    """October 2026 of a new organization with one owner; `after`: the month behind that one, of the same organization.

    `late`: adjustments of the month `after`. Where the pool's free grams do not suffice, one more block of retired
    units is added, changed by `block`; `coverage_grams=0`, or usage of nothing, needs none. `misstated_by`: micrograms
    that the close stated beyond what the rows are, as only a defect could.
    """
    with database.owner() as connection:
        org_id = after.org_id if after else _an_organization(connection, organization, legal_name, tier=tier)
    starts_at = after.ends_at if after else OCTOBER
    ends_at = (starts_at + timedelta(days=31)).replace(day=1)
    closed_at = ends_at + timedelta(hours=48, seconds=17)
    names = {"subscription": f"sub_{org_id}", "invoice": f"in_{org_id}_{starts_at:%Y_%m}"}
    facts = names | {
        "org_id": org_id, "tier": tier, "starts_at": starts_at, "ends_at": ends_at, "closed_at": closed_at,
        "coverage_grams": coverage_grams,
    }  # fmt: skip
    with database.worker() as connection:
        lay_reference(connection)
        _mirror_stripe(connection, facts)
        period_id = int(fetch_one(connection, _PERIOD, facts)["id"])
        own: dict[str, Any] = {"org_id": org_id, "period_id": period_id, "now": closed_at}
        seal(connection, usage, origin_period_id=period_id, origin_starts_at=starts_at, **own)
        if after:
            seal(connection, late, origin_period_id=after.period_id, origin_starts_at=after.starts_at, **own)
        totals = {bound: _total([*usage, *late], bound) for bound in BOUNDS}
        totals["central"] += misstated_by
        carry_in = after.carry_out_micrograms if after else Decimal(0)
        stated = retirable(totals["central"], carry_in_micrograms=carry_in, coverage_grams=coverage_grams)
        missing = sum((end - start for start, end in holes), timedelta()) // timedelta(hours=1)
        facts |= totals | {
            "period_id": period_id,
            "has_usage_data": has_usage_data,
            "carry_in": carry_in,
            "carry_out": stated.carry_out_micrograms,
            "not_covered": stated.not_covered_micrograms,
            "grams": stated.grams,
            "known_hours": (ends_at - starts_at) // timedelta(hours=1) - missing,
            "missing_hours": missing,
            "holes": Multirange([Range(start, end) for start, end in holes]),
        }
        connection.execute(_STATED, facts)
        allot(connection, org_id=org_id, period_id=period_id, grams=stated.grams, now=closed_at, block=block or {})
        for state, closing in (("retired", None), ("closed", closed_at)):
            connection.execute(
                "update ops.billing_periods set state = %s, next_attempt_at = null, closed_at = %s where id = %s",
                [state, closing, period_id],
            )
    return ClosedPeriod(org_id, period_id, starts_at, ends_at, closed_at, stated.grams, stated.carry_out_micrograms)


def allot(
    connection: Connection, *, org_id: int, period_id: int, grams: int, now: datetime, block: dict[str, Any]
) -> None:
    """The period's grams of what the pool has retired, and of one more block if that is too little."""
    asked: dict[str, Any] = {"org_id": org_id, "period_id": period_id, "grams": grams, "now": now}
    if allocate(connection, policy="oldest_vintage_first", **asked) == "allotted":
        return
    count = fetch_one(connection, "select count(*) as count from ops.credit_blocks")["count"]
    row: dict[str, Any] = {
        "issuance_scope": f"TEST{count}",
        "serial_number_block": f"{13557 + count}-1-10-VCS-VCU-1289-VER-TZ-1-2366-16042021-15102021-0",
        "unit_size_grams": 1_000_000,
    } | block
    block_id = insert_block(connection, units=grams // row["unit_size_grams"] + 1, **row)
    retire_units(connection, block_id, units=grams // row["unit_size_grams"] + 1)
    assert allocate(connection, policy="oldest_vintage_first", **asked) == "allotted"


def _an_organization(connection: Connection, name: str, legal_name: str | None, *, tier: str) -> int:
    row = fetch_one(
        connection,
        "insert into ops.organizations (name, legal_name, tier, created_at) values (%s, %s, %s, %s) returning id",
        [name, legal_name, tier, OCTOBER],
    )
    connection.execute(
        "with person as (insert into ops.users (email, password_hash, created_at) values (%s, 'none', %s)"
        " on conflict (email) do update set password_hash = 'none' returning id)"
        " insert into ops.memberships (org_id, user_id, role, created_at) select %s, id, 'owner', %s from person",
        [OWNER, OCTOBER, row["id"], OCTOBER],
    )
    return int(row["id"])


def _mirror_stripe(connection: Connection, facts: dict[str, Any]) -> None:
    connection.execute(
        "insert into ops.subscriptions (stripe_subscription_id, org_id, status, tier, price_lookup_key, interval,"
        " started_at, current_span, cancels_at_period_end, is_collection_paused, fetched_at) values (%(subscription)s,"
        " %(org_id)s, 'active', %(tier)s, 'carbonledger_starter_monthly', 'month', %(starts_at)s,"
        " tstzrange(%(starts_at)s, %(ends_at)s), false, false, %(starts_at)s) on conflict do nothing",
        facts,
    )
    connection.execute(
        "insert into ops.invoices (stripe_invoice_id, org_id, stripe_subscription_id, billing_reason, status, currency,"
        " total_cents, amount_paid_cents, attempt_count, created_at, paid_at, fetched_at) values (%(invoice)s,"
        " %(org_id)s, %(subscription)s, 'subscription_cycle', 'paid', 'usd', 2900, 2900, 1, %(starts_at)s,"
        " %(starts_at)s, %(starts_at)s)",
        facts,
    )


def _total(rows: Sequence[Used], bound: str) -> Decimal:
    masses = (row.masses()[f"co2e_micrograms_{bound}"] for row in rows)
    return sum((mass for mass in masses if mass is not None), Decimal(0))
