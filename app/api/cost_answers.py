"""Costs in the body of /v1/telemetry/accuracy: US dollars as exact decimal text, shares in percent."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field

from app.api.percents import percent
from app.telemetry.costs import HOLES_OF_ALL, KNOWN_HOLES, ConnectionCosts
from ingestion.usage_row import ProviderName
from warehouse.costs import TOLERANCE, CostState, DayCosts, SpanCosts, over_days
from warehouse.model_prices import PRICE_LIST

_STATES = (
    "within: by no more than the tolerance. incomplete: the provider says more, and some tokens have no price."
    " unknown: the provider says nothing that can be compared."
)


class CostFiguresBody(BaseModel):
    """US dollars. null: the provider gave no answer, or bills in another currency."""

    state: CostState = Field(description=_STATES)
    priced_usd: str = Field(description="What the tokens cost by list price.", examples=["1.284500000000"])
    provider_usd: str | None = Field(description="What the provider says that tokens cost.")
    provider_other_usd: str | None = Field(description="What it bills beside tokens: tools, images, sessions.")
    difference_usd: str | None = Field(description="priced_usd minus provider_usd.")
    difference_percent: str | None = Field(description="Of provider_usd.", examples=["-4.1667"])
    priced_tokens: int
    unpriced_tokens: int = Field(description="Tokens that no list prices: an unknown model, or a tier without prices.")


class DayCostsBody(CostFiguresBody):
    day: date = Field(description="A closed UTC day.")
    billed_currency: str | None = Field(description="What the provider bills in; only US dollars are compared.")
    asked_at: datetime | None


class CostSpanBody(CostFiguresBody):
    """Of the last seven days those that the provider says the cost of; all of them if it says so of none."""

    days: int


class CostFailureBody(BaseModel):
    code: str
    sentence: str


class CostsBody(BaseModel):
    """Information beside the tokens: a difference of money mends nothing and is no part of any emission."""

    currency: Literal["USD"] = "USD"
    price_list: str = Field(examples=[PRICE_LIST])
    tolerance_percent: str
    asked_at: datetime | None = Field(description="null: not asked yet; closed days are asked for once a day.")
    failure: CostFailureBody | None = Field(description="Why costs could not be read, such as a key that may not.")
    last_seven_days: CostSpanBody | None
    days: list[DayCostsBody] = Field(description="Newest first.")
    known_holes: list[str] = Field(description="Why prices and costs may differ though every token is counted.")


def costs_body(found: ConnectionCosts, provider: ProviderName) -> CostsBody:
    promised = found.promised
    return CostsBody(
        price_list=PRICE_LIST,
        tolerance_percent=f"{TOLERANCE * 100:f}".rstrip("0").rstrip("."),
        asked_at=found.asked_at,
        failure=None if found.failure is None else CostFailureBody(**found.failure._asdict()),
        last_seven_days=None if promised is None else CostSpanBody(days=promised.days, **_figures(promised)),
        days=[_day(day) for day in found.days],
        known_holes=[*KNOWN_HOLES[provider], *HOLES_OF_ALL],
    )


def _day(day: DayCosts) -> DayCostsBody:
    return DayCostsBody(
        day=day.usage_date, billed_currency=day.currency, asked_at=day.asked_at, **_figures(over_days([day]))
    )


def _figures(span: SpanCosts) -> dict[str, object]:
    return {
        "state": span.state,
        "priced_usd": _usd(span.priced_micro_usd),
        "provider_usd": _usd(span.provider_micro_usd),
        "provider_other_usd": _usd(span.other_micro_usd),
        "difference_usd": _usd(span.difference),
        "difference_percent": percent(span.share),
        "priced_tokens": span.priced_tokens,
        "unpriced_tokens": span.unpriced_tokens,
    }


def _usd(micros: Decimal | None) -> str | None:
    """Micro-dollars as dollars, to the last digit that there is."""
    return None if micros is None else f"{micros.scaleb(-6):.12f}"
