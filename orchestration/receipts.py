"""Receipts: one sensor that lets whatever is due take its next steps. Issuers may run side by side."""

from collections.abc import Iterator

import dagster as dg

from orchestration.failures import as_dagster_failures
from orchestration.resources import Ledger
from receipts.issue import is_due, issue_due


@dg.op
def issue_due_receipts(context: dg.OpExecutionContext, ledger: Ledger) -> None:
    """A receipt that cannot go on is due again later, and operators are told; it fails no run."""
    with as_dagster_failures(context.retry_number):
        steps = issue_due(ledger.database, ledger.secrets, ledger.settings, clock=ledger.clock)
    context.add_output_metadata({"steps": steps})


@dg.job
def issue_receipts() -> None:
    """Order receipts for closed periods, sign them, enter them into the log, print them and tell their owners."""
    issue_due_receipts()


@dg.sensor(job=issue_receipts, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
def receipts_clock(ledger: Ledger) -> Iterator[dg.RunRequest]:
    if is_due(ledger.database, now=ledger.clock.now()):
        yield dg.RunRequest()
