"""The sealed usage file of a period: what a receipt commits to, and what it can be recomputed from, to the digit.

The format is that of `carbonledger.verify.recompute`, which reads it. The file itself is not kept: its rows are, and
they never change.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from carbonledger.verify.strict_json import Json

from core.database import Connection, fetch_one
from receipts.document import texts
from receipts.document.errors import MissingFactorsError
from receipts.document.sealed_rows import BOUNDS, COUNTERS, Bounds, SealedRow, sealed_rows

FORMAT = "carbonledger-sealed-usage-1"

_HEADER = """
    select
        lower(span) as starts_at, upper(span) as ends_at, factor_version, carry_in_micrograms, coverage_grams,
        (select count(*) from ops.sealed_usage where period_id = period.id) as row_count
    from ops.billing_periods as period where id = %s
"""
# Class NA has no factors: what is no language model's usage is listed and not priced.
_FACTORS = """
    select
        used.factor_version, used.model_class, used.host, factors.counter, factors.bound,
        factors.micrograms_co2e_per_token as micrograms, factors.micro_wh_per_token as micro_wh
    from (
        select factor_version, model_class, host, bool_or(co2e_micrograms_central is not null) as is_priced
        from ops.sealed_usage where period_id = %s group by factor_version, model_class, host
    ) as used
    left join reference.emission_factors as factors
        on factors.version = used.factor_version and factors.model_class = used.model_class
        and factors.host = used.host
    where factors.version is not null or used.is_priced
    order by
        used.factor_version collate "C", used.model_class collate "C", used.host collate "C",
        array_position(array['cache_read', 'cache_write_1h', 'cache_write_5m', 'output', 'uncached_input'], counter),
        array_position(array['low', 'central', 'high'], bound)
"""
# Canonical, in a tenth of the time that RFC 8785 in full takes: names are ASCII and there are no numbers, so order and
# escapes are the same (a test holds the two against each other). A large month has a hundred thousand rows.
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_DOCUMENT_COUNTERS = {column: counter for counter, column in COUNTERS.items()}


def file_lines(connection: Connection, period_id: int) -> Iterator[bytes]:
    """The file, line by line, each with its line feed. The worker's role: factors are not of a tenant.

    Raises MissingFactorsError.
    """
    yield from head_lines(connection, period_id)
    for row in sealed_rows(connection, period_id):
        yield row_line(row)


def head_lines(connection: Connection, period_id: int) -> Iterator[bytes]:
    """The header, and the factors that the rows were priced with. Raises MissingFactorsError."""
    period = fetch_one(connection, _HEADER, [period_id])
    factors = connection.execute(_FACTORS, [period_id]).fetchall()
    yield _line(
        {
            "format": FORMAT,
            "period": _span(period["starts_at"], period["ends_at"]),
            "methodologyVersion": period["factor_version"],
            "carryInMicrograms": texts.decimal(period["carry_in_micrograms"]),
            "coverageLimitGrams": str(period["coverage_grams"]),
            "factors": str(len(factors)),
            "rows": str(period["row_count"]),
        }
    )
    for factor in factors:
        if factor["counter"] is None:
            raise MissingFactorsError(factor["factor_version"], factor["model_class"], factor["host"])
        yield _line(
            {
                "kind": "factor",
                "version": factor["factor_version"],
                "class": factor["model_class"],
                "host": factor["host"],
                "counter": _DOCUMENT_COUNTERS[factor["counter"]],
                "bound": factor["bound"],
                "microgramsPerToken": texts.decimal(factor["micrograms"]),
                "microWhPerToken": texts.decimal(factor["micro_wh"]),
            }
        )


def row_line(row: SealedRow) -> bytes:
    """One row of the file, with its line feed."""
    return _line(
        {
            "kind": "usage",
            "usageHash": row.usage_hash,
            "bucketStart": texts.instant(row.bucket_started_at),
            "origin": None if row.origin is None else {"start": row.origin[0], "end": row.origin[1]},
            "project": row.project,
            "provider": row.provider,
            "model": row.model,
            "modelClass": row.model_class,
            "host": row.host,
            "methodologyVersion": row.factor_version,
            "tokens": dict(zip(COUNTERS, map(texts.count, row.tokens), strict=True)),
            "requests": texts.count(row.requests),
            "emissions": _exact(row.emissions),
            "energy": _exact(row.energy),
        }
    )


def _line(value: dict[str, Json]) -> bytes:
    return _CANONICAL.encode(value).encode() + b"\n"


def _span(starts_at: datetime, ends_at: datetime) -> dict[str, Json]:
    return {"start": texts.instant(starts_at), "end": texts.instant(ends_at)}


def _exact(bounds: Bounds | None) -> dict[str, Json] | None:
    amounts: tuple[Decimal, ...] | None = bounds
    return None if amounts is None else dict(zip(BOUNDS, map(texts.decimal, amounts), strict=True))
