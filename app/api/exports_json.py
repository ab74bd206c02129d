"""Usage rows as one JSON document, made while it is sent: what it covers, then the rows, then what they add up to."""

from collections.abc import Iterator
from datetime import datetime

from pydantic import BaseModel, Field
from pydantic_core import to_json

from app.api.telemetry_answers import StalledConnectionBody, freshness_fields
from app.api.usage_answers import UsageBody, usage_fields
from app.telemetry.usage_export import UsageExport
from core.ids import public_id


class FiltersBody(BaseModel):
    """What was asked for; null: whatever it is."""

    provider: str | None
    model: str | None
    project_id: str | None
    connection_id: str | None


class UsageExportBody(BaseModel):
    start: datetime
    end: datetime
    filters: FiltersBody
    data_through: datetime | None = Field(description="Every connection being polled is complete up to here.")
    built_at: datetime | None = Field(description="When the build that is shown began; later arrivals are not in it.")
    stalled_connections: list[StalledConnectionBody]
    data: list[UsageBody] = Field(description="Oldest first; rows that totals leave out have is_counted false.")
    usage_rows: int = Field(description="How many rows data has.")
    factor_versions: list[str] = Field(description="The methodology versions of their factors.")


def json_chunks(export: UsageExport) -> Iterator[bytes]:
    """Together a UsageExportBody; one chunk a batch."""
    only = export.only
    head = {
        "start": export.span.start,
        "end": export.span.end,
        "filters": {
            "provider": only.provider,
            "model": only.model,
            "project_id": only.project_id and public_id("proj", only.project_id),
            "connection_id": only.connection_id and public_id("conn", only.connection_id),
        },
        **freshness_fields(export.freshness),
    }
    yield to_json(head).removesuffix(b"}") + b',"data":['
    count, versions = 0, set[str]()
    for batch in export.batches:
        rows = to_json([usage_fields(row) for row in batch])[1:-1]
        yield b",\n" + rows if count else b"\n" + rows
        count += len(batch)
        versions.update(row.facts["factor_version"] for row in batch)
    tail = {"usage_rows": count, "factor_versions": sorted(versions)}
    yield b"\n]," + to_json(tail).removeprefix(b"{") + b"\n"
