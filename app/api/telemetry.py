"""/v1/telemetry: what was used and what it emitted."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.accounts.principal import Principal
from app.api.dependencies import Context, Now, allowed
from app.api.public_ids import key_or_not_found
from app.api.telemetry_answers import SummaryBody, summary_body
from app.telemetry.grouping import grouping
from app.telemetry.summary import summary
from app.telemetry.time_span import time_span
from app.telemetry.usage_filter import UsageFilter
from ingestion.usage_row import ProviderName

router = APIRouter(prefix="/v1/telemetry", tags=["telemetry"])

Reader = Annotated[Principal, allowed("telemetry:read")]
Start = Annotated[
    str | None,
    Query(
        description="First instant (RFC 3339) or UTC day. Default: 30 days before end.",
        examples=["2026-11-01"],
        max_length=40,
    ),
]
End = Annotated[
    str | None,
    Query(
        description="First instant or UTC day after the span. Default: end of today.",
        examples=["2026-12-01"],
        max_length=40,
    ),
]
Dimensions = Annotated[
    list[str],
    Query(
        description="Any of model, day, hour, project, connection, provider; repeated, or as a comma list.",
        examples=[["model,day"]],
        max_length=20,
    ),
]
ModelFilter = Annotated[str | None, Query(description="Only this model, as the provider spells it.", max_length=300)]
ProjectFilter = Annotated[str | None, Query(description="Only this project.", examples=["proj_1"], max_length=40)]
ConnectionFilter = Annotated[
    str | None,
    Query(description="Only the provider account behind this connection.", examples=["conn_1"], max_length=40),
]


def usage_filter(
    provider: ProviderName | None = None,
    model: ModelFilter = None,
    project_id: ProjectFilter = None,
    connection_id: ConnectionFilter = None,
) -> UsageFilter:
    return UsageFilter(
        provider=provider,
        model=model,
        project_id=None if project_id is None else key_or_not_found("proj", project_id),
        connection_id=None if connection_id is None else key_or_not_found("conn", connection_id),
    )


Only = Annotated[UsageFilter, Depends(usage_filter)]


@router.get("/summary", response_model_exclude_unset=True)
def read_summary(
    context: Context,
    principal: Reader,
    now: Now,
    only: Only,
    start: Start = None,
    end: End = None,
    group_by: Dimensions = [],  # noqa: B006 - FastAPI copies defaults
) -> SummaryBody:
    """Totals over a span, and one row for each combination of the dimensions asked for."""
    span = time_span(start, end, now=now)
    return summary_body(summary(context.database, principal.org_id, span=span, group_by=grouping(group_by), only=only))
