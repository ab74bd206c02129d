"""A row of an exported summary: that of /v1/telemetry/summary, with the methodology versions of its estimates."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from app.api import usage_answers
from app.api.telemetry_answers import MeasuresBody, summary_row_fields
from app.telemetry.summary_export import ExportedSum


class SummaryExportRowBody(MeasuresBody):
    """The dimensions asked for, and their sums. Dimensions that were not asked for are absent."""

    day: date | None = Field(default=None, description="UTC day.")
    hour: datetime | None = Field(default=None, description="Start of the UTC hour; a daily bucket starts at 00:00.")
    project_id: str | None = Field(default=None, description=usage_answers.PROJECT_ID)
    project_name: str | None = Field(default=None, description=usage_answers.PROJECT_NAME)
    connection_id: str | None = Field(default=None, description=usage_answers.CONNECTION_ID)
    connection_label: str | None = Field(default=None, description=usage_answers.CONNECTION_LABEL)
    provider: str | None = Field(default=None, description=usage_answers.PROVIDER)
    model: str | None = Field(default=None, description=usage_answers.MODEL)
    api_key_id: str | None = Field(
        default=None, description="The provider's own id of the key that was used; null: not reported."
    )
    factor_versions: list[str] = Field(description="The methodology versions of the factors; in tables with spaces.")


def exported_sum_fields(exported: ExportedSum) -> dict[str, Any]:
    """A SummaryExportRowBody, as plain mappings."""
    return summary_row_fields(exported.row) | {"factor_versions": exported.factor_versions}
