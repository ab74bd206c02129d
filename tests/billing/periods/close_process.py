"""A closer with its retirement back end, in a process that can be killed at any commit and around any outside call."""

import multiprocessing
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from billing.close import close_due
from billing.credits.backend import BackendOrder, EvidenceFile, RetirementBackend, RetirementRequest
from billing.credits.broker_backend import BrokerBackend
from billing.credits.evidence import EvidenceFolder
from billing.credits.retire import retire_due
from core.clock import FixedClock
from core.database import Database
from core.http_client import HttpClient
from tests.billing.credits.broker_process import KEY
from tests.billing.credits.ledger import POOL
from tests.mortal import MortalDatabase, Mortality, Side, start

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.billing.periods.close_process"])

PASSES = 3
BETWEEN_PASSES = timedelta(minutes=20)
"""Longer than the lease of a retirement whose worker died."""


@dataclass(frozen=True, slots=True)
class CloseJob:
    database_url: str
    broker_url: str
    home: Path
    now: datetime
    kill_at: tuple[int, Side] | None = None


class MortalBackend:
    """The broker, each call of which is a boundary."""

    def __init__(self, broker: RetirementBackend, mortality: Mortality) -> None:
        self.name = broker.name
        self._broker, self._mortality = broker, mortality

    async def find(self, request: RetirementRequest) -> BackendOrder | None:
        self._mortality.before()
        found = await self._broker.find(request)
        self._mortality.after()
        return found

    async def place(self, request: RetirementRequest) -> BackendOrder:
        self._mortality.before()
        order = await self._broker.place(request)
        self._mortality.after()
        return order

    async def poll(self, order_id: str) -> BackendOrder:
        self._mortality.before()
        order = await self._broker.poll(order_id)
        self._mortality.after()
        return order

    async def fetch_evidence(self, order: BackendOrder) -> Sequence[EvidenceFile]:
        self._mortality.before()
        files = await self._broker.fetch_evidence(order)
        self._mortality.after()
        return files


def close_and_retire(database: Database, backend: RetirementBackend, job: CloseJob) -> None:
    """What the process does. Twice is once."""
    for number in range(PASSES):
        now = job.now + number * BETWEEN_PASSES
        close_due(database, clock=FixedClock(now), policy="oldest_vintage_first")
        retire_due(database, backend, EvidenceFolder(job.home), beneficiary=POOL, now=now)


def work(job: CloseJob) -> None:
    mortality = Mortality(job.kill_at)
    broker = BrokerBackend(HttpClient(user_agent="tests"), base_url=job.broker_url, key=SecretStr(KEY))
    with MortalDatabase(job.database_url, mortality) as database:
        close_and_retire(database, MortalBackend(broker, mortality), job)


def came_to_its_end(job: CloseJob) -> bool:
    """Whether the process did the job whole; False if a SIGKILL ended it. Another end is an error."""
    process = _CONTEXT.Process(target=work, args=(job,))
    start(process)
    process.join(120)
    code = process.exitcode
    process.close()
    assert code in (0, -signal.SIGKILL), f"the closer ended with {code}"
    return code == 0
