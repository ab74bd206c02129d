"""raw.usage_observations: one partition an hour. Materialising it polls every due connection."""

import dagster as dg

from ingestion.poll import PollSummary, poll_due
from ingestion.windows import Cause
from orchestration.failures import as_dagster_failures
from orchestration.partitions import cause_that_reads, hour_and_shard, usage_partitions
from orchestration.resources import Ledger

USAGE = dg.AssetKey(["raw", "usage_observations"])


@dg.asset(key=USAGE, partitions_def=usage_partitions(), group_name="ingestion", kinds={"python", "postgres"})
def usage_observations(context: dg.AssetExecutionContext, ledger: Ledger) -> dg.MaterializeResult[None]:
    """Usage buckets as the providers report them, append-only, re-read for as long as they may still change."""
    hour, shard = hour_and_shard(context.partition_key)
    cause = cause_that_reads(hour, now=ledger.clock.now())
    with as_dagster_failures(context.retry_number):
        return dg.MaterializeResult(metadata=metadata(cause, poll(ledger, cause, shard=shard)))


def poll(ledger: Ledger, cause: Cause, *, shard: int = 0) -> PollSummary:
    return poll_due(
        ledger.database,
        ledger.providers,
        ledger.secrets,
        ledger.clock,
        cause=cause,
        shard=shard,
        shards=ledger.settings.poll_shards,
    )


def metadata(cause: Cause, summary: PollSummary) -> dict[str, dg.MetadataValue]:
    """Counts only: nothing of a tenant, nothing of a key."""
    return {
        "cause": dg.MetadataValue.text(cause),
        "connections_polled": dg.MetadataValue.int(summary.connections_polled),
        "permanent_failures": dg.MetadataValue.int(summary.permanent_failures),
        "transient_failures": dg.MetadataValue.int(summary.transient_failures),
        "windows": dg.MetadataValue.int(summary.windows),
        "rows_new": dg.MetadataValue.int(summary.rows_new),
        "rows_revised": dg.MetadataValue.int(summary.rows_revised),
        "rows_removed": dg.MetadataValue.int(summary.rows_removed),
        "suspect_windows": dg.MetadataValue.int(summary.suspects),
        "error_codes": dg.MetadataValue.text(", ".join(summary.error_codes) or "none"),
    }
