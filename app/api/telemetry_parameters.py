"""The query parameters that the telemetry endpoints share."""

from typing import Annotated, NamedTuple

from fastapi import Depends, Query

from app.accounts.principal import Principal
from app.api.dependencies import Now, allowed
from app.api.public_ids import key_or_not_found
from app.telemetry.grouping import GroupBy, grouping
from app.telemetry.sorting import Sort, sort_of
from app.telemetry.time_span import TimeSpan, time_span
from app.telemetry.usage_filter import UsageFilter
from ingestion.usage_row import ProviderName

_LONGEST_ID = 40

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
        description="The first instant or UTC day after the span. Default: the end of today.",
        examples=["2026-12-01"],
        max_length=40,
    ),
]


async def span_of(now: Now, start: Start = None, end: End = None) -> TimeSpan:
    """Raises InvalidTimeRangeError."""
    return time_span(start, end, now=now)


Span = Annotated[TimeSpan, Depends(span_of)]
Dimensions = Annotated[
    list[str],
    Query(
        description="Any of model, day, hour, project, connection, provider, key; repeated, or as a comma list.",
        examples=[["model,day"]],
        max_length=20,
    ),
]
SortText = Annotated[
    str | None,
    Query(
        description="The column that rows are ordered by: a dimension asked for, a counter, tokens, or a bound of"
        " co2e_grams or energy_wh; with a minus sign the largest first. Default: the dimensions, in the order asked.",
        examples=["-co2e_grams_central"],
        max_length=40,
    ),
]


class Arrangement(NamedTuple):
    """Which rows a summary has, and in which order."""

    group_by: tuple[GroupBy, ...]
    sort: Sort | None


async def arrangement(
    group_by: Dimensions = [],  # noqa: B006 - FastAPI copies defaults
    sort: SortText = None,
) -> Arrangement:
    """Raises UnknownGroupByError, UnknownSortError."""
    dimensions = grouping(group_by)
    return Arrangement(dimensions, sort_of(sort, dimensions))


Arranged = Annotated[Arrangement, Depends(arrangement)]

OnlyProvider = Annotated[ProviderName | None, Query(description="Only this provider.")]
OnlyModel = Annotated[
    str | None,
    Query(description="Only this model, as the provider spells it.", max_length=300, pattern=r"^[^\x00]*$"),
]
OnlyConnection = Annotated[
    str | None,
    Query(description="Only the account behind this connection.", examples=["conn_1"], max_length=_LONGEST_ID),
]


OnlyProject = Annotated[
    str | None, Query(description="Only this project.", examples=["proj_1"], max_length=_LONGEST_ID)
]


async def usage_filter(
    provider: OnlyProvider = None,
    model: OnlyModel = None,
    project_id: OnlyProject = None,
    connection_id: OnlyConnection = None,
) -> UsageFilter:
    """Raises NotFoundError for an id that cannot be one."""
    return UsageFilter(
        provider=provider,
        model=model,
        project_id=None if project_id is None else key_or_not_found("proj", project_id),
        connection_id=None if connection_id is None else key_or_not_found("conn", connection_id),
    )


async def filter_of_project(
    project_id: str, provider: OnlyProvider = None, model: OnlyModel = None, connection_id: OnlyConnection = None
) -> UsageFilter:
    """As `usage_filter`, with the project of the path."""
    return await usage_filter(provider, model, project_id, connection_id)


async def account_filter(
    provider: OnlyProvider = None, project_id: OnlyProject = None, connection_id: OnlyConnection = None
) -> UsageFilter:
    """As `usage_filter`, of what is asked of whole accounts."""
    return await usage_filter(provider, None, project_id, connection_id)


Only = Annotated[UsageFilter, Depends(usage_filter)]
OnlyOfProject = Annotated[UsageFilter, Depends(filter_of_project)]
OnlyAccounts = Annotated[UsageFilter, Depends(account_filter)]
