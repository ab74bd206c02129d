"""Watching the demo's ledger fill: the server's own worker polls and builds, this only looks, and revokes one key."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

import httpx

from app.context import ServerContext
from app.demo.ledger import poll_again
from app.demo.processes import Processes
from app.demo.progress import Bar, Report
from app.demo.providers import ACCOUNTS
from core.errors import TransientError
from ingestion.connections import ConnectionView, list_connections
from warehouse.builds import arrivals_waiting

LOOK_SECONDS = 0.25
PATIENCE_SECONDS = 600.0


class TooSlowError(TransientError):
    code = "too-slow"


class Filling:
    def __init__(self, context: ServerContext, org_id: int, *, processes: Processes, report: Report) -> None:
        self._context, self._org_id = context, org_id
        self._processes, self._report = processes, report

    def run(self, *, since: datetime, sandbox_url: str) -> None:
        """Until every connection has its history back to `since`, one has failed, and all of it is built."""
        with self._report.step("First 30 days") as bar:
            self._wait(lambda: self._first_syncs(bar))
        with self._report.step("A revoked key"):
            self._revoke(sandbox_url)
        with self._report.step("Older usage") as bar:
            self._wait(lambda: self._history(bar, since=since))
        with self._report.step("Emissions"):
            self.wait_for_build()

    def wait_for_usage(self, *, since: datetime) -> None:
        """Until every connection has its history back to `since`, and all of it is built."""
        with self._report.step("A second organization") as bar:
            self._wait(lambda: self._first_syncs(bar))
            self._wait(lambda: self._history(bar, since=since))
            self.wait_for_build()

    def wait_for_build(self) -> None:
        """Until nothing waits to be built."""
        self._wait(lambda: not arrivals_waiting(self._context.database))

    def _connections(self) -> Sequence[ConnectionView]:
        return list_connections(self._context.database, self._org_id)

    def _first_syncs(self, bar: Bar) -> bool:
        syncs = [connection.sync for connection in self._connections() if connection.sync is not None]
        if any(sync.state == "building" for sync in syncs):
            bar.show(0.9, "working out emissions")
        else:
            done = sum(sync.windows_done for sync in syncs)
            bar.show(0.9 * done / max(1, sum(sync.windows_total or 2 for sync in syncs)), "reading usage")
        return all(sync.finished_at is not None for sync in syncs)

    def _revoke(self, sandbox_url: str) -> None:
        """The provider stops taking the key, and the next poll notices."""
        failing = {account.label: account for account in ACCOUNTS if account.fails}
        for connection in self._connections():
            account = failing.get(connection.label)
            if account is not None and connection.status == "active" and connection.error_code is None:
                httpx.post(
                    f"{sandbox_url}/_sandbox/keys", json={"key": account.key, "act": "revoke"}, timeout=10
                ).raise_for_status()
                poll_again(self._context, connection)
        self._wait(lambda: all(each.sync is None or each.sync.finished_at is not None for each in self._connections()))

    def _history(self, bar: Bar, *, since: datetime) -> bool:
        """Each connection back to `since`, or as far as its provider keeps usage."""
        now = self._context.clock.now()
        parts = []
        for connection in self._connections():
            if connection.status == "active":
                provider = self._context.providers[connection.provider]
                kept = max(provider.history(stream, now=now) for stream in provider.streams(connection.usage_endpoint))
                parts.append((now - connection.history_from) / (now - max(since, kept)))
        bar.show(sum(min(1.0, part) for part in parts) / max(1, len(parts)), "reading usage, newest first")
        return all(part >= 1 for part in parts)

    def _wait(self, is_done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_done():
            self._processes.check()
            if time.monotonic() > deadline:
                raise TooSlowError("The demo's ledger does not fill. The logs folder beside it says why.")
            time.sleep(LOOK_SECONDS)
