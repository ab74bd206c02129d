"""All usage rows of a span, as they were at one moment: for files of any length.

A server-side cursor over marts.fct_usage in one read-only, repeatable-read transaction: a build that ends meanwhile
changes nothing of the file, and a million rows take no more memory than a batch.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from app.telemetry.freshness import Freshness, read_freshness
from app.telemetry.names import read_names
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage import Usage, usage_of, usage_query
from app.telemetry.usage_filter import EVERYTHING, UsageFilter
from core.database import Database

BATCH_ROWS = 500
"""About half a megabyte of JSON; larger ones were not faster."""


@dataclass(frozen=True, slots=True)
class UsageExport:
    """`batches` holds the rows by bucket start, then hash; rows that totals leave out included. It can be read once,
    inside of the block that opened it."""

    span: TimeSpan
    only: UsageFilter
    freshness: Freshness
    batches: Iterator[Sequence[Usage]]


@contextmanager
def usage_export(
    database: Database, org_id: int, *, span: TimeSpan, only: UsageFilter = EVERYTHING
) -> Iterator[UsageExport]:
    """Holds a database connection until the block ends, however it ends.

    Raises NotFoundError, before any row is read, where the filter names a project or connection that is not theirs.
    """
    with database.tenant(org_id) as connection:
        only.conditions(connection)
        freshness = read_freshness(connection)
    if freshness.built_at is None:  # the first build makes the marts
        yield UsageExport(span, only, freshness, iter(()))
        return
    with database.tenant_at_one_moment(org_id, reading="marts.fct_usage") as connection:
        condition, parameters = only.conditions(connection)
        names = read_names(connection)
        freshness = read_freshness(connection)
        with connection.cursor("usage_export") as cursor:
            cursor.execute(usage_query(condition), parameters | {"start": span.start, "end": span.end})

            def batches() -> Iterator[Sequence[Usage]]:
                while rows := cursor.fetchmany(BATCH_ROWS):
                    yield [usage_of(row, names) for row in rows]

            yield UsageExport(span, only, freshness, batches())
