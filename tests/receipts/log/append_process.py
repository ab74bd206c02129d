"""Appenders in processes that can be killed around their commit."""

import multiprocessing
import signal
from dataclasses import dataclass
from datetime import timedelta

from receipts.log.append import append
from tests.conftest import NOON
from tests.mortal import MortalDatabase, Mortality, Side, start
from tests.receipts.log.logbook import SIGNER, receipts

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.receipts.log.append_process"])


@dataclass(frozen=True, slots=True)
class AppendJob:
    """`batches`: numbers of receipts, a transaction each."""

    database_url: str
    batches: tuple[tuple[int, ...], ...]
    kill_at: tuple[int, Side] | None = None


def came_to_its_end(job: AppendJob) -> bool:
    """False if it was killed."""
    process = _CONTEXT.Process(target=_append, args=(job,))
    start(process)
    process.join(timeout=120)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode == 0


def _append(job: AppendJob) -> None:
    with MortalDatabase(job.database_url, Mortality(job.kill_at)) as database:
        for number, batch in enumerate(job.batches):
            with database.worker() as connection:
                append(connection, receipts(*batch), signer=SIGNER, now=NOON + timedelta(minutes=number))
