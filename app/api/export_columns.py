"""The columns of exported tables: a row of the API laid flat. CSV and Parquet have the same ones in the same order.

New columns come last, and none is renamed or changes its type: scripts read them by name or by place.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from types import NoneType
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel

from app.api.daily_answers import DailyEmissionsBody
from app.api.summary_export_answers import SummaryExportRowBody
from app.api.usage_answers import UsageBody
from app.telemetry.grouping import GroupBy
from app.telemetry.measures import COUNTERS, EMITTERS


class Kind(StrEnum):
    """What a cell holds where it is not empty; DECIMAL as exact decimal text."""

    TEXT = "text"
    FLAG = "true or false"
    COUNT = "integer"
    DATE = "date"
    INSTANT = "instant"
    DECIMAL = "decimal"


class Column(NamedTuple):
    name: str
    kind: Kind
    meaning: str


_KINDS = {str: Kind.TEXT, bool: Kind.FLAG, int: Kind.COUNT, date: Kind.DATE, datetime: Kind.INSTANT}
_BOUNDS = ("low", "central", "high")
_BOUND_WORDS = ("Low estimate. ", "Central estimate. ", "High estimate. ")
_ESTIMATES = ("co2e_grams", "energy_wh", "avoided_by_cache_grams")

# field of a row -> names of its three columns
_ESTIMATE_COLUMNS = {name: tuple(f"{name}_{bound}" for bound in _BOUNDS) for name in _ESTIMATES}
_EMITTER_COLUMNS = {name: tuple(f"{name}_co2e_grams_{bound}" for bound in _BOUNDS) for name in EMITTERS}
_KNOWN_COLUMNS = {name: f"{name.removesuffix('_tokens')}_known_rows" for name in COUNTERS}


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of a row, by the names of their columns. None is unknown; a decimal is exact text."""
    cells = dict(row)
    for name, columns in _ESTIMATE_COLUMNS.items():
        cells |= zip(columns, _bounds(row[name]), strict=True)
    by_counter = row["co2e_by_counter"]
    for name, columns in _EMITTER_COLUMNS.items():
        cells |= zip(columns, _bounds(by_counter[name]), strict=True)
    for name, known in row.get("known_rows", {}).items():
        cells[_KNOWN_COLUMNS[name]] = known
    if "factor_versions" in row:
        cells["factor_versions"] = " ".join(row["factor_versions"])
    return cells


def _bounds(estimate: Mapping[str, str] | None) -> tuple[str | None, ...]:
    return (None, None, None) if estimate is None else (estimate["low"], estimate["central"], estimate["high"])


def _facts(body: type[BaseModel], names: Sequence[str]) -> list[Column]:
    found = []
    for name in names:
        field = body.model_fields[name]
        (held,) = [each for each in get_args(field.annotation) or (field.annotation,) if each is not NoneType]
        found.append(Column(name, _KINDS[held], field.description or ""))
    return found


def _estimates(body: type[BaseModel]) -> list[Column]:
    whole = [
        Column(column, Kind.DECIMAL, f"{words}{body.model_fields[name].description}")
        for name, columns in _ESTIMATE_COLUMNS.items()
        for column, words in zip(columns, _BOUND_WORDS, strict=True)
    ]
    parts = [
        Column(column, Kind.DECIMAL, f"{words}Grams CO2e of {name.replace('_', ' ')} tokens.")
        for name, columns in _EMITTER_COLUMNS.items()
        for column, words in zip(columns, _BOUND_WORDS, strict=True)
    ]
    return whole + parts


_KNOWN = tuple(
    Column(column, Kind.COUNT, f"Of how many of usage_rows the provider reports {counter}.")
    for counter, column in _KNOWN_COLUMNS.items()
)

USAGE_COLUMNS = (
    *_facts(
        UsageBody,
        (
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
        ),
    ),
    *_estimates(UsageBody),
)

DAILY_COLUMNS = (
    *_facts(
        DailyEmissionsBody,
        (
            "day",
            "project_id",
            "project_name",
            "connection_id",
            "connection_label",
            "provider",
            "model",
            "model_class",
            "class_confidence",
            "host",
            "factor_version",
            "is_counted",
            "usage_rows",
            *COUNTERS,
        ),
    ),
    *_estimates(DailyEmissionsBody),
    *_KNOWN,
)

DIMENSION_COLUMNS: Mapping[GroupBy, Sequence[Column]] = {
    GroupBy.DAY: _facts(SummaryExportRowBody, ("day",)),
    GroupBy.HOUR: _facts(SummaryExportRowBody, ("hour",)),
    GroupBy.PROJECT: _facts(SummaryExportRowBody, ("project_id", "project_name")),
    GroupBy.CONNECTION: _facts(SummaryExportRowBody, ("connection_id", "connection_label")),
    GroupBy.PROVIDER: _facts(SummaryExportRowBody, ("provider",)),
    GroupBy.MODEL: _facts(SummaryExportRowBody, ("model",)),
    GroupBy.KEY: _facts(SummaryExportRowBody, ("api_key_id",)),
}
"""A summary's file begins with those of the dimensions asked for, in the order asked."""

SUM_COLUMNS = (
    *_facts(SummaryExportRowBody, ("usage_rows", "factor_versions", "tokens", *COUNTERS)),
    *_estimates(SummaryExportRowBody),
    *_KNOWN,
    *_facts(SummaryExportRowBody, ("unestimated_usage_rows", "unknown_model_usage_rows")),
)
"""What follows them, always."""
