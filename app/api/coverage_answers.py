"""The body of /v1/telemetry/coverage."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from app.telemetry.coverage import AccountCoverage
from app.telemetry.time_span import TimeSpan
from core.ids import public_id
from ingestion.coverage import CoverageState


class CoverageSpanBody(BaseModel):
    """Whole hours [start, end) of one state."""

    state: CoverageState = Field(
        description="known: read whole. missing: due and not read; tried again. provider-has-none: older than the "
        "provider keeps. not-connected: no key then. not-yet: not closed, or its poll is not due."
    )
    start: datetime
    end: datetime


class AccountCoverageBody(BaseModel):
    connection_id: str
    connection_label: str
    spans: list[CoverageSpanBody]


class CoverageBody(BaseModel):
    data: list[AccountCoverageBody] = Field(description="One entry a provider account, deleted connections included.")
    start: datetime
    end: datetime


def coverage_body(found: Sequence[AccountCoverage], span: TimeSpan) -> CoverageBody:
    return CoverageBody(
        data=[
            AccountCoverageBody(
                connection_id=public_id("conn", account.connection_id),
                connection_label=account.connection_label,
                spans=[CoverageSpanBody(state=each.state, start=each.start, end=each.end) for each in account.spans],
            )
            for account in found
        ],
        start=span.start,
        end=span.end,
    )
