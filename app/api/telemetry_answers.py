"""The bodies of /v1/telemetry: counts as integers or null, masses and energies as exact decimal text.

The models describe; what is sent are plain mappings of the same shape (a test compares them). A summary by model and
day has some thousand ranges, and making a model of each took half of the time of an answer.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from app.telemetry.freshness import Freshness
from app.telemetry.measures import Estimate, Measures
from app.telemetry.summary import Summary, SummaryRow
from core.ids import public_id

_TOKENS = "null: the provider reports it for none of these rows."
CO2E = "Grams CO2e. null: there is nothing to estimate."
ENERGY = "Facility energy in watt-hours. null: there is nothing to estimate."
AVOIDED = "Grams CO2e that the cache reads would have emitted uncached, minus what they emitted, bound by bound."


class Range(BaseModel):
    """Low, central and high estimate; exact decimal text."""

    low: str = Field(examples=["0.811204"])
    central: str = Field(examples=["1.902133"])
    high: str = Field(examples=["4.270092"])


class KnownRows(BaseModel):
    """Of how many of `usage_rows` the provider reports each counter."""

    uncached_input_tokens: int
    cache_read_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    output_tokens: int
    requests: int


class EmissionsByCounter(BaseModel):
    """Grams CO2e by what caused them; they add up to co2e_grams."""

    uncached_input: Range | None
    cache_read: Range | None
    cache_write: Range | None
    output: Range | None


class MeasuresBody(BaseModel):
    uncached_input_tokens: int | None = Field(description=_TOKENS)
    cache_read_tokens: int | None = Field(description=_TOKENS)
    cache_write_5m_tokens: int | None = Field(description=_TOKENS)
    cache_write_1h_tokens: int | None = Field(description=_TOKENS)
    output_tokens: int | None = Field(description="Reasoning included. " + _TOKENS)
    requests: int | None = Field(description=_TOKENS)
    tokens: int | None = Field(description="All tokens, input and output, cached or not. " + _TOKENS)
    co2e_grams: Range | None = Field(description=CO2E)
    energy_wh: Range | None = Field(description=ENERGY)
    avoided_by_cache_grams: Range | None = Field(description=AVOIDED)
    co2e_by_counter: EmissionsByCounter
    usage_rows: int = Field(description="Usage buckets in this sum.")
    known_rows: KnownRows
    unestimated_usage_rows: int = Field(description="Of them without an estimate: the model has no tokens to estimate.")
    unknown_model_usage_rows: int = Field(description="Of them of an unknown model: counted with the widest range.")


class SummaryRowBody(MeasuresBody):
    """The dimensions asked for, and their sums. Dimensions that were not asked for are absent."""

    model: str | None = Field(default=None, description="As the provider spells it; null: it names none.")
    day: date | None = Field(default=None, description="UTC day.")
    hour: datetime | None = Field(default=None, description="Start of the UTC hour; a daily bucket starts at 00:00.")
    provider: str | None = None
    project_id: str | None = None
    project_name: str | None = None
    connection_id: str | None = None
    connection_label: str | None = None
    api_key_id: str | None = Field(
        default=None, description="The provider's own id of the key that was used; null: not reported."
    )


class ModelName(BaseModel):
    provider: str
    model: str | None


class StalledConnectionBody(BaseModel):
    """A connection that is not polled until it is repaired: what lies after its data_through is missing."""

    id: str
    label: str
    status: str
    data_through: datetime | None


class SummaryBody(BaseModel):
    data: list[SummaryRowBody]
    totals: MeasuresBody
    left_out: MeasuresBody = Field(
        description="Not in the totals: OpenRouter traffic on a key of a provider that is connected too, counted there."
    )
    unknown_models: list[ModelName] = Field(
        description="Models without a class of their own, counted with a wide range."
    )
    unestimated_models: list[ModelName] = Field(description="Models whose usage has no tokens to estimate.")
    start: datetime
    end: datetime
    group_by: list[str]
    data_through: datetime | None = Field(description="Every connection being polled is complete up to here.")
    built_at: datetime | None = Field(description="When the build that is shown began; later arrivals are not in it.")
    stalled_connections: list[StalledConnectionBody]


def summary_body(found: Summary) -> dict[str, Any]:
    """A SummaryBody, as plain mappings."""
    return {
        "data": [summary_row_fields(row) for row in found.rows],
        "totals": measures_fields(found.totals),
        "left_out": measures_fields(found.left_out),
        "unknown_models": [{"provider": provider, "model": model} for provider, model in found.unknown_models],
        "unestimated_models": [{"provider": provider, "model": model} for provider, model in found.unestimated_models],
        "start": found.span.start,
        "end": found.span.end,
        "group_by": found.group_by,
        **freshness_fields(found.freshness),
    }


def summary_row_fields(row: SummaryRow) -> dict[str, Any]:
    """A SummaryRowBody, as plain mappings."""
    return _group(row) | measures_fields(row.measures)


def measures_fields(measured: Measures) -> dict[str, Any]:
    return {
        **measured.counters,
        "tokens": measured.tokens,
        **estimate_fields(measured.co2e, measured.energy, measured.avoided_by_cache, measured.co2e_by_counter),
        "usage_rows": measured.usage_rows,
        "known_rows": measured.known_rows,
        "unestimated_usage_rows": measured.unestimated_usage_rows,
        "unknown_model_usage_rows": measured.unknown_model_usage_rows,
    }


def estimate_fields(
    co2e: Estimate | None,
    energy: Estimate | None,
    avoided_by_cache: Estimate | None,
    co2e_by_counter: Mapping[str, Estimate | None],
) -> dict[str, Any]:
    return {
        "co2e_grams": co2e and co2e.scaled(),
        "energy_wh": energy and energy.scaled(),
        "avoided_by_cache_grams": avoided_by_cache and avoided_by_cache.scaled(),
        "co2e_by_counter": {name: estimate and estimate.scaled() for name, estimate in co2e_by_counter.items()},
    }


def freshness_fields(freshness: Freshness) -> dict[str, Any]:
    return {
        "data_through": freshness.data_through,
        "built_at": freshness.built_at,
        "stalled_connections": [
            {
                "id": public_id("conn", each.id),
                "label": each.label,
                "status": each.status,
                "data_through": each.data_through,
            }
            for each in freshness.stalled
        ],
    }


def _group(row: SummaryRow) -> dict[str, Any]:
    group: dict[str, Any] = dict(row.group)
    if group.get("project_id") is not None:
        group["project_id"] = public_id("proj", group["project_id"])
    if "connection_id" in group:
        group["connection_id"] = public_id("conn", group["connection_id"])
    return group
