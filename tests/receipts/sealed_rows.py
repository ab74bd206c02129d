"""Rows of ops.sealed_usage as a close seals them, priced with the project's own factors."""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache

from core.database import Connection, fetch_one
from tests.source_tree import ROOT

SEEDS = ROOT / "dbt_project" / "seeds"
COUNTERS = ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
BOUNDS = ("low", "central", "high")
SINCE_THE_START = timedelta(days=9, hours=10)

_TABLES = """
    create table reference.emission_factors (
        version text, model_class text, host text, counter text, bound text,
        micrograms_co2e_per_token numeric(18, 6), micro_wh_per_token numeric(18, 6)
    );
    create table reference.factor_sets (version text, input_sha256 text, is_current boolean)
"""


@dataclass(frozen=True, slots=True)
class Used:
    """One bucket; None: its provider does not say. Of an adjustment, differences. `at`: since its period began."""

    output: int | None = 1_000_000
    uncached_input: int | None = 0
    cache_read: int | None = 0
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    requests: int | None = 10
    provider: str = "openai"
    model: str | None = "gpt-4o"
    model_class: str = "L"
    host: str | None = None
    project: str = "Default"
    version: str = "2026.1"
    at: timedelta = SINCE_THE_START

    @property
    def served_by(self) -> str:
        return self.host or self.provider

    def masses(self) -> dict[str, Decimal | None]:
        """Micrograms and micro-Wh by column of ops.sealed_usage; None: nothing known, or no factors."""
        return {f"co2e_micrograms_{bound}": self._priced(bound, 0) for bound in BOUNDS} | {
            f"energy_micro_wh_{bound}": self._priced(bound, 1) for bound in BOUNDS
        }

    def _priced(self, bound: str, which: int) -> Decimal | None:
        terms = []
        for counter in COUNTERS:
            tokens, factor = getattr(self, counter), factors().get(self._key(counter, bound))
            if tokens is not None and factor is not None:
                terms.append(tokens * factor[which])
        return sum(terms, Decimal(0)) if terms else None

    def _key(self, counter: str, bound: str) -> tuple[str, ...]:
        return self.version, self.model_class, self.served_by, counter, bound


@cache
def factors() -> Mapping[tuple[str, ...], tuple[Decimal, Decimal]]:
    """(micrograms, micro-Wh) a token by (version, class, host, counter, bound)."""
    with (SEEDS / "emission_factors.csv").open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {tuple(row[:5]): (Decimal(row[5]), Decimal(row[6])) for row in rows}


def lay_reference(connection: Connection) -> None:
    """The tables that the first build brings, unless there was one."""
    found = fetch_one(connection, "select to_regclass('reference.emission_factors') is not null as is_there")
    if found["is_there"]:
        return
    connection.execute(_TABLES)
    for name in ("emission_factors", "factor_sets"):
        with connection.cursor().copy(f"copy reference.{name} from stdin (format csv, header)".encode()) as copy:
            copy.write((SEEDS / f"{name}.csv").read_bytes())


def seal(
    connection: Connection,
    rows: Sequence[Used],
    *,
    org_id: int,
    period_id: int,
    origin_period_id: int,
    origin_starts_at: datetime,
    now: datetime,
) -> None:
    """Insert them; a row's place in the sequence is part of its hash, so that equal ones are different buckets."""
    for number, row in enumerate(rows):
        identity = f"{org_id}:{period_id}:{origin_period_id}:{number}:{row}"
        values = {
            "period_id": period_id,
            "usage_hash": hashlib.sha256(identity.encode()).hexdigest(),
            "origin_period_id": origin_period_id,
            "org_id": org_id,
            "disposition": "billed",
            "account_id": 1,
            "project_id": int.from_bytes(hashlib.sha256(row.project.encode()).digest()[:4], "big"),
            "project_name": row.project,
            "provider": row.provider,
            "model": row.model,
            "model_class": row.model_class,
            "host": row.served_by,
            "factor_version": row.version,
            "bucket_started_at": origin_starts_at + row.at,
            "requests": row.requests,
            "sealed_at": now,
        }
        values |= {f"{counter}_tokens": getattr(row, counter) for counter in COUNTERS} | row.masses()
        connection.execute(
            f"insert into ops.sealed_usage ({', '.join(values)}) values ({', '.join(['%s'] * len(values))})".encode(),
            list(values.values()),
        )
