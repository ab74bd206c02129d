"""Builders for tests that kill them: `python -m tests.warehouse.builder URL FOLDER`, one a line of input.

A line is `full` or `incremental`. Each builder is a process of its own, forked from this one, which has imported and
parsed everything before, so that a builder starts in no time. It says on standard output its process id, then what dbt
does and to which node; at the end `over`.
"""

import os
import sys
from pathlib import Path

from core.clock import FixedClock
from core.database import Database, DatabaseUrls
from tests.warehouse.world import SOME_HOUR
from warehouse.build import build
from warehouse.dbt_runner import Dbt, postgres_environment


def say(event: str, node: str) -> None:
    sys.stdout.write(f"{event} {node}\n")
    sys.stdout.flush()


def build_once(url: str, folder: Path, kind: str) -> None:
    with Database(DatabaseUrls(admin=url), pool_size=2) as database:
        build(database, clock=FixedClock(SOME_HOUR), full_refresh=kind == "full", workdir=folder, watch=say)


def main(url: str, folder: Path) -> None:
    Dbt("postgres", postgres_environment(DatabaseUrls(admin=url)), folder / "postgres").build(["parse"])
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            build_once(url, folder, line.strip())
            os._exit(0)
        say("started", str(child))
        os.waitpid(child, 0)
        say("over", "")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
