"""The sealed rows of a period, in the order of the sealed usage file, as numbers and printed names.

Read through a cursor: a large organization's month has more rows than should lie in memory at once.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.database import Connection
from receipts.document import texts

COUNTERS = {
    "uncachedInput": "uncached_input",
    "cacheRead": "cache_read",
    "cacheWrite5m": "cache_write_5m",
    "cacheWrite1h": "cache_write_1h",
    "output": "output",
}
"""As documents name them: as columns do."""
BOUNDS = ("low", "central", "high")
AT_ONCE = 2_000

_ROWS = f"""
    select
        sealed.usage_hash, sealed.bucket_started_at, sealed.project_name, sealed.provider, sealed.model,
        sealed.model_class, sealed.host, sealed.factor_version,
        {", ".join(f"sealed.{column}_tokens" for column in COUNTERS.values())}, sealed.requests,
        {", ".join(f"sealed.co2e_micrograms_{bound}, sealed.energy_micro_wh_{bound}" for bound in BOUNDS)},
        lower(origin.span) as origin_starts_at, upper(origin.span) as origin_ends_at
    from ops.sealed_usage as sealed
    left join ops.billing_periods as origin
        on origin.id = sealed.origin_period_id and sealed.origin_period_id <> sealed.period_id
    where sealed.period_id = %s
    order by sealed.bucket_started_at, sealed.usage_hash collate "C", lower(origin.span) nulls first
"""

Bounds = tuple[Decimal, Decimal, Decimal]
"""Low, central, high; exact micrograms or micro-Wh."""
Origin = tuple[str, str]
"""Start and end, written."""


@dataclass(frozen=True, slots=True)
class SealedRow:
    """`origin`: of an adjustment, the period whose statement it changes. `tokens`: in the order of COUNTERS."""

    usage_hash: str
    bucket_started_at: datetime
    origin: Origin | None
    project: str
    provider: str
    model: str | None
    model_class: str
    host: str
    factor_version: str
    tokens: tuple[int | None, ...]
    requests: int | None
    emissions: Bounds | None
    energy: Bounds | None


def sealed_rows(connection: Connection, period_id: int) -> Generator[SealedRow, None, None]:
    """All of them, once, in a fixed order. Also for a tenant, who reads its own."""
    with connection.cursor(name="sealed_rows") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(_ROWS.encode(), [period_id])
        for row in cursor:
            origin = None
            if row["origin_starts_at"] is not None:
                origin = (texts.instant(row["origin_starts_at"]), texts.instant(row["origin_ends_at"]))
            yield SealedRow(
                usage_hash=row["usage_hash"],
                bucket_started_at=row["bucket_started_at"],
                origin=origin,
                project=texts.name(row["project_name"]),
                provider=row["provider"],
                model=texts.name_if_known(row["model"]),
                model_class=row["model_class"],
                host=row["host"],
                factor_version=row["factor_version"],
                tokens=tuple(row[f"{column}_tokens"] for column in COUNTERS.values()),
                requests=row["requests"],
                emissions=_bounds([row[f"co2e_micrograms_{bound}"] for bound in BOUNDS]),
                energy=_bounds([row[f"energy_micro_wh_{bound}"] for bound in BOUNDS]),
            )


def _bounds(exact: list[Decimal | None]) -> Bounds | None:
    low, central, high = exact
    return None if low is None or central is None or high is None else (low, central, high)
