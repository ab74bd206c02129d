"""Mails and alerts that wait in the outbox, sent every minute."""

import dagster as dg

from core.delivery import deliver_due
from orchestration.failures import as_dagster_failures
from orchestration.resources import Ledger


@dg.op
def send_due(context: dg.OpExecutionContext, ledger: Ledger) -> None:
    with as_dagster_failures(context.retry_number):
        sent = deliver_due(ledger.database, ledger.settings, now=ledger.clock.now())
    context.add_output_metadata({"delivered": sent})


@dg.job
def deliver() -> None:
    """Send what is due; what fails is tried again later with a longer wait."""
    send_due()


every_minute = dg.ScheduleDefinition(
    name="deliver_every_minute",
    job=deliver,
    cron_schedule="* * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
