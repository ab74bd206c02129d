"""Retirers for tests that kill them: `python -m tests.billing.credits.retirer URL BROKER HOME`, one a line of input.

A line is the instant, and where the process dies: `before N` or `after N`, the N-th exchange with the broker; `never`.
Each retirer is a process of its own, forked from this one, which has imported everything before. It says `over` at the
end, however it ended.
"""

import os
import sys
from datetime import datetime
from pathlib import Path

import httpx
from pydantic import SecretStr

from billing.credits.broker_backend import BrokerBackend
from billing.credits.evidence import EvidenceFolder
from billing.credits.retire import retire_due
from core.database import Database, DatabaseUrls
from core.http_client import HttpClient
from tests.billing.credits.broker_process import KEY
from tests.billing.credits.ledger import POOL


class DeadlyTransport(httpx.AsyncBaseTransport):
    """The wire to the broker, on which the process dies as kill -9 would have it."""

    def __init__(self, moment: str, number: int) -> None:
        self._moment, self._number, self._exchanges = moment, number, 0
        self._wire = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._exchanges += 1
        if (self._moment, self._exchanges) == ("before", self._number):
            os._exit(137)
        response = await self._wire.handle_async_request(request)
        await response.aread()  # the broker has done it, and its answer has arrived
        if (self._moment, self._exchanges) == ("after", self._number):
            os._exit(137)
        return response

    async def aclose(self) -> None:
        """Kept open: a session is opened for every call, and the count goes on."""


def retire_once(url: str, broker: str, home: Path, line: str) -> None:
    instant, moment, *number = line.split()
    transport = DeadlyTransport(moment, int(number[0]) if number else 0)
    backend = BrokerBackend(HttpClient(user_agent="tests", transport=transport), base_url=broker, key=SecretStr(KEY))
    with Database(DatabaseUrls(admin=url), pool_size=2) as database:
        retire_due(database, backend, EvidenceFolder(home), beneficiary=POOL, now=datetime.fromisoformat(instant))


def main(url: str, broker: str, home: Path) -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            retire_once(url, broker, home, line)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"over {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
