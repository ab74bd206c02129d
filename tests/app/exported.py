"""Downloaded files as rows: each of the three forms read back with the types that it has, decimals exact."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pyarrow import parquet

from app.telemetry.measures import COUNTERS

ESTIMATES = ("co2e_grams", "energy_wh", "avoided_by_cache_grams")
BOUNDS = ("low", "central", "high")
MEASURED = (*COUNTERS, *(f"{name}_{bound}" for name in ESTIMATES for bound in BOUNDS))

Sums = dict[str, Decimal | None]


def rows_of(content: bytes, ending: str) -> list[dict[str, Any]]:
    """By column name; the JSON's ranges laid flat as the columns are. An empty cell of CSV is None."""
    match ending:
        case "csv":
            lines = csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True)
            return [{name: cell or None for name, cell in line.items()} for line in lines]
        case "json":
            return [row | measured(row) for row in json.loads(content)["data"]]
        case "parquet":
            rows: list[dict[str, Any]] = parquet.read_table(io.BytesIO(content)).to_pylist()
            return rows
        case _:
            raise AssertionError(ending)


def sums(rows: Sequence[Mapping[str, Any]], *, is_counted: bool = True) -> Sums:
    """Of each measured column over the rows that are counted, or over those that are not; None where none is known."""
    chosen = [row for row in rows if str(row["is_counted"]).lower() == str(is_counted).lower()]
    found: Sums = {}
    for name in MEASURED:
        known = [Decimal(row[name]) for row in chosen if row[name] is not None]
        found[name] = sum(known, Decimal(0)) if known else None
    return found


def measured(answer: Mapping[str, Any]) -> Sums:
    """The counters and bounds of a row or of totals of the API, named as the columns."""
    named = {counter: answer[counter] for counter in COUNTERS}
    for estimate in ESTIMATES:
        named |= {f"{estimate}_{bound}": (answer[estimate] or {}).get(bound) for bound in BOUNDS}
    return {name: value if value is None else Decimal(value) for name, value in named.items()}
