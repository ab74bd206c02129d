"""`carbonledger-server snapshot DIR`: what the warehouse reads, as Parquet."""

from contextlib import closing
from pathlib import Path

from app.server_context import server_context
from core.settings import Settings
from warehouse.snapshot import write_snapshot


def snapshot(settings: Settings, *, folder: Path) -> str:
    """What was written, in a few words. Raises InvalidInputError if the folder holds anything."""
    context = server_context(settings)
    with closing(context.database):
        manifest = write_snapshot(context.database, folder)
    rows = sum(file.rows for file in manifest.files)
    return f"{rows:,} rows in {len(manifest.files)} files in {folder}, through arrival {manifest.through_arrival_id}"
