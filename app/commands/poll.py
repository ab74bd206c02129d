"""`carbonledger-server poll`: one pass over every connection, now."""

from typing import Literal

from app.server_context import server_context
from core.settings import Settings
from ingestion.poll import poll_due


def poll(settings: Settings, *, cause: Literal["hourly", "daily", "weekly", "monthly", "backfill"]) -> str:
    """What was read, in one line."""
    context = server_context(settings)
    try:
        outcome = poll_due(context.database, context.providers, context.secrets, context.clock, cause=cause)
    finally:
        context.database.close()
    return str(outcome)
