"""Usage rows as CSV (RFC 4180, UTF-8, a header, CRLF), for spreadsheets and scripts.

One line a usage bucket. Empty is unknown; instants are ISO 8601 in UTC, masses and energies exact decimals. Text that a
spreadsheet would run starts with an apostrophe; the JSON export has every value as it is.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.api.spreadsheet_text import spreadsheet_text
from app.api.usage_answers import usage_fields
from app.telemetry.measures import COUNTERS, EMITTERS
from app.telemetry.usage import Usage
from app.telemetry.usage_export import UsageExport

_FACTS = (
    "id",
    "bucket_started_at",
    "bucket_width",
    "project_id",
    "project_name",
    "correction_id",
    "connection_id",
    "connection_label",
    "provider",
    "model",
    "model_class",
    "class_confidence",
    "host",
    "factor_version",
    "upstream",
    "provider_project_id",
    "api_key_id",
    "service_tier",
    "is_batch",
    "is_counted",
    "left_out_reason",
    "revision",
    "observed_at",
    *COUNTERS[:-1],
    "reasoning_tokens",
    COUNTERS[-1],
)
_BOUNDS = ("low", "central", "high")
_ESTIMATES = ("co2e_grams", "energy_wh", "avoided_by_cache_grams")

COLUMNS = (
    *_FACTS,
    *(f"{name}_{bound}" for name in _ESTIMATES for bound in _BOUNDS),
    *(f"{emitter}_co2e_grams_{bound}" for emitter in EMITTERS for bound in _BOUNDS),
)
"""The header. New columns come last, and none is renamed: scripts read them by name or by place."""

_UNKNOWN = ("", "", "")
_text = lru_cache(maxsize=4096)(spreadsheet_text)  # the same few names and ids on every line: a third of the time


def csv_chunks(export: UsageExport) -> Iterator[bytes]:
    """The header, then one chunk a batch."""
    yield _lines([COLUMNS])
    for batch in export.batches:
        yield _lines(_cells(row) for row in batch)


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cells(row: Usage) -> list[Any]:
    fields = usage_fields(row)
    cells = [fields["id"], *(_cell(fields[name]) for name in _FACTS[1:])]
    for name in _ESTIMATES:
        cells += _bounds(fields[name])
    for emitter in EMITTERS:
        cells += _bounds(fields["co2e_by_counter"][emitter])
    return cells


def _bounds(estimate: Mapping[str, str] | None) -> tuple[str, ...]:
    return _UNKNOWN if estimate is None else (estimate["low"], estimate["central"], estimate["high"])


def _cell(value: Any) -> Any:
    """Numbers are numbers: only text can be run."""
    match value:
        case str():
            return _text(value)
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case _:
            return value
