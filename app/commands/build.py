"""`carbonledger-server build`: compute the marts, in PostgreSQL or from a snapshot in DuckDB; test them if asked."""

from contextlib import closing
from pathlib import Path

from app.server_context import server_context
from core.database import Database
from core.errors import InvalidInputError, PermanentError
from core.settings import Settings
from warehouse.build import build as build_marts
from warehouse.build import temporary_folder
from warehouse.dbt_runner import Dbt, Target, duckdb_environment, postgres_environment

DUCKDB_FILE = "marts.duckdb"


class MartTestsFailedError(PermanentError):
    code = "mart-tests-failed"


def build(
    settings: Settings,
    *,
    target: Target,
    snapshot: Path | None,
    output: Path | None,
    full_refresh: bool,
    with_tests: bool,
) -> str:
    """What was built, in a few words.

    Raises InvalidInputError if snapshot and target do not go together, and MartTestsFailedError, which names the tests.
    """
    if (target == "duckdb") != (snapshot is not None):
        raise InvalidInputError("--target duckdb and --snapshot DIR go together; write DIR with `snapshot` first.")
    if snapshot is not None and output is None:
        output = snapshot / DUCKDB_FILE
    context = server_context(settings)
    with closing(context.database):
        outcome = build_marts(
            context.database,
            clock=context.clock,
            target=target,
            full_refresh=full_refresh,
            snapshot_dir=snapshot,
            output=output,
        )
        tests = _test(target, context.database, output) if with_tests else 0
    where = f" in {output}" if output else ""
    tested = f"; {tests} tests passed" if with_tests else ""
    kind = "all of history" if outcome.is_full_refresh else "what was new"
    return (
        f"built {kind} through arrival {outcome.through_arrival_id}{where} in {outcome.seconds:.1f} s:"
        f" {len(outcome.nodes)} models{tested}"
    )


def _test(target: Target, database: Database, output: Path | None) -> int:
    """How many tests of the dbt project passed."""
    environment = postgres_environment(database.urls) if output is None else duckdb_environment(output)
    results = Dbt(target, environment, temporary_folder() / target).run(["test"])
    failed = [result.name for result in results if result.failures or result.status not in {"pass", "warn"}]
    if failed:
        raise MartTestsFailedError(f"{len(failed)} of {len(results)} tests of the marts failed: {', '.join(failed)}.")
    return len(results)
