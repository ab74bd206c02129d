"""Build the marts: raw observations and what ops knows of them -> marts.*, through dbt.

Safe to run again after a crash at any line: a build redoes whole account-days, each mart in one transaction, and only a
build that came to its end moves the horizon that the next one starts from.
"""

import functools
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from core.clock import Clock
from core.database import Connection, Database
from core.errors import InvalidInputError
from warehouse.builds import build_lock, finish_build, start_build
from warehouse.dbt_runner import BuildFailedError, Dbt, NodeResult, Target, postgres_environment
from warehouse.duckdb_build import build_duckdb
from warehouse.factor_set import CURRENT_VERSION, input_sha256
from warehouse.model_classes import resolve_again, resolve_new_models
from warehouse.model_names import ModelNames

WAIT_FOR_OTHER_BUILD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class BuildOutcome:
    """What a build did. `through_arrival_id` is the last arrival that the marts now hold; `mart_rows` are whole tables."""

    target: Target
    is_full_refresh: bool
    from_arrival_id: int
    through_arrival_id: int
    new_models: int
    seconds: float
    nodes: tuple[NodeResult, ...]


def build(
    database: Database,
    *,
    clock: Clock,
    target: Target = "postgres",
    full_refresh: bool = False,
    snapshot_dir: Path | None = None,
    output: Path | None = None,
    workdir: Path | None = None,
    wait: timedelta = WAIT_FOR_OTHER_BUILD,
) -> BuildOutcome:
    """Bring the marts up to date with everything committed before the call.

    On `postgres` one build runs at a time; this one waits up to `wait`. On `duckdb` the marts are computed from nothing
    into the file `output`, reading the snapshot in `snapshot_dir`; `database` is not touched.
    `workdir` takes dbt's own files (a temporary folder if None).

    Raises BuildRunningError, BuildFailedError (the marts stay as the last finished model left them; the next build redoes
    the rest) and InvalidInputError (no snapshot there, or not a whole one).
    """
    folder = workdir or temporary_folder()
    started = time.monotonic()
    if target == "duckdb":
        if snapshot_dir is None or output is None:
            raise InvalidInputError("A build on DuckDB needs a snapshot to read and a file to write.")
        manifest, nodes = build_duckdb(snapshot_dir, output, workdir=folder)
        return BuildOutcome(
            target=target,
            is_full_refresh=True,
            from_arrival_id=0,
            through_arrival_id=manifest.through_arrival_id,
            new_models=0,
            seconds=time.monotonic() - started,
            nodes=tuple(nodes),
        )
    with build_lock(database, wait=wait) as session:
        return _build_postgres(
            database, session, clock=clock, full_refresh=full_refresh, folder=folder, started=started
        )


def _build_postgres(
    database: Database, session: Connection, *, clock: Clock, full_refresh: bool, folder: Path, started: float
) -> BuildOutcome:
    sha256 = input_sha256(CURRENT_VERSION)
    this = start_build(session, full_refresh=full_refresh, version=CURRENT_VERSION, sha256=sha256, now=clock.now())
    dbt = Dbt("postgres", postgres_environment(database.urls), folder / "postgres")
    nodes: list[NodeResult] = []
    try:
        names = ModelNames.of_version(CURRENT_VERSION)
        with session.transaction():
            if this.is_full_refresh:
                resolve_again(session, names, now=clock.now())
            new_models = resolve_new_models(
                session,
                names,
                from_arrival_id=this.from_arrival_id,
                through_arrival_id=this.through_arrival_id,
                now=clock.now(),
            )
        if this.is_full_refresh:
            nodes += dbt.run(["seed", "--full-refresh"])
        nodes += dbt.run(["run", "--full-refresh"] if this.is_full_refresh else ["run"])
    except BuildFailedError as error:
        finish_build(session, this, error=error.sentence, now=clock.now())
        raise
    finish_build(session, this, error=None, now=clock.now())
    return BuildOutcome(
        target="postgres",
        is_full_refresh=this.is_full_refresh,
        from_arrival_id=this.from_arrival_id,
        through_arrival_id=this.through_arrival_id,
        new_models=new_models,
        seconds=time.monotonic() - started,
        nodes=tuple(nodes),
    )


@functools.cache
def temporary_folder() -> Path:
    """A folder for dbt's files that lasts as long as the process."""
    folder = tempfile.TemporaryDirectory(prefix="carbonledger-dbt-")
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []
