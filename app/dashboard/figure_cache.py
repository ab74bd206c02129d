"""Reads of the marts, kept for a minute. Each takes org_id (part of the key) and the build that it shows.

`built_at` is part of the key, so a page shows a build as soon as it is finished.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import streamlit as st

from app.dashboard import serving
from app.dashboard.instants import Period
from app.telemetry.coverage import AccountCoverage, account_coverage
from app.telemetry.freshness import Freshness, read_freshness
from app.telemetry.grouping import GroupBy
from app.telemetry.model_classes import model_classes
from app.telemetry.project_trends import ProjectTrend, project_trends
from app.telemetry.seen_selectors import SeenSelector, seen_selectors
from app.telemetry.sorting import Sort
from app.telemetry.summary import Summary, summary
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import UsageFilter
from app.telemetry.used_models import UsedModels, used_models

_KEPT = timedelta(minutes=1)


def freshness_of(org_id: int) -> Freshness:
    """Never cached: it decides which of the others are still true."""
    with serving.context().database.tenant(org_id) as connection:
        return read_freshness(connection)


@st.cache_data(ttl=_KEPT, max_entries=500, show_spinner=False)
def summary_of(
    org_id: int,
    period: Period,
    group_by: tuple[GroupBy, ...],
    only: UsageFilter,
    built_at: datetime | None,  # noqa: ARG001 - in the key
    sort: Sort | None = None,
) -> Summary:
    span = TimeSpan(period.start, period.end)
    return summary(serving.context().database, org_id, span=span, group_by=group_by, only=only, sort=sort)


@st.cache_data(ttl=_KEPT, max_entries=500, show_spinner=False)
def coverage_of(
    org_id: int,
    period: Period,
    only: UsageFilter,
    built_at: datetime | None,  # noqa: ARG001 - in the key
) -> list[AccountCoverage]:
    context = serving.context()
    span = TimeSpan(period.start, period.end)
    return account_coverage(context.database, org_id, span=span, now=context.clock.now(), only=only)


@st.cache_data(ttl=_KEPT, max_entries=500, show_spinner=False)
def classes_of(
    org_id: int,
    built_at: datetime | None,  # noqa: ARG001 - in the key
) -> dict[tuple[str, str | None], tuple[str, str]]:
    return model_classes(serving.context().database, org_id)


@st.cache_data(ttl=_KEPT, max_entries=500, show_spinner=False)
def used_models_of(
    org_id: int,
    built_at: datetime | None,  # noqa: ARG001 - in the key
) -> UsedModels:
    context = serving.context()
    return used_models(context.database, org_id, now=context.clock.now())


@st.cache_data(ttl=_KEPT, max_entries=500, show_spinner=False)
def trends_of(
    org_id: int,
    period: Period,
    only: UsageFilter,
    built_at: datetime | None,  # noqa: ARG001 - in the key
) -> Mapping[int | None, ProjectTrend]:
    return project_trends(serving.context().database, org_id, span=TimeSpan(period.start, period.end), only=only)


@st.cache_data(ttl=_KEPT, max_entries=500, show_spinner=False)
def seen_of(
    org_id: int,
    connection_id: int,
    period: Period,
    built_at: datetime | None,  # noqa: ARG001 - in the key
) -> tuple[SeenSelector, ...]:
    """Their usage is the build's; which project they have is not looked at: a mapping changes without a build."""
    context = serving.context()
    span = TimeSpan(period.start, period.end)
    return seen_selectors(context.database, org_id, connection_id, span=span, now=context.clock.now())
