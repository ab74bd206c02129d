"""The wider re-reads: providers go on correcting buckets for days, so the trailing 48 h, 7 d and 62 d are read again.

Each is a job that anybody may launch by hand, and a schedule. What they store is built by the next hourly build.
"""

import dagster as dg

from ingestion.windows import Cause
from orchestration.assets.usage import metadata, poll
from orchestration.failures import as_dagster_failures
from orchestration.partitions import SHARDS
from orchestration.resources import Ledger

REREADS: dict[Cause, str] = {
    "daily": "40 2 * * *",
    "weekly": "50 2 * * 1",
    "monthly": "55 2 1,2 * *",
    "backfill": "25 * * * *",
}
"""When, in UTC. `backfill` goes on with older history of new connections; it ends at once where there is none."""


def _reread(cause: Cause) -> dg.JobDefinition:
    @dg.op(name=f"poll_{cause}")
    def poll_again(context: dg.OpExecutionContext, ledger: Ledger) -> None:
        shard = int(context.partition_key) if context.has_partition_key else 0
        with as_dagster_failures(context.retry_number):
            context.add_output_metadata(metadata(cause, poll(ledger, cause, shard=shard)))

    @dg.job(name=f"reread_{cause}", partitions_def=SHARDS)
    def reread() -> None:
        poll_again()

    return reread


def _schedule(job: dg.JobDefinition, cron: str) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=job.name,
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def every_shard(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        at = context.scheduled_execution_time
        return [
            dg.RunRequest(run_key=f"{at:%Y-%m-%dT%H:%M}-{shard}", partition_key=shard)
            for shard in SHARDS.get_partition_keys()
        ]

    return every_shard


jobs = {cause: _reread(cause) for cause in REREADS}
schedules = [_schedule(jobs[cause], cron) for cause, cron in REREADS.items()]
