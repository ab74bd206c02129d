"""Credits taken back with all that follows, in a process that can be killed at any commit."""

import multiprocessing
import signal
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from billing.credits.invalidation import invalidate
from billing.credits.refill import refill_due
from core.clock import FixedClock
from core.database import Database
from core.secret_store import LocalVault
from core.settings import Settings
from receipts.issue import issue_due
from tests.mortal import MortalDatabase, Mortality, Side, start
from tests.receipts.issued_receipts import ISSUER, PUBLIC_URL

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.receipts.taking_back"])


@dataclass(frozen=True, slots=True)
class TakeBackJob:
    database_url: str
    home: Path
    now: datetime
    units: range
    kill_at: tuple[int, Side] | None = None


def take_back_and_replace(database: Database, job: TakeBackJob) -> None:
    """What the process does. Twice is once."""
    settings = Settings(home=job.home, issuer=ISSUER.did, public_url=PUBLIC_URL)
    invalidate(database, block_id=1, units=job.units, reason="cancelled", actor="operator", now=job.now)
    refill_due(database, policy="cheapest", now=job.now)
    issue_due(database, LocalVault(job.home / "vault"), settings, clock=FixedClock(job.now))


def work(job: TakeBackJob) -> None:
    with MortalDatabase(job.database_url, Mortality(job.kill_at)) as database:
        take_back_and_replace(database, job)


def came_to_its_end(job: TakeBackJob) -> bool:
    """Whether the process did the job whole; False if a SIGKILL ended it. Another end is an error."""
    process = _CONTEXT.Process(target=work, args=(job,))
    start(process)
    process.join(120)
    code = process.exitcode
    process.close()
    assert code in (0, -signal.SIGKILL), f"it ended with {code}"
    return code == 0
