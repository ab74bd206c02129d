"""Build the marts: raw observations and what ops knows of them -> marts.*, through dbt.

Safe to run again after a crash at any line: a build redoes whole account-days, each mart in one transaction, and only a
build that came to its end moves the horizon that the next one starts from.
"""

import functools
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from core.clock import Clock
from core.database import Connection, Database
from core.errors import CarbonLedgerError, InvalidInputError
from warehouse.builds import Build, MadeOf, build_lock, finish_build, start_build
from warehouse.dbt_runner import Dbt, NodeResult, Target, Watch, postgres_environment
from warehouse.duckdb_build import build_duckdb
from warehouse.factor_set import CURRENT_VERSION, input_sha256, shipped_versions
from warehouse.model_classes import resolve_again, resolve_new_models
from warehouse.model_names import ModelNames
from warehouse.model_prices import resolve_new_prices
from warehouse.project import models_sha256

WAIT_FOR_OTHER_BUILD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class BuildOutcome:
    """What a build did. `through_arrival_id` is the last arrival that the marts now hold;"""

    target: Target
    is_full_refresh: bool
    from_arrival_id: int
    through_arrival_id: int
    new_models: int
    seconds: float
    nodes: tuple[NodeResult, ...]


def build(  # noqa: PLR0913 - one choice of the caller each, all with defaults
    database: Database,
    *,
    clock: Clock,
    target: Target = "postgres",
    full_refresh: bool = False,
    snapshot_dir: Path | None = None,
    output: Path | None = None,
    workdir: Path | None = None,
    wait: timedelta = WAIT_FOR_OTHER_BUILD,
    watch: Watch | None = None,
) -> BuildOutcome:
    """Bring the marts up to date with everything committed before the call.

    On `postgres` one build runs at a time; this one waits up to `wait`. On `duckdb` the marts are computed from nothing
    into the file `output`, reading the snapshot in `snapshot_dir`; `database` is not touched.
    `workdir` takes dbt's own files (a temporary folder if None); `watch` hears what dbt does, model by model.

    Raises BuildRunningError, BuildFailedError of dbt_runner (the marts stay as the last finished model left them; the
    next build redoes the rest) and InvalidInputError (no snapshot there, or not a whole one).
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
    with postgres_build(database, clock=clock, full_refresh=full_refresh, wait=wait) as running:
        dbt = Dbt("postgres", running.environment, folder / "postgres", watch)
        nodes = dbt.build(["seed", *running.flags]) if running.build.is_full_refresh else []
        nodes += dbt.build(["run", *running.flags, *running.selection])
    return BuildOutcome(
        target="postgres",
        is_full_refresh=running.build.is_full_refresh,
        from_arrival_id=running.build.from_arrival_id,
        through_arrival_id=running.build.through_arrival_id,
        new_models=running.new_models,
        seconds=time.monotonic() - started,
        nodes=tuple(nodes),
    )


@dataclass(frozen=True, slots=True)
class PostgresBuild:
    """A build that runs: dbt may now be called, with this environment."""

    build: Build
    new_models: int
    environment: Mapping[str, str]

    @property
    def flags(self) -> list[str]:
        """What every dbt command of this build is given."""
        return ["--full-refresh"] if self.build.is_full_refresh else []

    @property
    def selection(self) -> list[str]:
        """The models whose rows may change. Views and the methodology change with the project only: a full refresh."""
        if self.build.is_full_refresh:
            return []
        marts = ("config.materialized:table", "config.materialized:incremental")
        return ["--select", *marts, "--exclude", "rpt_methodology"]


@contextmanager
def postgres_build(
    database: Database, *, clock: Clock, full_refresh: bool = False, wait: timedelta = WAIT_FOR_OTHER_BUILD
) -> Iterator[PostgresBuild]:
    """Hold the build lock, open a build, resolve new models; then whoever asked calls dbt, in whatever way.

    The build succeeded if the block ends, and failed if it raises: only then the error's own sentence is kept.
    """
    with build_lock(database, wait=wait) as session:
        made_of = MadeOf(CURRENT_VERSION, input_sha256(CURRENT_VERSION), models_sha256())
        this = start_build(session, full_refresh=full_refresh, made_of=made_of, now=clock.now())
        error = "the builder was stopped"
        try:
            yield PostgresBuild(this, _resolve_models(session, this, clock=clock), postgres_environment(database.urls))
            error = ""
        except CarbonLedgerError as failure:
            error = failure.sentence
            raise
        finally:
            finish_build(session, this, error=error or None, now=clock.now())


def _resolve_models(session: Connection, this: Build, *, clock: Clock) -> int:
    """Classes by every version, for billing periods are priced by the one that they were opened with; then prices."""
    new_models = 0
    with session.transaction():
        for version in shipped_versions():
            names = ModelNames.of_version(version)
            if this.is_full_refresh:
                resolve_again(session, names, now=clock.now())
            resolved = resolve_new_models(
                session,
                names,
                from_arrival_id=this.from_arrival_id,
                through_arrival_id=this.through_arrival_id,
                now=clock.now(),
            )
            new_models += resolved if version == CURRENT_VERSION else 0
        resolve_new_prices(session, now=clock.now())
    return new_models


@functools.cache
def temporary_folder() -> Path:
    """A folder for dbt's files that lasts as long as the process."""
    folder = tempfile.TemporaryDirectory(prefix="carbonledger-dbt-")
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []
