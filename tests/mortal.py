"""A process that can be killed at its n-th boundary: a commit that writes, or a call to the outside."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Literal, Self

from core.database import Connection, Database, DatabaseUrls, fetch_one

Side = Literal["before", "after"]


def start(process: BaseProcess) -> None:
    """Start it without a main module: where a dashboard was served in this process before, Streamlit has put its script
    there, and the child would run that first.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        process.start()
    finally:
        sys.modules["__main__"] = main


@dataclass
class Mortality:
    """`kill_at`: the boundary's number, from 1, and the side of it on which the process ends with SIGKILL."""

    kill_at: tuple[int, Side] | None
    passed: int = field(default=0)

    def before(self) -> None:
        self.passed += 1
        if self.kill_at == (self.passed, "before"):
            os.kill(os.getpid(), signal.SIGKILL)

    def after(self) -> None:
        if self.kill_at == (self.passed, "after"):
            os.kill(os.getpid(), signal.SIGKILL)


class MortalDatabase(Database):
    """Its boundaries are the commits of transactions that write.

    One that draws from a sequence and writes nothing counts in some runs: the server logs every 32nd number drawn.
    """

    def __enter__(self) -> Self:
        return self

    def __init__(self, url: str, mortality: Mortality) -> None:
        super().__init__(DatabaseUrls(admin=url), pool_size=4)
        self._mortality = mortality

    @contextmanager
    def tenant(self, org_id: int) -> Iterator[Connection]:
        with super().tenant(org_id) as connection:
            yield connection
            writes = self._commits(connection)
        if writes:
            self._mortality.after()

    @contextmanager
    def worker(self) -> Iterator[Connection]:
        with super().worker() as connection:
            yield connection
            writes = self._commits(connection)
        if writes:
            self._mortality.after()

    def _commits(self, connection: Connection) -> bool:
        row = fetch_one(connection, "select pg_current_xact_id_if_assigned() is not null as writes")
        if row["writes"]:
            self._mortality.before()
        return bool(row["writes"])
