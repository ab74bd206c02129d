"""Eight closers on 200 paid periods that are due, with credits for half of them and then for all.

Beside them as many bare transactions as the closes took steps, one row updated in each, by eight processes as well.
"""

import csv
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import LiteralString

from bench.due_periods import FEBRUARY, HOURS, fill_with_due_periods
from bench.together import Act, together
from billing.close import close_due
from billing.credits.evidence import EvidenceFolder
from billing.credits.import_file import import_credits
from billing.credits.invariants import broken_invariants
from core.clock import FixedClock
from core.database import Database, database_urls, fetch_one
from core.migrations.migrate import migrate
from core.settings import Settings

CLOSERS = 8
PERIODS = 200
DUE_AT = FEBRUARY + timedelta(hours=48)
RESTOCKED_AT = DUE_AT + timedelta(minutes=10)

_GRAMS_A_UNIT = 1_000_000
_POOL = "CarbonLedger, on behalf of its customers"
_EMITTED_GRAMS: LiteralString = (
    "select ceil(sum(co2e_micrograms_central) / 1000000)::bigint as grams from marts.fct_usage"
)
_WAITING: LiteralString = (
    "select count(*) as count, coalesce(sum(retire_grams), 0)::bigint as grams, min(retire_grams) as least"
    " from ops.billing_periods where state = 'awaiting_credits'"
)
_RETIRED_UNITS = {
    "registry": "ACR",
    "unit_status": "Retired",
    "unit_status_reason": "Environmental benefit",
    "unit_type": "Removal - technical",
    "mitigation_class": "removal",
    "unit_registry_link": "https://acr2.apx.com/mymodule/reg/prjView.asp?id1=934",
    "vintage_year": "2024",
    "project_id": "ACR934",
    "project_name": "Bench",
    "host_country": "US",
    "project_type": "Industrial gas",
    "methodology": "Bench",
    "corresponding_adjustment_declaration": "Unknown",
    "acquired_at": "2026-01-01",
    "cost_cents": "100",
    "currency": "USD",
    "retired_on": "2026-01-01",
    "beneficiary_on_registry": _POOL,
    "evidence_file": "statement.txt",
}


@dataclass(frozen=True, slots=True)
class ClosesMeasured:
    """Seconds of both rounds of closes together, and of the bare transactions, which are as many as the steps."""

    closed_at_first: int
    steps: int
    closes_seconds: float
    bare_seconds: float

    def as_table(self) -> str:
        closes, bare = (60 * PERIODS / seconds for seconds in (self.closes_seconds, self.bare_seconds))
        return "\n".join(
            [
                f"\n| {CLOSERS} processes, {PERIODS} paid periods of {HOURS} buckets | s | periods/min | times |",
                "|---|--:|--:|--:|",
                f"| closes: {self.closed_at_first} with scarce credits, the others after a restock"
                f" | {self.closes_seconds:.2f} | {closes:,.0f} | {bare / closes:.1f} |",
                f"| their {self.steps:,} steps as bare transactions | {self.bare_seconds:.2f} | {bare:,.0f} | 1.0 |",
            ]
        )


def closes_measured(home: Path) -> ClosesMeasured:
    """Measure in a fresh home. Raises AssertionError if a gram or a bucket went to two periods, a period got a part of
    its grams, waited beside credits that suffice, or is not closed after the restock.
    """
    urls = database_urls(Settings(home=home))
    migrate(urls)
    with Database(urls) as database:
        fill_with_due_periods(database, organizations=PERIODS)
        _make_bare_rows(database)
        with database.worker() as connection:
            emitted_grams: int = fetch_one(connection, _EMITTED_GRAMS)["grams"]
        half = emitted_grams // 2 // _GRAMS_A_UNIT
        stock(database, home, units=range(1, half + 1), now=DUE_AT)
        seconds, steps = together(urls, [partial(_close, now=DUE_AT)] * CLOSERS)
        waiting, lacking_grams = _check_scarce(database)
        enough = half - (-lacking_grams // _GRAMS_A_UNIT)
        stock(database, home, units=range(half + 1, enough + 1), now=RESTOCKED_AT)
        more_seconds, more_steps = together(urls, [partial(_close, now=RESTOCKED_AT)] * CLOSERS)
        _check_closed(database)
        bare_seconds, bare_count = together(urls, _bare_acts(steps + more_steps))
        assert bare_count == steps + more_steps
    return ClosesMeasured(PERIODS - waiting, steps + more_steps, seconds + more_seconds, bare_seconds)


def _close(database: Database, *, now: datetime) -> int:
    return close_due(database, clock=FixedClock(now), policy="oldest_vintage_first")


def _make_bare_rows(database: Database) -> None:
    with database.owner() as connection:
        connection.execute("create table ops.bench_rows (id integer primary key, version integer not null)")
        connection.execute("grant select, update on ops.bench_rows to carbonledger_worker")
        connection.execute("insert into ops.bench_rows select generate_series(0, %s - 1), 0", [PERIODS])


def _bare_acts(count: int) -> list[Act]:
    """`count` transactions, divided; each process has rows of its own, so that none waits for another's."""
    shares = [count // CLOSERS + (number < count % CLOSERS) for number in range(CLOSERS)]
    return [
        partial(_update_rows, own=range(number, PERIODS, CLOSERS), count=share) for number, share in enumerate(shares)
    ]


def _update_rows(database: Database, *, own: range, count: int) -> int:
    done = 0
    for number in range(count):
        with database.worker() as connection:
            done += connection.execute(
                "update ops.bench_rows set version = version + 1 where id = %s", [own[number % len(own)]]
            ).rowcount
    return done


def stock(database: Database, home: Path, *, units: range, now: datetime) -> None:
    """Import tonnes of these numbers, retired for the pool; periods that wait are woken."""
    row = _RETIRED_UNITS | {
        "serial_number_block": f"ACR-US-934-2024-2891-{units[0]} to {units[-1]}",
        "unit_count": str(len(units)),
        "registry_retirement_id": f"RET-{units[0]}",
    }
    path, evidence = home / f"credits-{units[0]}.csv", home / "statement.txt"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    evidence.write_text("Retired for the pool.\n")
    import_credits(database, EvidenceFolder(home), path, evidence=evidence, beneficiary=_POOL, now=now)


def _check_scarce(database: Database) -> tuple[int, int]:
    """(periods that wait, grams that they need)."""
    with database.worker() as connection:
        assert broken_invariants(connection) == {}
        waiting = fetch_one(connection, _WAITING)
        closed = fetch_one(connection, "select count(*) as count from ops.billing_periods where state = 'closed'")
        partly = fetch_one(
            connection,
            "select count(*) as count from ops.allocations join ops.billing_periods as period"
            " on period.id = period_id where period.state = 'awaiting_credits'",
        )
        free = fetch_one(connection, "select sum(free_grams) as grams from ops.credit_balances")
    assert 0 < waiting["count"] == PERIODS - closed["count"] < PERIODS
    assert partly["count"] == 0
    assert free["grams"] < waiting["least"]
    return waiting["count"], waiting["grams"]


def _check_closed(database: Database) -> None:
    with database.worker() as connection:
        assert broken_invariants(connection) == {}
        closed = fetch_one(
            connection,
            "select count(*) as count, sum(retire_grams) as grams from ops.billing_periods where funding = 'paid'"
            " and state = 'closed'",
        )
        allotted = fetch_one(
            connection,
            "select count(distinct period_id) as count, sum(upper(grams) - lower(grams)) as grams from ops.allocations",
        )
        moves = fetch_one(
            connection,
            "select count(*) filter (where to_state = 'frozen') as frozen,"
            " count(*) filter (where to_state = 'retired') as retired,"
            " count(*) filter (where to_state = 'closed') as closed from ops.billing_period_moves",
        )
        sealed = fetch_one(
            connection, "select count(*) as rows, count(distinct usage_hash) as hashes from ops.sealed_usage"
        )
    assert closed == allotted
    assert closed["count"] == PERIODS
    assert moves == {"frozen": PERIODS, "retired": PERIODS, "closed": PERIODS}
    assert sealed == {"rows": PERIODS * HOURS, "hashes": PERIODS * HOURS}
