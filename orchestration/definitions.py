"""Everything Dagster shows and runs; `workspace.yaml` loads this module."""

import sys
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource

from orchestration import (
    budgets,
    closes,
    erasure,
    outbox,
    provider_totals,
    receipts,
    rereads,
    staleness,
    stripe_events,
    syncs,
)
from orchestration import credits as credits_pool
from orchestration.assets.usage import USAGE, usage_observations
from orchestration.assets.warehouse import PROJECT, warehouse_models
from orchestration.checks import checks
from orchestration.partitions import usage_partitions
from orchestration.resources import Ledger

DBT = Path(sys.executable).with_name("dbt")

hourly = dg.define_asset_job(
    "hourly",
    selection=dg.AssetSelection.assets(USAGE)
    | dg.AssetSelection.assets(warehouse_models)
    | dg.AssetSelection.checks_for_assets(usage_observations),
    partitions_def=usage_partitions(),
    description="Poll the hour that has closed, then build and test what it touched.",
)

hourly_schedule = dg.build_schedule_from_partitioned_job(
    hourly, minute_of_hour=10, default_status=dg.DefaultScheduleStatus.RUNNING
)

defs = dg.Definitions(
    assets=[usage_observations, provider_totals.provider_totals, warehouse_models, credits_pool.LEDGER],
    asset_checks=[
        *checks,
        provider_totals.closed_days_equal_the_providers,
        provider_totals.costs_are_near_the_providers,
        credits_pool.credits_ledger_is_whole,
    ],
    jobs=[
        hourly,
        syncs.sync,
        outbox.deliver,
        stripe_events.stripe_events,
        stripe_events.stripe_sweep,
        closes.close_periods,
        receipts.issue_receipts,
        credits_pool.credits_pool,
        credits_pool.check_credits,
        provider_totals.ask_providers,
        provider_totals.check_accuracy,
        provider_totals.mend_days,
        staleness.tell_of_stale_data,
        erasure.erase_organizations,
        budgets.watch_budgets,
        *rereads.jobs.values(),
    ],
    schedules=[
        hourly_schedule,
        credits_pool.check_schedule,
        provider_totals.ask_schedule,
        provider_totals.check_schedule,
        provider_totals.mend_schedule,
        staleness.schedule,
        budgets.schedule,
        *rereads.schedules,
    ],
    sensors=[
        syncs.sync_requests,
        outbox.outbox,
        erasure.deletions,
        stripe_events.stripe_inbox,
        stripe_events.stripe_clock,
        closes.period_clock,
        receipts.receipts_clock,
        credits_pool.credits_clock,
    ],
    resources={"ledger": Ledger(), "dbt": DbtCliResource(project_dir=PROJECT, dbt_executable=DBT)},
)
