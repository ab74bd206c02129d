"""The bodies of /v1/billing/periods: masses in grams as exact text, credits in whole grams."""

from datetime import datetime
from decimal import Decimal
from typing import Literal, Self

from pydantic import BaseModel, Field

from app.api.telemetry_answers import Range
from app.billing.period_lines import PeriodLine
from app.billing.periods import Move, PeriodDetail, PeriodView
from app.telemetry.measures import Estimate
from core.ids import public_id
from core.units import scaled_by_a_millionth

PeriodStateName = Literal[
    "open", "awaiting_payment", "failed", "reconciling", "frozen", "awaiting_credits", "retiring", "retired", "closed",
    "waived",
]  # fmt: skip


_ALLOTTED = ("retired", "closed", "waived")


class SpanBody(BaseModel):
    """Half-open: [start, end)."""

    start: datetime
    end: datetime


class PeriodBody(BaseModel):
    id: str = Field(examples=["period_1"])
    tier: str
    funding: Literal["free", "trial", "paid"]
    state: PeriodStateName
    failure: str | None = Field(description="Why a failed period failed.")
    started_at: datetime | None = Field(description="null: since ever.")
    ended_at: datetime | None = Field(description="null: until further notice.")
    factor_version: str = Field(description="The emission factors that it is computed by, for good.")
    coverage_grams: int = Field(description="CO2e that retired credits cover at most.")
    paid_at: datetime | None
    close_at: datetime | None = Field(description="48 hours after both its end and its payment.")
    closed_at: datetime | None
    has_usage_data: bool | None = Field(description="false: no hour of it is known; null: not stated yet.")
    co2e_grams: Range | None = Field(description="Of an open period: so far, as last built.")
    carry_in_grams: str | None = Field(description="What an earlier period retired beyond its emissions.")
    carry_out_grams: str | None
    not_covered_grams: str | None = Field(description="What lies above the coverage.")
    retire_grams: int | None = Field(description="What its close stated to retire, in whole grams; null: not yet.")
    retired_grams: int | None = Field(description="Credits that are retired and allotted to it; null: not yet.")
    known_hours: int | None
    missing_hours: int | None
    receipt_serial: str | None = Field(description="Of its newest receipt: GET /v1/receipts/{serial}. null: none yet.")

    @classmethod
    def of(cls, view: PeriodView) -> Self:
        return cls.model_validate(
            {
                "id": public_id("period", view.id),
                "tier": view.tier,
                "funding": view.funding,
                "state": view.state,
                "failure": view.failure,
                "started_at": view.started_at,
                "ended_at": view.ended_at,
                "factor_version": view.factor_version,
                "coverage_grams": view.coverage_grams,
                "paid_at": view.paid_at,
                "close_at": view.close_at,
                "closed_at": view.closed_at,
                "has_usage_data": view.has_usage_data,
                "co2e_grams": _range(view.co2e),
                "carry_in_grams": _grams(view.carry_in_micrograms),
                "carry_out_grams": _grams(view.carry_out_micrograms),
                "not_covered_grams": _grams(view.not_covered_micrograms),
                "retire_grams": view.retire_grams,
                "retired_grams": view.retire_grams if view.state in _ALLOTTED else None,
                "known_hours": view.known_hours,
                "missing_hours": view.missing_hours,
                "receipt_serial": view.receipt_serial,
            }
        )


class LineBody(BaseModel):
    """Sums over usage of one project, model and origin. Those of an adjustment are differences and may be negative."""

    origin_period_id: str = Field(description="The period that the usage belongs to.")
    project_id: str
    project_name: str = Field(description="As of the close; of an open period, today's.")
    provider: str
    model: str | None
    model_class: str
    host: str
    factor_version: str
    uncached_input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_5m_tokens: int | None
    cache_write_1h_tokens: int | None
    output_tokens: int | None
    requests: int | None
    usage_rows: int
    co2e_grams: Range | None
    energy_wh: Range | None

    @classmethod
    def of(cls, line: PeriodLine) -> Self:
        return cls.model_validate(
            {
                "origin_period_id": public_id("period", line.origin_period_id),
                "project_id": public_id("proj", line.project_id),
                "project_name": line.project_name,
                "provider": line.provider,
                "model": line.model,
                "model_class": line.model_class,
                "host": line.host,
                "factor_version": line.factor_version,
                **line.counters,
                "usage_rows": line.usage_rows,
                "co2e_grams": _range(line.co2e),
                "energy_wh": _range(line.energy),
            }
        )


class MoveBody(BaseModel):
    from_state: PeriodStateName | None
    to_state: PeriodStateName
    cause: str
    actor: str
    at: datetime

    @classmethod
    def of(cls, move: Move) -> Self:
        return cls.model_validate(
            {
                "from_state": move.from_state,
                "to_state": move.to_state,
                "cause": move.cause,
                "actor": move.actor,
                "at": move.at,
            }
        )


class PeriodPage(BaseModel):
    data: list[PeriodBody]
    after_final_close: list[LineBody] = Field(description="Adjustments that no later paid period carries.")
    next_cursor: str | None = Field(description="For the next page; null: this is the last one.")


class PeriodDetailBody(PeriodBody):
    lines: list[LineBody]
    adjustments: list[LineBody] = Field(description="Of earlier periods, carried here.")
    holes: list[SpanBody] = Field(description="Where usage was not known when it was stated.")
    history: list[MoveBody] = Field(description="Oldest first.")

    @classmethod
    def of(cls, detail: PeriodDetail) -> Self:  # type: ignore[override] # a period and more
        return cls(
            **PeriodBody.of(detail.period).model_dump(),
            lines=[LineBody.of(line) for line in detail.lines],
            adjustments=[LineBody.of(line) for line in detail.adjustments],
            holes=[SpanBody(start=start, end=end) for start, end in detail.period.holes],
            history=[MoveBody.of(move) for move in detail.moves],
        )


def _range(estimate: Estimate | None) -> dict[str, str] | None:
    return None if estimate is None else estimate.scaled()


def _grams(micrograms: Decimal | None) -> str | None:
    return None if micrograms is None else scaled_by_a_millionth(micrograms)
