"""The body of /v1/telemetry/usage."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from app.api.telemetry_answers import (
    AVOIDED,
    CO2E,
    ENERGY,
    EmissionsByCounter,
    Range,
    StalledConnectionBody,
    estimate_fields,
    freshness_fields,
)
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage import Usage, UsagePage
from core.ids import public_id

PROVIDER = "openai, anthropic or openrouter."
CONNECTION_ID = "The connection to the provider's account: the one in use, or else the last."
CONNECTION_LABEL = "The connection's name today."
PROJECT_ID = "The project that it counts for."
PROJECT_NAME = "The project's name today."
MODEL = "As the provider spells it; null: it names none."
MODEL_CLASS = "The class whose factors were used; UNK: unknown; NA: nothing to estimate."
CLASS_CONFIDENCE = "How sure the class is: high, medium, low, or none for an unknown model."
HOST = "Where the model is taken to run."
FACTOR_VERSION = "The methodology version of the factors."
_COUNTER = "null: the provider does not report it."


class UsageBody(BaseModel):
    """One usage bucket as the provider counts it, and its estimate."""

    id: str = Field(description="The bucket's idempotency hash: the same bucket has the same id in every revision.")
    provider: str = Field(description=PROVIDER)
    connection_id: str = Field(description=CONNECTION_ID)
    connection_label: str = Field(description=CONNECTION_LABEL)
    project_id: str | None = Field(description=PROJECT_ID)
    project_name: str | None = Field(description=PROJECT_NAME)
    correction_id: str | None = Field(description="The correction that moved it to this project; null: none did.")
    model: str | None = Field(description=MODEL)
    model_class: str = Field(description=MODEL_CLASS)
    class_confidence: str | None = Field(description=CLASS_CONFIDENCE)
    host: str | None = Field(description=HOST)
    factor_version: str | None = Field(description=FACTOR_VERSION)
    upstream: str | None = Field(description="The provider behind OpenRouter.")
    provider_project_id: str | None = Field(description="The provider's own project or workspace id.")
    api_key_id: str | None = Field(description="The provider's own id of the key that was used.")
    service_tier: str | None = Field(description="As the provider spells it.")
    is_batch: bool | None = Field(description="Whether it came from a batch API; null: the provider does not say.")
    is_counted: bool = Field(description="false: left out of every total, for left_out_reason.")
    left_out_reason: str | None = Field(description="Why totals leave it out; null: they do not.")
    bucket_width: str = Field(description="1h or 1d.")
    bucket_started_at: datetime = Field(description="The bucket's first instant.")
    revision: int = Field(description="1 as first seen; grows each time the provider corrects the bucket.")
    observed_at: datetime = Field(description="When this revision was read.")
    uncached_input_tokens: int | None = Field(description=_COUNTER)
    cache_read_tokens: int | None = Field(description=_COUNTER)
    cache_write_5m_tokens: int | None = Field(description=_COUNTER)
    cache_write_1h_tokens: int | None = Field(description=_COUNTER)
    output_tokens: int | None = Field(description="Reasoning included. " + _COUNTER)
    reasoning_tokens: int | None = Field(description="A part of output_tokens.")
    requests: int | None = Field(description=_COUNTER)
    co2e_grams: Range | None = Field(description=CO2E)
    energy_wh: Range | None = Field(description=ENERGY)
    avoided_by_cache_grams: Range | None = Field(description=AVOIDED)
    co2e_by_counter: EmissionsByCounter


class UsagePageBody(BaseModel):
    data: list[UsageBody]
    next_cursor: str | None = Field(description="For the next page; null: this is the last one.")
    start: datetime
    end: datetime
    data_through: datetime | None
    built_at: datetime | None
    stalled_connections: list[StalledConnectionBody]


def usage_page_body(page: UsagePage, span: TimeSpan, *, next_cursor: str | None) -> dict[str, Any]:
    """A UsagePageBody, as plain mappings."""
    return {
        "data": [usage_fields(row) for row in page.rows],
        "next_cursor": next_cursor,
        "start": span.start,
        "end": span.end,
        **freshness_fields(page.freshness),
    }


def usage_fields(row: Usage) -> dict[str, Any]:
    """A UsageBody, as plain mappings."""
    facts = dict(row.facts)
    project_id, correction_id = facts.pop("project_id"), facts.pop("correction_id")
    del facts["account_id"]
    return {
        "id": facts.pop("usage_hash"),
        **facts,
        "connection_id": public_id("conn", row.connection_id),
        "connection_label": row.connection_label,
        "project_id": None if project_id is None else public_id("proj", project_id),
        "project_name": row.project_name,
        "correction_id": None if correction_id is None else public_id("corr", correction_id),
        **row.counters,
        **estimate_fields(row.co2e, row.energy, row.avoided_by_cache, row.co2e_by_counter),
    }
