"""An issuer in a process that can be killed at any commit, and around what it asks of the secret store."""

import multiprocessing
import signal
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from core.clock import FixedClock
from core.secret_store import LocalVault
from core.settings import Settings
from receipts.issue import issue_due
from tests.mortal import MortalDatabase, Mortality, Side, start
from tests.receipts.issued_receipts import ISSUER, PUBLIC_URL

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.receipts.issue_process"])


@dataclass(frozen=True, slots=True)
class IssueJob:
    database_url: str
    home: Path
    now: datetime
    kill_at: tuple[int, Side] | None = None


class MortalVault(LocalVault):
    """Whatever it keeps or forgets is a boundary."""

    def __init__(self, folder: Path, mortality: Mortality) -> None:
        super().__init__(folder)
        self._mortality = mortality

    def put(self, name: str, secret: SecretStr) -> str:
        self._mortality.before()
        arn = super().put(name, secret)
        self._mortality.after()
        return arn

    def delete(self, arn: str) -> None:
        self._mortality.before()
        super().delete(arn)
        self._mortality.after()


def work(job: IssueJob) -> None:
    mortality = Mortality(job.kill_at)
    settings = Settings(home=job.home, issuer=ISSUER.did, public_url=PUBLIC_URL)
    with MortalDatabase(job.database_url, mortality) as database:
        issue_due(database, MortalVault(job.home / "vault", mortality), settings, clock=FixedClock(job.now))


def came_to_its_end(job: IssueJob) -> bool:
    """Whether the process did the job whole; False if a SIGKILL ended it. Another end is an error."""
    process = _CONTEXT.Process(target=work, args=(job,))
    start(process)
    process.join(120)
    code = process.exitcode
    process.close()
    assert code in (0, -signal.SIGKILL), f"the issuer ended with {code}"
    return code == 0
