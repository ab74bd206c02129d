"""`carbonledger-server snapshot DIR`: what the warehouse reads, as Parquet."""

from pathlib import Path

from app.server_context import server_context
from core.settings import Settings
from warehouse.snapshot import write_snapshot


def snapshot(settings: Settings, *, folder: Path) -> str:
    """What was written, in one line."""
    context = server_context(settings)
    try:
        outcome = write_snapshot(context.database, folder)
    finally:
        context.database.close()
    return str(outcome or f"snapshot written to {folder}")
