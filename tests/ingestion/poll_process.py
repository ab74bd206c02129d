"""A worker's acts in a process that can be killed: at its n-th commit by itself, or at any instant from outside.

Processes are forked from a server that has imported everything: a kill costs milliseconds and not an interpreter.
"""

import multiprocessing
import signal
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from core.clock import FixedClock
from core.secret_store import LocalVault
from ingestion.connections import connect, list_connections
from ingestion.poll import poll_due, poll_sync_request
from ingestion.sync_requests import claim_sync_request, finish_sync
from ingestion.usage_row import ProviderName
from tests.ingestion.world import PATIENCE, clients_at
from tests.mortal import MortalDatabase, Mortality, Side, start
from tests.sandbox_process import BaseUrls, admin_key

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.ingestion.poll_process"])


@dataclass(frozen=True, slots=True)
class Job:
    """Connect and carry out the sync, or, where that is done, poll the week. `kill_at`: a commit's number and side."""

    database_url: str
    vault: Path
    urls: BaseUrls
    org_id: int
    provider: str
    now: datetime
    polls_week: bool
    kill_at: tuple[int, Side] | None = None


def work(job: Job) -> None:
    """What the process does. Twice is once."""
    with MortalDatabase(job.database_url, Mortality(job.kill_at)) as database:
        clock, vault, clients = FixedClock(job.now), LocalVault(job.vault), clients_at(job.urls)
        if job.polls_week:
            poll_due(database, clients, vault, clock, cause="weekly", patience=PATIENCE)
        elif not list_connections(database, job.org_id):
            connect(
                database,
                clients,
                vault,
                org_id=job.org_id,
                provider=ProviderName(job.provider),
                api_key=SecretStr(admin_key(job.provider)),
                label=None,
                project_id=None,
                now=job.now,
            )
        while request := claim_sync_request(database, now=job.now):
            poll_sync_request(database, clients, vault, clock, request, patience=PATIENCE)
            finish_sync(database, request.id, now=job.now)


class Worker:
    """A process that works on the job, from now on."""

    def __init__(self, job: Job) -> None:
        self._process = _CONTEXT.Process(target=work, args=(job,))
        start(self._process)

    def kill(self) -> None:
        self._process.kill()

    def kill_after(self, seconds: float) -> None:
        """Kill it then, unless it came to its end before."""
        self._process.join(seconds)
        self._process.kill()

    def came_to_its_end(self) -> bool:
        """Waits for it: True if it did, False if a SIGKILL ended it; another end is an error."""
        self._process.join(60)
        code = self._process.exitcode
        self._process.close()
        assert code in (0, -signal.SIGKILL), f"the worker ended with {code}"
        return code == 0
