"""`carbonledger-server build`: compute the marts, in PostgreSQL or from a snapshot in DuckDB."""

from pathlib import Path
from typing import Literal

from app.server_context import server_context
from core.errors import InvalidInputError
from core.settings import Settings
from warehouse.build import build as build_marts


def build(
    settings: Settings,
    *,
    target: Literal["postgres", "duckdb"],
    snapshot: Path | None,
    full_refresh: bool,
    with_tests: bool,
) -> str:
    """What was built, in one line. Raises InvalidInputError if snapshot and target do not go together."""
    if (target == "duckdb") != (snapshot is not None):
        raise InvalidInputError("--target duckdb and --snapshot DIR go together; write DIR with `snapshot` first.")
    context = server_context(settings)
    try:
        outcome = build_marts(
            context.database,
            clock=context.clock,
            target=target,
            full_refresh=full_refresh,
            snapshot_dir=snapshot,
        )
    finally:
        context.database.close()
    return str(outcome)
