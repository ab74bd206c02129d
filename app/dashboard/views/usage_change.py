"""Beside the totals of a selection: what changed against the days before, and how much of the period was read."""

from collections.abc import Sequence
from datetime import datetime

from app.accounts.principal import Principal
from app.dashboard import fragments
from app.dashboard.change_figures import (
    change_figures,
    compared_spans,
    totals_of,
    totals_until,
    why_incomparable,
)
from app.dashboard.figure_cache import coverage_of, summary_of
from app.dashboard.instants import Period
from app.dashboard.known_hours import known_hours
from app.telemetry.summary import Summary
from app.telemetry.usage_filter import UsageFilter
from ingestion.connection_view import ConnectionView

NO_COMPLETE_DAY = "No comparison: no day of this period is complete yet."


def show_change(
    person: Principal,
    period: Period,
    only: UsageFilter,
    *,
    by_day: Summary,
    connections: Sequence[ConnectionView],
    built_at: datetime | None,
) -> None:
    """`by_day` is the period's summary by day."""
    spans = compared_spans(period, complete_until=_complete_until(connections, only))
    asked = Period(spans.previous.start, period.end) if spans else period
    coverage = coverage_of(person.org_id, asked, only, built_at)
    incomparable = why_incomparable(coverage, spans) if spans else NO_COMPLETE_DAY
    changes = None
    if spans and incomparable is None:
        before = summary_of(person.org_id, spans.previous, (), only, built_at)
        changes = change_figures(totals_until(by_day, spans.current.end), totals_of(before))
    fragments.show(
        "change.html",
        spans=spans,
        changes=changes,
        incomparable=incomparable,
        leaves_out=spans is not None and spans.current.end < period.end,
        hours=known_hours(coverage, period),
    )


def _complete_until(connections: Sequence[ConnectionView], only: UsageFilter) -> datetime | None:
    """Where the first of the selection's connections ends; those that nothing was read of yet, or that are not polled
    any more, do not hold the others back: their hours count as unread."""
    through = [
        each.data_through
        for each in connections
        if each.data_through is not None
        and each.status == "active"
        and only.provider in (None, each.provider)
        and only.connection_id in (None, each.id)
    ]
    return min(through, default=None)
