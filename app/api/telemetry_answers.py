"""The bodies of /v1/telemetry: counts as integers or null, masses and energies as exact decimal text."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from app.telemetry.freshness import Freshness, StalledConnection
from app.telemetry.measures import Estimate, Measures
from app.telemetry.summary import Summary, SummaryRow
from core.ids import public_id

_TOKENS = "null: the provider reports it for none of these rows."


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
    co2e_grams: Range | None = Field(description="Grams CO2e. null: there is nothing to estimate.")
    energy_wh: Range | None = Field(description="Facility energy in watt-hours.")
    avoided_by_cache_grams: Range | None = Field(
        description="What the cache reads would have emitted uncached, minus what they emitted, bound by bound."
    )
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


def summary_body(found: Summary) -> SummaryBody:
    return SummaryBody(
        data=[_row_body(row) for row in found.rows],
        totals=MeasuresBody(**_measures(found.totals)),
        left_out=MeasuresBody(**_measures(found.left_out)),
        unknown_models=[ModelName(provider=provider, model=model) for provider, model in found.unknown_models],
        unestimated_models=[ModelName(provider=provider, model=model) for provider, model in found.unestimated_models],
        start=found.span.start,
        end=found.span.end,
        group_by=[each.value for each in found.group_by],
        **freshness_fields(found.freshness),
    )


def freshness_fields(freshness: Freshness) -> dict[str, Any]:
    return {
        "data_through": freshness.data_through,
        "built_at": freshness.built_at,
        "stalled_connections": [_stalled_body(each) for each in freshness.stalled],
    }


def range_of(estimate: Estimate | None) -> Range | None:
    return None if estimate is None else Range(**estimate.scaled())


def _stalled_body(stalled: StalledConnection) -> StalledConnectionBody:
    return StalledConnectionBody(
        id=public_id("conn", stalled.id),
        label=stalled.label,
        status=stalled.status,
        data_through=stalled.data_through,
    )


def _row_body(row: SummaryRow) -> SummaryRowBody:
    group: dict[str, Any] = dict(row.group)
    if group.get("project_id") is not None:
        group["project_id"] = public_id("proj", group["project_id"])
    if "connection_id" in group:
        group["connection_id"] = public_id("conn", group["connection_id"])
    return SummaryRowBody(**group, **_measures(row.measures))


def _measures(measured: Measures) -> dict[str, Any]:
    return {
        **measured.counters,
        "co2e_grams": range_of(measured.co2e),
        "energy_wh": range_of(measured.energy),
        "avoided_by_cache_grams": range_of(measured.avoided_by_cache),
        "co2e_by_counter": {name: range_of(estimate) for name, estimate in measured.co2e_by_counter.items()},
        "usage_rows": measured.usage_rows,
        "known_rows": dict(measured.known_rows),
        "unestimated_usage_rows": measured.unestimated_usage_rows,
        "unknown_model_usage_rows": measured.unknown_model_usage_rows,
    }
