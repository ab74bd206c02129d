"""Billing periods: one sensor that lets whatever is due take its next steps. Closers may run side by side."""

from collections.abc import Iterator

import dagster as dg

from billing.close import close_due, is_due
from orchestration.failures import as_dagster_failures
from orchestration.resources import Ledger


@dg.op
def close_due_periods(context: dg.OpExecutionContext, ledger: Ledger) -> None:
    """A period that cannot go on is due again later, and operators are told; it fails no run."""
    with as_dagster_failures(context.retry_number):
        steps = close_due(ledger.database, clock=ledger.clock, policy=ledger.settings.credits_policy)
    context.add_output_metadata({"steps": steps})


@dg.job
def close_periods() -> None:
    """Open months of annual plans, and take due periods on: into their 48 hours, the freeze, the allotment, the end."""
    close_due_periods()


@dg.sensor(job=close_periods, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
def period_clock(ledger: Ledger) -> Iterator[dg.RunRequest]:
    if is_due(ledger.database, now=ledger.clock.now()):
        yield dg.RunRequest()
