"""Run dbt inside this process: one command, one target, answers as data.

dbt takes its connection from the environment only, keeps state per process and is not safe for two threads, so one
command runs at a time. Its target folder lies outside the checkout; a second command with the same folder starts from
its parse.
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg
from psycopg.conninfo import conninfo_to_dict

from core.database import WORKER_ROLE, DatabaseUrls
from core.errors import TransientError
from warehouse.project import PROJECT_DIR, models_sha256

Watch = Callable[[str, str], None]
"""Called with the name of each of dbt's events (`LogStartLine`, `SQLQuery`, `LogModelResult`) and of its node."""

Target = Literal["postgres", "duckdb"]

LONGEST_PROBLEM = 1000  # characters of dbt's own words that are kept

_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What became of one model, seed or test. `failures` counts the rows that a test found."""

    name: str
    kind: str
    status: str
    message: str
    failures: int | None
    seconds: float


class BuildFailedError(TransientError):
    """dbt could not finish; the marts hold what the last finished model left, and the next build redoes the rest."""

    code = "build-failed"


@dataclass(frozen=True, slots=True)
class Dbt:
    """dbt with one target. `environment` is what profiles.yml asks for; `folder` takes its files, `watch` hears it."""

    target: Target
    environment: Mapping[str, str]
    folder: Path
    watch: Watch | None = None

    def run(self, command: Sequence[str]) -> list[NodeResult]:
        """Run a command that leaves its artifacts (manifest, catalog) in `folder`/target; `build` has the results."""
        with _ONE_AT_A_TIME, process_environment(self.environment):
            return _results(dbtRunner().invoke([*self._global_options, *command, *self._options]))

    def build(self, command: Sequence[str]) -> list[NodeResult]:
        """Run a command for what it does to the tables: no artifacts, and parsed once per process and database.

        Results come in the order in which dbt finished; a test that finds rows is a result, not an error.
        Raises BuildFailedError if a model or seed failed or dbt could not start.
        """
        with _ONE_AT_A_TIME, process_environment(self.environment):
            runner = dbtRunner(manifest=self._manifest(), callbacks=[self._hear])
            return _results(runner.invoke([*self._global_options, "--no-write-json", *command, *self._options]))

    def _hear(self, event: EventMsg) -> None:
        if self.watch is not None:
            node = getattr(event.data, "node_info", None)
            self.watch(event.info.name, str(getattr(node, "node_name", "")))

    @property
    def _global_options(self) -> list[str]:
        return ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-use-colors"]

    @property
    def _options(self) -> list[str]:
        return [
            *("--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR), "--target", self.target),
            *("--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "log")),
        ]

    def _manifest(self) -> Manifest:
        """The parsed project: 0.7 s of each command, so the last one is kept (measured; it names its database)."""
        key = (self.target, tuple(sorted(self.environment.items())), models_sha256())
        if _LAST_PARSED.get("key") != key:
            outcome = dbtRunner().invoke([*self._global_options, "--no-write-json", "parse", *self._options])
            _results(outcome)
            _LAST_PARSED.update(key=key, manifest=outcome.result)
        manifest: Manifest = _LAST_PARSED["manifest"]
        return manifest


_LAST_PARSED: dict[str, Any] = {}


def _results(outcome: dbtRunnerResult) -> list[NodeResult]:
    if outcome.exception is not None:
        raise BuildFailedError(f"dbt could not run: {_first_lines(outcome.exception)}") from outcome.exception
    results = [
        NodeResult(
            name=result.node.name,
            kind=str(result.node.resource_type),
            status=str(result.status),
            message=str(result.message or ""),
            failures=result.failures,
            seconds=result.execution_time,
        )
        for result in getattr(outcome.result, "results", [])
        if hasattr(result, "node")
    ]
    for result in results:
        if result.status == "error":
            raise BuildFailedError(f"dbt could not build {result.name}: {_first_lines(result.message)}")
    return results


def postgres_environment(urls: DatabaseUrls) -> dict[str, str]:
    """What profiles.yml needs to log in as the worker, from a connection string."""
    parts = conninfo_to_dict(urls.worker or urls.admin)
    return {
        "CARBONLEDGER_DBT_HOST": str(parts.get("host") or "127.0.0.1"),
        "CARBONLEDGER_DBT_PORT": str(parts.get("port") or 5432),
        "CARBONLEDGER_DBT_USER": str(parts.get("user") or "postgres"),
        "DBT_ENV_SECRET_CARBONLEDGER_PASSWORD": str(parts.get("password") or ""),
        "CARBONLEDGER_DBT_DATABASE": str(parts.get("dbname") or "postgres"),
        "CARBONLEDGER_DBT_SSLMODE": str(parts.get("sslmode") or "prefer"),
        "CARBONLEDGER_DBT_ROLE": WORKER_ROLE,  # a log-in of its own takes the role too, so the marts keep one owner
    }


def duckdb_environment(path: Path) -> dict[str, str]:
    """What profiles.yml needs to open a DuckDB file."""
    return {"CARBONLEDGER_DBT_DUCKDB": str(path)}


@contextmanager
def process_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """These variables, in this process and those it starts, for the length of the block."""
    environment = os.environ  # noqa: TID251 - dbt's profile can be told nothing except through it; put back below
    before = {name: environment.get(name) for name in variables}
    environment.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = value


def _first_lines(problem: object) -> str:
    """dbt's sentence, in one line, without the pages of SQL that may follow it."""
    text = " ".join(line.strip() for line in str(problem).splitlines() if line.strip())
    return text[:LONGEST_PROBLEM] if text else type(problem).__name__
