"""Once an hour, well after its poll: owners are told of connections that are polled in vain."""

import dagster as dg

from ingestion.staleness import tell_of_stale_connections
from orchestration.failures import as_dagster_failures
from orchestration.resources import Ledger


@dg.op
def tell_of_stale(context: dg.OpExecutionContext, ledger: Ledger) -> None:
    with as_dagster_failures(context.retry_number):
        told = tell_of_stale_connections(ledger.database, now=ledger.clock.now())
    context.add_output_metadata({"told_of": told})


@dg.job
def tell_of_stale_data() -> None:
    """Tell owners, once an episode, of active connections without a poll that succeeded for three hours."""
    tell_of_stale()


schedule = dg.ScheduleDefinition(
    job=tell_of_stale_data,
    cron_schedule="55 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
