"""The embedded worker: syncs, polls, builds, mails, Stripe's events, closes, receipts and retirements, where no Dagster
daemon does them.

`serve` starts it as `python -m app.worker PID`; it ends when that process, its parent, does. Every act is safe to run
twice and beside Dagster: requests are claimed, accounts are locked while they are polled, one build runs at a time.
Builds run in the main thread, polls and mails in threads of their own: a long history or a slow mail server delays no
new connection.
"""

import logging
import sys
import threading
from datetime import datetime, timedelta

from app.context import ServerContext
from app.repeat import repeat, stop_with
from app.server_context import server_context
from billing.close import close_due
from billing.credits.tend import is_due as is_pool_due
from billing.credits.tend import tend_pool
from billing.stripe_events import process_due
from billing.sweep import compare_due, sweep_due
from budgets.alerts import AlertBasis, basis_of_alerts, tell_of_budgets
from core.clock import floor_to_hour
from core.delivery import deliver_due
from core.erasure import erase_due
from core.errors import CarbonLedgerError
from core.settings import Settings
from ingestion.poll import PollSummary, poll_due, poll_sync_request
from ingestion.provider_totals import ask_for_totals, closed_days, totals_due
from ingestion.rereads import DifferingDay, reread_differing
from ingestion.staleness import tell_of_stale_connections
from ingestion.sync_requests import SyncRequest, claim_sync_request, finish_sync, mark_building
from ingestion.windows import Cause, due_cause
from receipts.issue import issue_due
from warehouse.accuracy import differing_days
from warehouse.build import build
from warehouse.builds import arrivals_waiting

logger = logging.getLogger("carbonledger.worker")

POLL_FROM_MINUTE = 10
"""Providers go on filling an hour for some minutes after it has closed."""

BETWEEN_BUILDS = timedelta(seconds=30)
"""While polls bring arrivals without end, the marts follow them at this pace."""

BETWEEN_LOOKS_FOR_RECEIPTS = timedelta(seconds=10)
"""A look goes over all closed periods, and none of them is in a hurry: it has waited for 48 hours."""

BETWEEN_LOOKS_FOR_STALE_DATA = timedelta(minutes=1)


class Worker:
    """What there is to do, one act a method; each act does what is due now and says whether there was anything."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._polled_hour: datetime | None = None
        self._built_at: datetime | None = None
        self._looked_for_receipts_at: datetime | None = None
        self._looked_for_stale_at: datetime | None = None
        self._told_of_budgets_from: AlertBasis | None = None
        self._wants_backfill = threading.Event()
        self._wants_backfill.set()
        self._is_syncing = threading.Event()
        self._is_syncing.set()  # until the first look for requests
        self._is_polling = threading.Event()
        self._wants_hourly_build = threading.Event()

    def sync_and_build(self) -> bool:
        """Poll every request that waits, then build once for all of them; without requests, build what has arrived."""
        try:
            polled = self._poll_requests()
            if not polled and not self._should_build():
                return False
            try:
                self._build()
            except CarbonLedgerError as error:
                self._finish(polled, error=(error.code, error.sentence))
                raise
            self._finish(polled, error=None)
            return True
        finally:
            self._is_syncing.clear()

    def poll(self) -> bool:
        """The hour's poll from minute ten on, once an hour; then older history of new connections.

        Neither while a sync request is polled: that is what somebody waits for.
        """
        now = self._context.clock.now()
        is_due = now.minute >= POLL_FROM_MINUTE and self._polled_hour != floor_to_hour(now)
        if self._is_syncing.is_set() or not (is_due or self._wants_backfill.is_set()):
            return False
        self._is_polling.set()
        try:
            if is_due:
                self._polled_hour = floor_to_hour(now)
                if self._poll_due(due_cause(now)).connections_polled:
                    self._wants_hourly_build.set()
            self._wants_backfill.clear()
            self._poll_due("backfill")
        finally:
            self._is_polling.clear()
        return True

    def tell_of_stale_data(self) -> bool:
        """Once a minute; only after a poll of this process, for what was missed while none ran is read first."""
        now, looked_at = self._context.clock.now(), self._looked_for_stale_at
        if self._polled_hour is None or self._is_polling.is_set() or self._is_syncing.is_set():
            return False
        if looked_at is not None and now - looked_at < BETWEEN_LOOKS_FOR_STALE_DATA:
            return False
        self._looked_for_stale_at = now
        return tell_of_stale_connections(self._context.database, now=now) > 0

    def tell_of_budgets(self) -> bool:
        """After each build, and when terms have changed."""
        context = self._context
        basis = basis_of_alerts(context.database)
        if basis == self._told_of_budgets_from:
            return False
        told = tell_of_budgets(context.database, public_url=context.settings.public_url, now=context.clock.now())
        self._told_of_budgets_from = basis
        return told > 0

    def ask_for_totals(self) -> bool:
        """Once a day, and not while somebody waits for a sync: what providers say of whole days; the hour's build
        compares.
        """
        context = self._context
        if self._is_syncing.is_set() or not totals_due(context.database, now=context.clock.now()):
            return False
        summary = ask_for_totals(context.database, context.providers, context.secrets, context.clock)
        logger.info("totals of closed days: %s", summary)
        return summary.accounts_asked > 0

    def deliver(self) -> bool:
        context = self._context
        return deliver_due(context.database, context.settings, context.secrets, now=context.clock.now()) > 0

    def erase_deleted(self) -> bool:
        """Organizations whose owners have deleted them."""
        context = self._context
        return erase_due(context.database, context.secrets, now=context.clock.now()) > 0

    def bill(self) -> bool:
        """Carry out what Stripe told us, and ask it for what it may have told us in vain."""
        context = self._context
        if context.stripe is None:
            return False
        now = context.clock.now()
        swept = sweep_due(context.database, context.stripe, now=now)
        finished = process_due(context.database, context.stripe, now=now)
        compared = compare_due(context.database, context.stripe, now=now)
        return bool(swept or finished or compared)

    def close(self) -> bool:
        """Take billing periods on whose time has come; what waits for a build or for credits has a later time."""
        context = self._context
        return close_due(context.database, clock=context.clock, policy=context.settings.credits_policy) > 0

    def issue_receipts(self) -> bool:
        """Order, sign, log and print the receipts of closed periods."""
        context = self._context
        now, looked_at = context.clock.now(), self._looked_for_receipts_at
        if looked_at is not None and now - looked_at < BETWEEN_LOOKS_FOR_RECEIPTS:
            return False
        if issue_due(context.database, context.secrets, context.settings, clock=context.clock) > 0:
            return True
        self._looked_for_receipts_at = now
        return False

    def tend_credits(self) -> bool:
        """Retirements that are due, and once an hour a look whether the stock will last."""
        context = self._context
        now = context.clock.now()
        return is_pool_due(context.database, now=now) and tend_pool(context.database, context.settings, now=now) > 0

    def _poll_requests(self) -> list[SyncRequest]:
        context = self._context
        polled = []
        while (request := claim_sync_request(context.database, now=context.clock.now())) is not None:
            self._is_syncing.set()
            poll = poll_sync_request(context.database, context.providers, context.secrets, context.clock, request)
            if poll.outcome == "polled":
                mark_building(context.database, request.id, now=context.clock.now())
                polled.append(request)
            elif poll.outcome == "skipped":
                break  # its account is being polled; the request waits for the next pass
        return polled

    def _poll_due(self, cause: Cause) -> PollSummary:
        context = self._context
        summary = poll_due(context.database, context.providers, context.secrets, context.clock, cause=cause)
        if summary.windows or summary.error_codes:
            logger.info("%s poll: %s", cause, summary)
        return summary

    def _should_build(self) -> bool:
        """Arrivals wait, or the hour was polled: its build says that the marts are up to date, also when all was quiet.
        And while polls go on, the last build was some time ago.
        """
        now = self._context.clock.now()
        if self._is_polling.is_set() and self._built_at is not None and now - self._built_at < BETWEEN_BUILDS:
            return False
        return self._wants_hourly_build.is_set() or arrivals_waiting(self._context.database)

    def _build(self) -> None:
        self._wants_hourly_build.clear()
        outcome = build(self._context.database, clock=self._context.clock)
        self._built_at = self._context.clock.now()
        logger.info("built through arrival %d in %.1f s", outcome.through_arrival_id, outcome.seconds)
        self._mend()

    def _mend(self) -> None:
        """Have days read again that differ from what their provider says of them."""
        now = self._context.clock.now()
        with self._context.database.worker() as connection:
            found = differing_days(connection, since=closed_days(now).start.date())
        days = [DifferingDay(each.account_id, each.usage_date, each.asked_at) for each in found]
        reread_differing(self._context.database, days, now=now)

    def _finish(self, requests: list[SyncRequest], *, error: tuple[str, str] | None) -> None:
        for request in requests:
            finish_sync(self._context.database, request.id, now=self._context.clock.now(), error=error)
        if requests:
            self._wants_backfill.set()


def run(context: ServerContext, stopping: threading.Event) -> None:
    """All acts, each in its loop, until `stopping`."""
    worker = Worker(context)
    acts = (
        worker.poll,
        worker.tell_of_stale_data,
        worker.tell_of_budgets,
        worker.ask_for_totals,
        worker.deliver,
        worker.erase_deleted,
        worker.bill,
        worker.close,
        worker.issue_receipts,
        worker.tend_credits,
    )
    for act in acts:
        threading.Thread(target=repeat, args=(act, stopping), name=act.__name__, daemon=True).start()
    repeat(worker.sync_and_build, stopping)


def main() -> None:
    stopping = threading.Event()
    stop_with(int(sys.argv[1]), stopping)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s worker %(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    context = server_context(Settings())
    try:
        run(context, stopping)
    finally:
        context.database.close()


if __name__ == "__main__":
    main()
