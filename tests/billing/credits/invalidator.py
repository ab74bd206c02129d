"""An operator who invalidates units, in a process that can be killed at any commit."""

import multiprocessing
import signal
from dataclasses import dataclass

from billing.credits.invalidation import invalidate
from billing.credits.refill import refill_due
from core.database import Database
from tests.billing.credits.ledger import NOW
from tests.mortal import MortalDatabase, Mortality, Side, start

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.billing.credits.invalidator"])


@dataclass(frozen=True, slots=True)
class TakeBackJob:
    database_url: str
    block_id: int
    units: range
    kill_at: tuple[int, Side] | None = None


def take_back_and_refill(database: Database, job: TakeBackJob) -> None:
    """What the process does. Twice is once."""
    invalidate(database, block_id=job.block_id, units=job.units, reason="cancelled", actor="operator", now=NOW)
    refill_due(database, policy="cheapest", now=NOW)


def work(job: TakeBackJob) -> None:
    with MortalDatabase(job.database_url, Mortality(job.kill_at)) as database:
        take_back_and_refill(database, job)


def came_to_its_end(job: TakeBackJob) -> bool:
    """Whether the process did the job whole; False if a SIGKILL ended it. Another end is an error."""
    process = _CONTEXT.Process(target=work, args=(job,))
    start(process)
    process.join(120)
    code = process.exitcode
    process.close()
    assert code in (0, -signal.SIGKILL), f"the invalidator ended with {code}"
    return code == 0
