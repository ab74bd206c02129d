"""The body of /v1/telemetry/accuracy: counts as integers, shares in percent as exact decimal text."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from app.api.cost_answers import CostsBody, costs_body
from app.api.percents import percent
from app.telemetry.accuracy import KNOWN_HOLES, ConnectionAccuracy
from core.ids import public_id
from ingestion.usage_row import ProviderName
from warehouse.accuracy import COUNTERS, TOLERANCE, Counts, DayAccuracy, SpanAccuracy, over_days


class CountsBody(BaseModel):
    """null: nothing is known of this counter."""

    uncached_input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_5m_tokens: int | None
    cache_write_1h_tokens: int | None
    output_tokens: int | None
    requests: int | None


class DayAccuracyBody(BaseModel):
    day: date = Field(description="A closed UTC day.")
    state: Literal["equal", "differs"] = Field(description="equal: every counter that the provider reports.")
    counted: CountsBody = Field(description="The sum of what was polled.")
    provider: CountsBody = Field(description="What the provider says of the whole day, asked for without grouping.")
    difference: CountsBody = Field(description="counted minus provider.")
    difference_percent: str | None = Field(
        description="Of all tokens. null: the provider says that there were none.", examples=["-4.1667"]
    )
    asked_at: datetime


class PromiseBody(BaseModel):
    """The last seven days that the provider was asked for."""

    days: int
    counted_tokens: int
    provider_tokens: int
    difference_tokens: int
    difference_percent: str | None
    tolerance_percent: str
    state: Literal["within", "beyond"]


class FailureBody(BaseModel):
    code: str
    sentence: str


class ConnectionAccuracyBody(BaseModel):
    connection_id: str
    connection_label: str
    provider: ProviderName
    asked_at: datetime | None = Field(description="null: not asked yet; closed days are asked for once a day.")
    failure: FailureBody | None = Field(description="Why the last question had no answer; asked again the next day.")
    last_seven_days: PromiseBody | None
    days: list[DayAccuracyBody] = Field(description="Newest first.")
    known_holes: list[str] = Field(description="What the provider's API cannot show, so that no comparison finds it.")
    costs: CostsBody


class AccuracyBody(BaseModel):
    data: list[ConnectionAccuracyBody] = Field(description="One entry a connection that is not deleted.")


def accuracy_body(found: Sequence[ConnectionAccuracy]) -> AccuracyBody:
    return AccuracyBody(data=[_connection(each) for each in found])


def _connection(found: ConnectionAccuracy) -> ConnectionAccuracyBody:
    return ConnectionAccuracyBody(
        connection_id=public_id("conn", found.connection_id),
        connection_label=found.connection_label,
        provider=found.provider,
        asked_at=found.asked_at,
        failure=None if found.failure is None else FailureBody(**found.failure._asdict()),
        last_seven_days=None if found.promised is None else _promise(found.promised),
        days=[_day(day) for day in found.days],
        known_holes=list(KNOWN_HOLES[found.provider]),
        costs=costs_body(found.costs, found.provider),
    )


def _promise(span: SpanAccuracy) -> PromiseBody:
    return PromiseBody(
        days=span.days,
        counted_tokens=span.counted_tokens,
        provider_tokens=span.provider_tokens,
        difference_tokens=span.difference,
        difference_percent=percent(span.share),
        tolerance_percent=f"{TOLERANCE * 100:f}".rstrip("0").rstrip("."),
        state="within" if span.is_within_tolerance else "beyond",
    )


def _day(day: DayAccuracy) -> DayAccuracyBody:
    return DayAccuracyBody(
        day=day.usage_date,
        state="equal" if day.is_equal else "differs",
        counted=_counts(day.counted),
        provider=_counts(day.provider),
        difference=_counts(day.differences),
        difference_percent=percent(over_days([day]).share),
        asked_at=day.asked_at,
    )


def _counts(counts: Counts) -> CountsBody:
    return CountsBody(**{name: counts.get(name) for name in COUNTERS})
