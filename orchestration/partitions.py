"""Hours since the first one that a provider can still know, and the shards of the hourly poll."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

import dagster as dg

from core.settings import Settings
from ingestion.windows import TRAILING, Cause

HOURS = dg.HourlyPartitionsDefinition(start_date="2025-11-01-00:00", timezone="UTC")
SHARDS = dg.StaticPartitionsDefinition([str(shard) for shard in range(Settings().poll_shards)])


def usage_partitions() -> dg.PartitionsDefinition[str]:
    """By hour; by hour and shard where POLL_SHARDS says that one process cannot poll all accounts."""
    if Settings().poll_shards == 1:
        return HOURS
    return cast("dg.PartitionsDefinition[str]", dg.MultiPartitionsDefinition({"hour": HOURS, "shard": SHARDS}))


def hour_and_shard(partition_key: str) -> tuple[datetime, int]:
    """Start of the partition's hour, and its shard."""
    if Settings().poll_shards == 1:
        return HOURS.time_window_for_partition_key(partition_key).start, 0
    keys: Mapping[str, str] = usage_partitions().get_partition_key(partition_key).keys_by_dimension  # type: ignore[attr-defined]
    return HOURS.time_window_for_partition_key(keys["hour"]).start, int(keys["shard"])


def cause_that_reads(hour: datetime, *, now: datetime) -> Cause:
    """The narrowest re-read that reaches back to this hour: last week's partitions are read again by the weekly one."""
    narrow_to_wide: tuple[Cause, ...] = ("hourly", "daily", "weekly", "monthly")
    age = now - hour
    return next((cause for cause in narrow_to_wide if age <= TRAILING[cause] - timedelta(hours=1)), "backfill")
