"""What Stripe tells us: one sensor for the inbox, one for the sweep and the daily comparison. Both may tick twice."""

from collections.abc import Iterator

import dagster as dg

from billing.stripe_events import is_due as is_event_due
from billing.stripe_events import process_due
from billing.sweep import compare_due, sweep_due
from billing.sweep import is_due as is_sweep_due
from orchestration.failures import as_dagster_failures
from orchestration.resources import Ledger


@dg.op
def carry_out_stripe_events(context: dg.OpExecutionContext, ledger: Ledger) -> None:
    """An event that fails is due again later, or dead with an alert; it fails no run."""
    if ledger.stripe is not None:
        finished = process_due(ledger.database, ledger.stripe, now=ledger.clock.now())
        context.add_output_metadata({"finished": finished})


@dg.op
def sweep_stripe(context: dg.OpExecutionContext, ledger: Ledger) -> None:
    if ledger.stripe is None:
        return
    with as_dagster_failures(context.retry_number):
        missed = sweep_due(ledger.database, ledger.stripe, now=ledger.clock.now())
        drifted = compare_due(ledger.database, ledger.stripe, now=ledger.clock.now())
    context.add_output_metadata({"missed_events": missed or 0, "drifted_organizations": drifted or 0})


@dg.job
def stripe_events() -> None:
    """Carry out the events that wait in the inbox."""
    carry_out_stripe_events()


@dg.job
def stripe_sweep() -> None:
    """Ask Stripe for events that did not arrive, and once a day for the invoices themselves."""
    sweep_stripe()


@dg.sensor(job=stripe_events, minimum_interval_seconds=15, default_status=dg.DefaultSensorStatus.RUNNING)
def stripe_inbox(ledger: Ledger) -> Iterator[dg.RunRequest]:
    if ledger.stripe is not None and is_event_due(ledger.database, now=ledger.clock.now()):
        yield dg.RunRequest()


@dg.sensor(job=stripe_sweep, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
def stripe_clock(ledger: Ledger) -> Iterator[dg.RunRequest]:
    if ledger.stripe is not None and is_sweep_due(ledger.database, now=ledger.clock.now()):
        yield dg.RunRequest()
