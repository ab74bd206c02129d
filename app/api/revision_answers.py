"""The body of /v1/telemetry/revisions."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from app.api.telemetry_answers import CO2E, Range, StalledConnectionBody, freshness_fields
from app.api.usage_answers import (
    CONNECTION_ID,
    CONNECTION_LABEL,
    FACTOR_VERSION,
    HOST,
    MODEL,
    MODEL_CLASS,
    PROVIDER,
)
from app.telemetry.revisions import Held, Revision, RevisionPage
from app.telemetry.time_span import TimeSpan
from core.ids import public_id

_COUNTER = "null: the provider does not report it."


class HeldBody(BaseModel):
    """What one revision of the bucket says."""

    seen_at: datetime = Field(description="When this was read.")
    uncached_input_tokens: int | None = Field(description=_COUNTER)
    cache_read_tokens: int | None = Field(description=_COUNTER)
    cache_write_5m_tokens: int | None = Field(description=_COUNTER)
    cache_write_1h_tokens: int | None = Field(description=_COUNTER)
    output_tokens: int | None = Field(description="Reasoning included. " + _COUNTER)
    requests: int | None = Field(description=_COUNTER)
    co2e_grams: Range | None = Field(description=CO2E)


class RevisionBody(BaseModel):
    """One change that a provider made to a usage bucket after it was first read."""

    id: str = Field(description="The bucket's idempotency hash, the same in every revision and in /v1/telemetry/usage.")
    revision: int = Field(description="2 for the first change of a bucket, and so on.")
    change: Literal["revised", "removed", "returned"] = Field(
        description="revised: other counts or attribution. removed: the provider reports the bucket no more; all"
        " counts are 0. returned: it does again."
    )
    provider: str = Field(description=PROVIDER)
    connection_id: str = Field(description=CONNECTION_ID)
    connection_label: str = Field(description=CONNECTION_LABEL)
    model: str | None = Field(description=MODEL)
    model_class: str = Field(description=MODEL_CLASS)
    host: str | None = Field(description=HOST)
    factor_version: str = Field(description=FACTOR_VERSION)
    provider_project_id: str | None = Field(description="The provider's own project or workspace id.")
    api_key_id: str | None = Field(description="The provider's own id of the key that was used.")
    service_tier: str | None = Field(description="As the provider spells it.")
    is_batch: bool | None = Field(description="Whether it came from a batch API; null: the provider does not say.")
    bucket_width: str = Field(description="1h or 1d.")
    bucket_started_at: datetime = Field(description="The bucket's first instant.")
    before: HeldBody
    after: HeldBody


class RevisionPageBody(BaseModel):
    data: list[RevisionBody]
    next_cursor: str | None = Field(description="For the next page; null: this is the last one.")
    start: datetime
    end: datetime
    data_through: datetime | None
    built_at: datetime | None
    stalled_connections: list[StalledConnectionBody]


def revision_page_body(page: RevisionPage, seen: TimeSpan, *, next_cursor: str | None) -> RevisionPageBody:
    return RevisionPageBody.model_validate(
        {
            "data": [_revision(row) for row in page.rows],
            "next_cursor": next_cursor,
            "start": seen.start,
            "end": seen.end,
            **freshness_fields(page.freshness),
        }
    )


def _revision(row: Revision) -> dict[str, object]:
    facts = dict(row.facts)
    return {
        "id": facts.pop("usage_hash"),
        **facts,
        "connection_id": public_id("conn", row.connection_id),
        "connection_label": row.connection_label,
        "before": _held(row.before),
        "after": _held(row.after),
    }


def _held(held: Held) -> dict[str, object]:
    return {"seen_at": held.seen_at, **held.counters, "co2e_grams": held.co2e and held.co2e.scaled()}
