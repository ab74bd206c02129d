"""Mails and alerts that wait in the outbox: a sensor looks every half minute; a run only if something is due."""

from collections.abc import Iterator

import dagster as dg

from core.delivery import deliver_due, is_due
from orchestration.failures import as_dagster_failures
from orchestration.resources import Ledger


@dg.op
def send_due(context: dg.OpExecutionContext, ledger: Ledger) -> None:
    with as_dagster_failures(context.retry_number):
        sent = deliver_due(ledger.database, ledger.settings, ledger.secrets, now=ledger.clock.now())
    context.add_output_metadata({"delivered": sent})


@dg.job
def deliver() -> None:
    """Send what is due; what fails is tried again later with a longer wait."""
    send_due()


@dg.sensor(job=deliver, minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def outbox(ledger: Ledger) -> Iterator[dg.RunRequest]:
    if is_due(ledger.database, ledger.settings, now=ledger.clock.now()):
        yield dg.RunRequest()
