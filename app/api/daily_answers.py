"""A row of the daily emissions: all usage of one UTC day that shares what an estimate depends on."""

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from app.api import usage_answers
from app.api.telemetry_answers import AVOIDED, CO2E, ENERGY, EmissionsByCounter, KnownRows, Range, estimate_fields
from app.telemetry.daily_export import DailyEmissions
from core.ids import public_id

_SUM = "null: the provider reports it for none of these buckets."


class DailyEmissionsBody(BaseModel):
    day: date = Field(description="UTC day.")
    project_id: str | None = Field(description=usage_answers.PROJECT_ID)
    project_name: str | None = Field(description=usage_answers.PROJECT_NAME)
    connection_id: str = Field(description=usage_answers.CONNECTION_ID)
    connection_label: str = Field(description=usage_answers.CONNECTION_LABEL)
    provider: str = Field(description=usage_answers.PROVIDER)
    model: str | None = Field(description=usage_answers.MODEL)
    model_class: str = Field(description=usage_answers.MODEL_CLASS)
    class_confidence: str | None = Field(description=usage_answers.CLASS_CONFIDENCE)
    host: str | None = Field(description=usage_answers.HOST)
    factor_version: str | None = Field(description=usage_answers.FACTOR_VERSION)
    is_counted: bool = Field(description="false: left out of every total, because it is counted elsewhere.")
    usage_rows: int = Field(description="Usage buckets in this sum.")
    uncached_input_tokens: int | None = Field(description=_SUM)
    cache_read_tokens: int | None = Field(description=_SUM)
    cache_write_5m_tokens: int | None = Field(description=_SUM)
    cache_write_1h_tokens: int | None = Field(description=_SUM)
    output_tokens: int | None = Field(description="Reasoning included. " + _SUM)
    requests: int | None = Field(description=_SUM)
    co2e_grams: Range | None = Field(description=CO2E)
    energy_wh: Range | None = Field(description=ENERGY)
    avoided_by_cache_grams: Range | None = Field(description=AVOIDED)
    co2e_by_counter: EmissionsByCounter
    known_rows: KnownRows


def daily_fields(row: DailyEmissions) -> dict[str, Any]:
    """A DailyEmissionsBody, as plain mappings."""
    facts, measured = dict(row.facts), row.measures
    project_id = facts.pop("project_id")
    del facts["account_id"]
    return {
        "day": facts.pop("usage_date"),
        **facts,
        "project_id": None if project_id is None else public_id("proj", project_id),
        "project_name": row.project_name,
        "connection_id": public_id("conn", row.connection_id),
        "connection_label": row.connection_label,
        "usage_rows": measured.usage_rows,
        **measured.counters,
        **estimate_fields(measured.co2e, measured.energy, measured.avoided_by_cache, measured.co2e_by_counter),
        "known_rows": measured.known_rows,
    }
