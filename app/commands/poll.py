"""`carbonledger-server poll`: one pass over every connection, now."""

from contextlib import closing
from typing import Literal

from app.server_context import server_context
from core.settings import Settings
from ingestion.poll import PollSummary, poll_due


def poll(settings: Settings, *, cause: Literal["hourly", "daily", "weekly", "monthly", "backfill"]) -> str:
    """What was read, in a few words."""
    context = server_context(settings)
    with closing(context.database):
        return _told(poll_due(context.database, context.providers, context.secrets, context.clock, cause=cause))


def _told(summary: PollSummary) -> str:
    failures = summary.permanent_failures + summary.transient_failures
    codes = f" ({', '.join(sorted(set(summary.error_codes)))})" if summary.error_codes else ""
    return (
        f"polled {summary.connections_polled} connections, {failures} failed{codes}: {summary.windows} windows,"
        f" {summary.rows_seen:,} rows seen, {summary.rows_new:,} new, {summary.rows_revised:,} revised,"
        f" {summary.rows_removed:,} removed"
    )
