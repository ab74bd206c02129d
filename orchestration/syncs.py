"""Sync requests: a sensor sees them, a job carries them out, unless the server's own worker was quicker."""

from collections.abc import Iterator

import dagster as dg

from core.errors import CarbonLedgerError
from ingestion.poll import poll_sync_request
from ingestion.sync_requests import claim_sync_request, finish_sync, mark_building, waiting_requests
from orchestration.failures import as_dagster_failures
from orchestration.resources import Ledger
from warehouse.build import build


@dg.op
def carry_out_sync(context: dg.OpExecutionContext, ledger: Ledger) -> None:
    """Poll the oldest waiting request, build what it touched, finish it. None waiting: somebody else did it."""
    request = claim_sync_request(ledger.database, now=ledger.clock.now())
    if request is None:
        context.log.info("No sync request waits.")
        return
    with as_dagster_failures(context.retry_number):
        poll = poll_sync_request(ledger.database, ledger.providers, ledger.secrets, ledger.clock, request)
        if poll.outcome != "polled":
            return
        mark_building(ledger.database, request.id, now=ledger.clock.now())
        try:
            build(ledger.database, clock=ledger.clock)
        except CarbonLedgerError as error:
            finish_sync(ledger.database, request.id, now=ledger.clock.now(), error=(error.code, error.sentence))
            raise
        finish_sync(ledger.database, request.id, now=ledger.clock.now())


@dg.job
def sync() -> None:
    """One sync request, from the provider to the marts."""
    carry_out_sync()


@dg.sensor(job=sync, minimum_interval_seconds=15, default_status=dg.DefaultSensorStatus.RUNNING)
def sync_requests(ledger: Ledger) -> Iterator[dg.RunRequest]:
    """A run for each request that waits, and another where its run gave it back or died: Dagster runs a key once."""
    for request in waiting_requests(ledger.database, now=ledger.clock.now()):
        wait = "" if request.lease_until is None else f"-{request.lease_until.isoformat()}"
        yield dg.RunRequest(run_key=f"sync-{request.id}{wait}")
