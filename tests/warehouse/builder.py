"""A builder as a process of its own, for tests that kill it: `python -m tests.warehouse.builder URL FOLDER MODE`.

MODE is `full` or `incremental`.

It says on standard output, line by line, what dbt does and to which node.
"""

import sys
from pathlib import Path

from core.clock import FixedClock
from core.database import Database, DatabaseUrls
from tests.warehouse.world import SOME_HOUR
from warehouse.build import build


def say(event: str, node: str) -> None:
    sys.stdout.write(f"{event} {node}\n")
    sys.stdout.flush()


def main(url: str, folder: str, kind: str) -> None:
    with Database(DatabaseUrls(admin=url), pool_size=2) as database:
        build(
            database,
            clock=FixedClock(SOME_HOUR),
            full_refresh=kind == "full",
            workdir=Path(folder),
            watch=say,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
