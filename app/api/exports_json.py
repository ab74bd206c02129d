"""Rows as one JSON document, made while it is sent: what it covers, then the rows, then how many there were."""

from collections.abc import Iterator
from datetime import datetime

from pydantic import BaseModel, Field
from pydantic_core import to_json

from app.api.daily_answers import DailyEmissionsBody
from app.api.export_tables import Table, coverage
from app.api.summary_export_answers import SummaryExportRowBody
from app.api.telemetry_answers import StalledConnectionBody
from app.api.usage_answers import UsageBody
from app.telemetry.export import Export, Row


class FiltersBody(BaseModel):
    """What was asked for; null: whatever it is."""

    provider: str | None
    model: str | None
    project_id: str | None
    connection_id: str | None


class _ExportBody(BaseModel):
    start: datetime
    end: datetime
    filters: FiltersBody
    data_through: datetime | None = Field(description="Every connection being polled is complete up to here.")
    built_at: datetime | None = Field(description="When the build that is shown began; later arrivals are not in it.")
    stalled_connections: list[StalledConnectionBody]
    factor_versions: list[str] = Field(description="The methodology versions of the rows' factors.")


class UsageExportBody(_ExportBody):
    data: list[UsageBody] = Field(description="Oldest first; rows that totals leave out have is_counted false.")
    usage_rows: int = Field(description="How many rows data has.")


class DailyEmissionsExportBody(_ExportBody):
    data: list[DailyEmissionsBody] = Field(
        description="Oldest first; rows that totals leave out have is_counted false."
    )
    daily_rows: int = Field(description="How many rows data has.")


class SummaryExportBody(_ExportBody):
    group_by: list[str]
    sort: str | None = Field(description="null: rows are in the order of their dimensions.")
    data: list[SummaryExportRowBody]
    summary_rows: int = Field(description="How many rows data has.")


def json_chunks(export: Export[Row], table: Table[Row]) -> Iterator[bytes]:
    """Together a UsageExportBody, DailyEmissionsExportBody or SummaryExportBody; one chunk a batch."""
    yield to_json(coverage(export, table)).removesuffix(b"}") + b',"data":['
    count, versions = 0, set[str]()
    for batch in export.batches:
        fields = [table.fields_of(row) for row in batch]
        rows = to_json(fields)[1:-1]
        yield b",\n" + rows if count else b"\n" + rows
        count += len(batch)
        versions.update(version for row in fields for version in table.versions_of(row))
    tail = {table.row_count: count, "factor_versions": sorted(versions)}
    yield b"\n]," + to_json(tail).removeprefix(b"{") + b"\n"
