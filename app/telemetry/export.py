"""All rows that a mart has of a span, as they were at one moment: for files of any length.

A server-side cursor in one read-only, repeatable-read transaction: a build that ends meanwhile changes nothing of the
file, and a million rows take no more memory than a batch.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, LiteralString, TypeVar

from psycopg import sql

from app.telemetry.freshness import Freshness, read_freshness
from app.telemetry.grouping import Mart
from app.telemetry.names import Names, read_names
from app.telemetry.sorting import order_parameters
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import UsageFilter
from core.database import Database

BATCH_ROWS = 500
"""About half a megabyte of JSON; larger ones were not faster."""

_TABLES: Mapping[Mart, LiteralString] = {
    "fct_daily_emissions": "marts.fct_daily_emissions",
    "fct_usage": "marts.fct_usage",
}

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Reading(Generic[Row]):
    """`query` makes the statement from the filter's condition, for the parameters `start` and `end`, `first_day` and
    `end_day`, and those of `order_parameters`; its order has no ties. `row_of` reads a row of it."""

    mart: Mart
    query: Callable[[sql.Composable], sql.Composed]
    row_of: Callable[[Mapping[str, Any], Names], Row]


@dataclass(frozen=True, slots=True)
class Export(Generic[Row]):
    """`batches` holds the rows in the order of the query; rows that totals leave out included. It can be read once,
    inside of the block that opened it."""

    span: TimeSpan
    only: UsageFilter
    freshness: Freshness
    batches: Iterator[Sequence[Row]]


@contextmanager
def export(
    database: Database, org_id: int, reading: Reading[Row], *, span: TimeSpan, only: UsageFilter
) -> Iterator[Export[Row]]:
    """Holds a database connection until the block ends, however it ends.

    Raises NotFoundError, before any row is read, where the filter names a project or connection that is not theirs.
    """
    with database.tenant(org_id) as connection:
        only.conditions(connection)
        freshness = read_freshness(connection)
    if freshness.built_at is None:  # the first build makes the marts
        yield Export(span, only, freshness, iter(()))
        return
    with database.tenant_at_one_moment(org_id, reading=_TABLES[reading.mart]) as connection:
        condition, parameters = only.conditions(connection)
        parameters |= {"start": span.start, "end": span.end}
        parameters |= {"first_day": span.start.date(), "end_day": span.end.date()}
        names = read_names(connection)
        parameters |= order_parameters(names)
        freshness = read_freshness(connection)
        with connection.cursor(f"{reading.mart}_export") as cursor:
            cursor.execute(reading.query(condition), parameters)

            def batches() -> Iterator[Sequence[Row]]:
                while rows := cursor.fetchmany(BATCH_ROWS):
                    yield [reading.row_of(row, names) for row in rows]

            yield Export(span, only, freshness, batches())
