"""Emissions by day, as they were at one moment: a row for all usage of a day that shares what an estimate depends on.

Whole UTC days are read from marts.fct_daily_emissions; of parts of days the rows hold those parts, from
marts.fct_usage. Either way they add up to the summary of the same span and filter.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from psycopg import sql

from app.telemetry.export import Export, Reading, export
from app.telemetry.grouping import IN_SPAN, Mart
from app.telemetry.measures import Measures, measure_columns, measures
from app.telemetry.names import Names
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import EVERYTHING, UsageFilter
from core.database import Database

_KEYS = ("usage_date", "account_id", "project_id", "is_counted")
_TEXTS = ("provider", "model", "model_class", "class_confidence", "host", "factor_version")
_GRAIN = (*_KEYS, *_TEXTS)


@dataclass(frozen=True, slots=True)
class DailyEmissions:
    """`facts` are the columns of the grain by their names; names and ids are today's."""

    facts: Mapping[str, Any]
    project_name: str | None
    connection_id: int
    connection_label: str
    measures: Measures


def daily_export(
    database: Database, org_id: int, *, span: TimeSpan, only: UsageFilter = EVERYTHING
) -> AbstractContextManager[Export[DailyEmissions]]:
    """By day, then connection, project and model. Raises as `export` does."""
    mart: Mart = "fct_daily_emissions" if span.is_whole_days else "fct_usage"
    return export(database, org_id, Reading(mart, partial(_query, mart), _row_of), span=span, only=only)


def _query(mart: Mart, condition: sql.Composable) -> sql.Composed:
    """Text is compared by bytes, so that files sort alike on every server."""
    keys, texts = (sql.SQL(", ").join(map(sql.Identifier, names)) for names in (_KEYS, _TEXTS))
    by_bytes = sql.SQL(", ").join(sql.SQL('{} collate "C" nulls last').format(sql.Identifier(name)) for name in _TEXTS)
    return sql.SQL(
        "select {keys}, {texts}, {measured} from marts.{mart} where {span} and {condition}"
        " group by {keys}, {texts} order by {keys}, {by_bytes}"
    ).format(
        keys=keys,
        texts=texts,
        by_bytes=by_bytes,
        measured=measure_columns(mart),
        mart=sql.Identifier(mart),
        span=IN_SPAN[mart],
        condition=condition,
    )


def _row_of(row: Mapping[str, Any], names: Names) -> DailyEmissions:
    connection_id, label = names.connections[row["account_id"]]
    return DailyEmissions(
        facts={name: row[name] for name in _GRAIN},
        project_name=names.projects.get(row["project_id"]),
        connection_id=connection_id,
        connection_label=label,
        measures=measures(row),
    )
