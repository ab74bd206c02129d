"""All usage rows of a span, as they were at one moment, oldest first."""

from contextlib import AbstractContextManager

from app.telemetry.export import Export, Reading, export
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage import Usage, usage_of, usage_query
from app.telemetry.usage_filter import EVERYTHING, UsageFilter
from core.database import Database


def usage_export(
    database: Database, org_id: int, *, span: TimeSpan, only: UsageFilter = EVERYTHING
) -> AbstractContextManager[Export[Usage]]:
    """Of buckets that start in the span, by start, then hash. Raises as `export` does."""
    return export(database, org_id, Reading("fct_usage", usage_query, usage_of), span=span, only=only)
